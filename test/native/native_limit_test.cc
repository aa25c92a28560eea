#include "core/native_limit.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "fixtures.h"
#include "harness.h"

namespace holdfast::test {

namespace {

// A process of its own: a ledger, a limit, and threads that count into them.
struct Process {
  Ledger ledger;
  NativeLimit limit{ledger};
  double LiveBytes() { return ledger.LiveBytes(); }
};

struct LimitedThread {
  Process& process;
  Counters counters;

  explicit LimitedThread(Process& in) : process(in) { process.ledger.AddThread(&counters.thread); }
  ~LimitedThread() { process.ledger.RemoveThread(&counters.thread); }

  bool Open(double bytes) {
    Admission admission(process.limit, bytes);
    if (!admission.granted()) return false;
    admission.Spend([&] { counters.thread.Opened(kKind, bytes); });
    return true;
  }
  void Close(double bytes) { counters.thread.Closed(kKind, bytes, 0, CloseReason::kDisposed); }
};

}  // namespace

TEST("without a limit everything is granted") {
  static Process process;
  LimitedThread thread(process);
  CHECK(!process.limit.is_set());
  CHECK(thread.Open(1e15));
  CHECK(thread.Open(1e15));
  CHECK_EQUAL(process.LiveBytes(), 2e15);
}

TEST("the limit is granted to the last byte, over all threads, and not one more") {
  static Process process;
  LimitedThread first(process);
  LimitedThread second(process);
  process.limit.Set(100);
  CHECK(first.Open(60));
  CHECK(second.Open(40));
  CHECK(!first.Open(1));
  CHECK(!second.Open(1));
  second.Close(40);
  CHECK(!first.Open(41));
  CHECK(first.Open(40));
  CHECK_EQUAL(process.LiveBytes(), 100);
}

TEST("zero bytes are granted at the limit, past it, and with a limit of 0") {
  static Process process;
  LimitedThread thread(process);
  CHECK(thread.Open(10));
  process.limit.Set(0);
  CHECK(thread.Open(0));
  CHECK(!thread.Open(1));
}

TEST("a limit below what is live frees nothing and refuses until enough is gone") {
  static Process process;
  LimitedThread thread(process);
  for (int opened = 0; opened < 4; ++opened) CHECK(thread.Open(10));
  process.limit.Set(25);
  CHECK_EQUAL(process.LiveBytes(), 40);
  thread.Close(10);
  CHECK(!thread.Open(10));
  thread.Close(10);
  CHECK(!thread.Open(10));
  CHECK(thread.Open(5));
  process.limit.Set(NativeLimit::kNone);
  CHECK(thread.Open(1000));
}

TEST("bytes that are granted and not yet counted are taken, and given back when they never are") {
  static Process process;
  LimitedThread thread(process);
  process.limit.Set(100);
  {
    Admission admission(process.limit, 70);
    CHECK(admission.granted());
    CHECK(!thread.Open(31));
    CHECK(thread.Open(30));
  }
  CHECK(thread.Open(70));
  CHECK(!thread.Open(1));
}

TEST("an admission that is refused holds nothing") {
  static Process process;
  LimitedThread thread(process);
  process.limit.Set(100);
  Admission admission(process.limit, 101);
  CHECK(!admission.granted());
  CHECK(thread.Open(100));
}

TEST("an admission can be extended; a refused extension leaves what was granted") {
  static Process process;
  LimitedThread thread(process);
  process.limit.Set(100);
  Admission admission(process.limit, 60);
  CHECK(admission.Extend(20));
  CHECK(!admission.Extend(21));
  CHECK(admission.Extend(-5));
  CHECK(!thread.Open(21));
  CHECK(thread.Open(20));
  CHECK_EQUAL(admission.Spend([&] {
    thread.counters.thread.Opened(kKind, 80);
    return 7;
  }),
              7);
  CHECK_EQUAL(process.LiveBytes(), 100);
  CHECK(!thread.Open(1));
}

TEST("what was spent without being counted is free again") {
  static Process process;
  LimitedThread thread(process);
  process.limit.Set(100);
  Admission admission(process.limit, 100);
  admission.Spend([] {});  // no memory for a slot
  CHECK(thread.Open(100));
}

TEST("the bytes of a thread that has ended no longer count") {
  static Process process;
  LimitedThread thread(process);
  process.limit.Set(100);
  {
    LimitedThread ended(process);
    CHECK(ended.Open(100));
    CHECK(!thread.Open(1));
  }
  CHECK(thread.Open(100));
}

TEST("eight threads that open and close at once never have more than the limit, and reach it") {
  static Process process;
  constexpr double kLimit = 1000;
  process.limit.Set(kLimit);
  std::atomic<int> running{0};
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  const auto work = [&](unsigned seed) {
    LimitedThread thread(process);
    std::vector<double> open;
    ++running;
    while (!stop) {
      seed = seed * 1664525 + 1013904223;
      const double bytes = seed % 200;
      if (thread.Open(bytes)) {
        open.push_back(bytes);
      } else {
        ++refused;
      }
      if (open.size() > 4 || (seed >> 16) % 3 == 0) {
        while (open.size() > 2) {
          thread.Close(open.back());
          open.pop_back();
        }
      }
    }
    for (const double bytes : open) thread.Close(bytes);
  };
  std::vector<std::thread> threads;
  for (unsigned index = 0; index < 8; ++index) threads.emplace_back(work, index);
  while (running < 8) std::this_thread::yield();

  int above = 0;
  double most = 0;
  for (int read = 0; read < 5000; ++read) {
    process.limit.WhileNothingOpens([&] { most = std::max(most, process.LiveBytes()); });
    above += most > kLimit;
    if (read % 64 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  CHECK_EQUAL(above, 0);
  CHECK(most > kLimit / 2);
  CHECK(refused > 0);
  CHECK_EQUAL(process.LiveBytes(), 0);
  LimitedThread thread(process);
  CHECK(thread.Open(kLimit));  // nothing stayed reserved
}

TEST("each request to the other threads is a new number") {
  static Process process;
  const uint32_t before = process.limit.requests();
  process.limit.AskThreadsToReclaim();
  CHECK_EQUAL(process.limit.requests(), before + 1);
}

TEST("all threads of the process have the same limit") {
  NativeLimit* elsewhere = nullptr;
  std::thread([&] { elsewhere = &NativeLimit::OfProcess(); }).join();
  CHECK(elsewhere == &NativeLimit::OfProcess());
}

}  // namespace holdfast::test
