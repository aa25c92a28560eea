#include "core/ledger.h"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "faults/faults.h"
#include "fixtures.h"
#include "harness.h"

namespace holdfast::test {

namespace {

Ledger& Process() { return Ledger::OfProcess(); }

uint32_t Register(Ledger& ledger, std::string_view name) {
  return ledger.RegisterKind(name.data(), name.size());
}

double At(const CounterRow& row, Counter counter) { return row[static_cast<size_t>(counter)]; }

double Read(uint32_t kind, Counter counter) { return At(Process().Read(kind), counter); }

// Counters that take part in the sums of the process while they live, with pages for every kind.
struct CountedThread : Counters {
  CountedThread() {
    for (uint32_t page = 1; page < kCounterPages; ++page) thread.AddPage(page, more[page - 1].data());
    CHECK(Process().AddThread(&thread));
  }
  ~CountedThread() { Process().RemoveThread(&thread); }
  void Open(uint32_t kind, int count, double bytes = 0) {
    for (int opened = 0; opened < count; ++opened) thread.Opened(kind, bytes);
  }
  void Close(uint32_t kind, int count, double bytes = 0) {
    for (int closed = 0; closed < count; ++closed) thread.Closed(kind, bytes, 0, CloseReason::kDisposed);
  }

  std::array<std::array<double, kCountersPerPage>, kCounterPages - 1> more;
};

}  // namespace

TEST("a kind has one number, whoever asks for it by name") {
  const uint32_t kind = Register(Process(), "ledger.one");
  CHECK(kind > kOtherKinds);
  CHECK_EQUAL(Register(Process(), "ledger.one"), kind);
  CHECK(Register(Process(), "ledger.on") != kind);
  CHECK(Register(Process(), "ledger.one ") != kind);
  CHECK(Register(Process(), "") != kind);
  CHECK_EQUAL(Register(Process(), ""), Register(Process(), ""));
}

TEST("the name of a kind is a copy, and a kind past the last has none") {
  std::string name = "ledger.copied";
  const uint32_t kind = Register(Process(), name);
  name.assign(name.size(), '?');
  CHECK_EQUAL(std::string_view(Process().KindName(kind)), "ledger.copied");
  CHECK_EQUAL(std::string_view(Process().KindName(kOtherKinds)), "(other)");
  CHECK(Process().KindName(kAllKinds).empty());
  CHECK(Process().KindName(Process().kind_count()).empty());
  CHECK(Process().KindName(UINT32_MAX).empty());
  CHECK_EQUAL(Read(UINT32_MAX, Counter::kOpened), 0);
}

TEST("a name may be any text, a NUL in it included") {
  const uint32_t kind = Register(Process(), std::string_view("ledger\0a", 8));
  CHECK_EQUAL(Register(Process(), std::string_view("ledger\0a", 8)), kind);
  CHECK(Register(Process(), std::string_view("ledger\0b", 8)) != kind);
  CHECK(Register(Process(), "ledger") != kind);
}

TEST("kinds beyond the last number are counted together, and the known ones keep theirs") {
  static Ledger ledger;  // static, so that the names it keeps for ever are no leak
  std::vector<uint32_t> kinds;
  for (uint32_t kind = ledger.kind_count(); kind < kMaxKinds; ++kind) {
    kinds.push_back(Register(ledger, "kind " + std::to_string(kind)));
    CHECK_EQUAL(kinds.back(), kind);
  }
  CHECK_EQUAL(ledger.kind_count(), kMaxKinds);
  CHECK_EQUAL(Register(ledger, "one too many"), kOtherKinds);
  CHECK_EQUAL(Register(ledger, "another"), kOtherKinds);
  CHECK_EQUAL(ledger.kind_count(), kMaxKinds);
  CHECK_EQUAL(Register(ledger, "kind 500"), 500u);
  CHECK_EQUAL(std::string_view(ledger.KindName(kMaxKinds - 1)), "kind " + std::to_string(kMaxKinds - 1));
}

TEST("a kind without memory for its name is counted with the others, and gets a number later") {
  const uint32_t count = Process().kind_count();
  faults::Arm(faults::Mode::kFromThen, 1);
  const uint32_t refused = Register(Process(), "ledger.refused");
  faults::Disarm();
  CHECK_EQUAL(refused, kOtherKinds);
  CHECK_EQUAL(Process().kind_count(), count);
  CHECK_EQUAL(Register(Process(), "ledger.refused"), count);
}

TEST("threads that register the same names at once get the same numbers") {
  std::array<std::vector<uint32_t>, 2> kinds;
  const auto work = [](std::vector<uint32_t>& numbers) {
    for (int name = 0; name < 200; ++name) {
      numbers.push_back(Register(Process(), "ledger.shared " + std::to_string(name)));
    }
  };
  std::thread other(work, std::ref(kinds[1]));
  work(kinds[0]);
  other.join();
  CHECK(kinds[0] == kinds[1]);
}

TEST("JavaScript finds each counter as a double in the page, by kind and column") {
  Counters counters;
  counters.thread.Opened(kKind, 12);
  counters.thread.Opened(kKind, 30);
  counters.thread.Closed(kKind, 12, 0, CloseReason::kFinalized);
  const double* row = &counters.page[kKind * kCounters];
  const CounterRow expected{1, 30, 2, 42, 2, 0, 1, 0, 0};
  for (size_t column = 0; column < kCounters; ++column) CHECK_EQUAL(row[column], expected[column]);
  CHECK_EQUAL(counters.page[kAllKinds * kCounters], 1.0);
}

TEST("kinds on a page that a thread does not have read 0, and count once it has") {
  Counters counters;
  const uint32_t kind = 3 * kKindsPerPage + 5;
  CHECK(!counters.thread.has_page_for(kind));
  CHECK_EQUAL(counters(kind, Counter::kLive), 0);
  counters.thread.ResetPeaks();  // passes over missing pages
  std::array<double, kCountersPerPage> page;
  page.fill(77);  // AddPage does not rely on zeroes
  counters.thread.AddPage(3, page.data());
  CHECK_EQUAL(counters(kind, Counter::kLive), 0);
  counters.thread.Opened(kind, 1);
  CHECK_EQUAL(counters(kind, Counter::kLive), 1);
  CHECK_EQUAL(page[5 * kCounters], 1.0);
}

TEST("the row of all kinds adds up live handles and live bytes, with peaks of its own") {
  Counters counters;
  counters.thread.Opened(kKind, 100);
  counters.thread.Closed(kKind, 100, 0, CloseReason::kDisposed);
  counters.thread.Opened(kOtherKind, 60);
  counters.thread.Opened(kKind, 30);
  CHECK_EQUAL(counters(kAllKinds, Counter::kLive), 2);
  CHECK_EQUAL(counters(kAllKinds, Counter::kLiveBytes), 90);
  CHECK_EQUAL(counters(kAllKinds, Counter::kPeakLive), 2);
  CHECK_EQUAL(counters(kAllKinds, Counter::kPeakLiveBytes), 100);
}

TEST("peaks start again from what is live now") {
  Counters counters;
  for (int opened = 0; opened < 10; ++opened) counters.thread.Opened(kKind, 5);
  for (int closed = 0; closed < 7; ++closed) counters.thread.Closed(kKind, 5, 0, CloseReason::kDisposed);
  counters.thread.ResetPeaks();
  CHECK_EQUAL(counters(kKind, Counter::kPeakLive), 3);
  CHECK_EQUAL(counters(kKind, Counter::kPeakLiveBytes), 15);
  CHECK_EQUAL(counters(kAllKinds, Counter::kPeakLive), 3);
  CHECK_EQUAL(counters(kKind, Counter::kOpened), 10);
}

TEST("the process counts what its threads count, and keeps what ended threads have counted") {
  const uint32_t kind = Register(Process(), "ledger.sum");
  {
    CountedThread first;
    CountedThread second;
    first.Open(kind, 5, 10);
    first.Close(kind, 2, 10);
    second.Open(kind, 4, 100);
    CHECK_EQUAL(Read(kind, Counter::kLive), 7);
    CHECK_EQUAL(Read(kind, Counter::kLiveBytes), 430);
    CHECK_EQUAL(Read(kind, Counter::kOpened), 9);
    first.Close(kind, 3, 10);
    second.Close(kind, 4, 100);
  }
  CHECK_EQUAL(Read(kind, Counter::kOpened), 9);
  CHECK_EQUAL(Read(kind, Counter::kDisposed), 9);
  CHECK_EQUAL(Read(kind, Counter::kLive), 0);
  CHECK_EQUAL(Read(kind, Counter::kPeakLive), 9 - 2);
}

TEST("the peak of the process is that of the sum, sampled when a thread reaches a peak of its own") {
  const uint32_t kind = Register(Process(), "ledger.peak");
  CountedThread first;
  CountedThread second;
  first.Open(kind, 10, 1);
  second.Open(kind, 5, 1);
  first.Close(kind, 10, 1);
  second.Close(kind, 5, 1);
  CHECK_EQUAL(Read(kind, Counter::kPeakLive), 15);
  CHECK_EQUAL(Read(kind, Counter::kPeakLiveBytes), 15);
  first.Open(kind, 3, 1);
  CHECK_EQUAL(Read(kind, Counter::kPeakLive), 15);
  first.Close(kind, 3, 1);
}

TEST("the peak of a thread that ends is the process's too") {
  const uint32_t kind = Register(Process(), "ledger.peak of ended");
  {
    CountedThread only;
    only.Open(kind, 8, 2);
    only.Close(kind, 8, 2);
  }
  CHECK_EQUAL(Read(kind, Counter::kPeakLive), 8);
  CHECK_EQUAL(Read(kind, Counter::kPeakLiveBytes), 16);
}

TEST("resetting the peaks of the process forgets those of ended threads") {
  const uint32_t kind = Register(Process(), "ledger.reset");
  CountedThread here;
  {
    CountedThread ended;
    ended.Open(kind, 20);
    ended.Close(kind, 20);
  }
  here.Open(kind, 2);
  CHECK_EQUAL(Read(kind, Counter::kPeakLive), 20);
  here.thread.ResetPeaks();
  Process().ResetPeaks();
  CHECK_EQUAL(Read(kind, Counter::kPeakLive), 2);
  here.Close(kind, 2);
}

TEST("forced collections of all threads are counted together, and none is lost") {
  const ForcedCollections before = Process().forced_collections();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 2; ++thread) {
      threads.emplace_back([] {
        for (int collection = 0; collection < 1000; ++collection) Process().CountForcedCollection(0.5);
      });
    }
  }
  const ForcedCollections now = Process().forced_collections();
  CHECK_EQUAL(now.count - before.count, 2000);
  CHECK_EQUAL(now.milliseconds - before.milliseconds, 1000);
}

TEST("threads beyond what the ledger holds are refused, and may leave all the same") {
  static Ledger ledger;
  std::vector<std::unique_ptr<ThreadCounters>> threads;
  bool added = true;
  while (added && threads.size() < 100'000) {
    threads.push_back(std::make_unique<ThreadCounters>());
    added = ledger.AddThread(threads.back().get());
  }
  CHECK(!added);
  CHECK(threads.size() > 1000);
  ledger.RemoveThread(threads.back().get());  // the one that was refused
  ledger.RemoveThread(threads.front().get());
  CHECK(ledger.AddThread(threads.back().get()));
  for (const auto& thread : threads) ledger.RemoveThread(thread.get());
}

TEST("two threads count at once while a third reads: nothing is lost, and every sum adds up") {
  constexpr int kReads = 60'000;
  const uint32_t kind = Register(Process(), "ledger.threads");
  std::atomic<int> counting{0};
  std::atomic<bool> done{false};
  const auto count = [&](int& rounds) {
    CountedThread here;
    ++counting;
    for (; rounds < 1000 || !done; ++rounds) {
      here.thread.Opened(kind, 10);
      here.thread.Resized(kind, 10, 20);
      here.thread.Closed(kind, 20, 5, rounds % 4 == 0 ? CloseReason::kFinalized : CloseReason::kDisposed);
      here.thread.BytesReleased(kind, 5);
    }
  };
  int first_rounds = 0;
  int second_rounds = 0;
  std::thread first(count, std::ref(first_rounds));
  std::thread second(count, std::ref(second_rounds));
  while (counting < 2) std::this_thread::yield();

  int went_back = 0;
  int did_not_add_up = 0;
  CounterRow last{};
  for (int read = 0; read < kReads; ++read) {
    const CounterRow row = Process().Read(kind);
    went_back += At(row, Counter::kOpened) < At(last, Counter::kOpened);
    did_not_add_up += At(row, Counter::kOpened) !=
                      At(row, Counter::kLive) + At(row, Counter::kDisposed) + At(row, Counter::kFinalized);
    last = row;
    // With few processors: the others get on, and may be interrupted anywhere.
    if (read % 64 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  done = true;
  first.join();
  second.join();
  CHECK_EQUAL(went_back, 0);
  CHECK_EQUAL(did_not_add_up, 0);
  CHECK(At(last, Counter::kPeakLive) <= 2);
  CHECK_EQUAL(Read(kind, Counter::kOpened), first_rounds + second_rounds);
  CHECK_EQUAL(Read(kind, Counter::kFinalized), (first_rounds + 3) / 4 + (second_rounds + 3) / 4);
  CHECK_EQUAL(Read(kind, Counter::kLive), 0);
  CHECK_EQUAL(Read(kind, Counter::kLiveBytes), 0);
  CHECK(Read(kind, Counter::kPeakLiveBytes) >= 20);
}

}  // namespace holdfast::test
