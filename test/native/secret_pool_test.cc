#include <vector>

#include "faults/faults.h"
#include "harness.h"
#include "secret_fixtures.h"

// What becomes of secrets that are released: wiped, kept for the next one, given back.
namespace holdfast::test {

namespace {

// A heap behind a handle table, as every thread has them.
struct Handles : Heap {
  Owners owners;
  HandleTable table{counters.thread, owners};

  ~Handles() { table.Drain(); }

  MemoryBlock* Adopt(size_t byte_length) {
    SystemFailure failure;
    SecretMemory* secret = heap->secrets().Take(byte_length, failure);
    if (secret == nullptr) return nullptr;
    return heap->Adopt(secret, secret->Contents(byte_length), byte_length, kKind);
  }
  HandleId Open(MemoryBlock* block) {
    return table.Open({.policy = &kSecretPolicy,
                       .resource = block,
                       .owner = owners.Add(),
                       .kind = kKind,
                       .bytes = static_cast<double>(block->byte_length)});
  }
};

SecretMemory* SecretOf(const MemoryBlock* block) {
  return static_cast<SecretMemory*>(static_cast<ForeignMemory*>(block->memory.base));
}

void Write(SecretMemory* secret, int value) {
  CHECK(!secret->Allow(Access::kReadAndWrite));
  std::memset(secret->pages.start, value, secret->pages.size);
}

// Wiped, and without access, in the pages that a pool keeps.
bool IsWiped(const GuardedPages& pages) {
  if (ProtectPages(pages, Access::kRead)) return false;
  const bool wiped = Holds(pages.start, pages.size, 0);
  return !ProtectPages(pages, Access::kNone) && wiped;
}

}  // namespace

TEST("a released secret is wiped and closed, and its pages are those of the next one of the same size") {
  Secrets secrets;
  SecretMemory* secret = secrets.Take(4000);
  Write(secret, 0xAB);
  const GuardedPages pages = secret->pages;
  CHECK_EQUAL(secrets.pool.Return(secret), 0);
  CHECK_EQUAL(SignalOfReading(pages.start), SIGSEGV);
  CHECK(IsWiped(pages));
  SecretMemory* larger = secrets.Take(4097);
  CHECK(larger->pages.start != pages.start);
  SecretMemory* next = secrets.Take(1);
  CHECK(next->pages.start == pages.start);
  CHECK_EQUAL(next->access, Access::kNone);
  CHECK(!next->written);
  secrets.pool.Return(next);
  secrets.pool.Return(larger);
}

TEST("no more than 16 pieces and 64 KiB are kept, and of those the newest") {
  Secrets secrets;
  std::vector<SecretMemory*> taken;
  std::vector<std::byte*> starts;
  for (int count = 0; count < 50; ++count) {
    taken.push_back(secrets.Take(1));
    starts.push_back(taken.back()->pages.start);
  }
  for (SecretMemory* secret : taken) secrets.pool.Return(secret);
  const size_t kept = secrets.pool.kept();
  CHECK(kept > 0);
  CHECK(kept <= 16);
  CHECK(kept * PageSize() <= 64 * kKiB);
  for (size_t index = 0; index < starts.size(); ++index) {
    CHECK_EQUAL(IsMapped(starts[index]), index >= starts.size() - kept);
  }
  SecretMemory* large = secrets.Take(100 * kKiB);
  starts.push_back(large->pages.start);
  secrets.pool.Return(large);
  CHECK_EQUAL(secrets.pool.kept(), kept);
  secrets.pool.TrimAll();
  CHECK_EQUAL(secrets.pool.kept(), 0u);
  for (std::byte* start : starts) CHECK(!IsMapped(start));
}

TEST("what was not used since the last call goes back to the system") {
  Secrets secrets;
  SecretMemory* secret = secrets.Take(1);
  secrets.pool.Return(secret);
  secrets.pool.TrimUnused();
  CHECK_EQUAL(secrets.pool.kept(), 1u);
  secrets.pool.Return(secrets.Take(1));
  secrets.pool.TrimUnused();
  CHECK_EQUAL(secrets.pool.kept(), 1u);
  secrets.pool.TrimUnused();
  CHECK_EQUAL(secrets.pool.kept(), 0u);
}

TEST("pages that the system lets nobody wipe go back to it") {
  Secrets secrets;
  SecretMemory* secret = secrets.Take(10 * PageSize());
  Write(secret, 1);
  CHECK(!secret->Allow(Access::kNone));
  std::byte* start = secret->pages.start;
  faults::Arm(faults::Mode::kFromThen, 1);
  secrets.pool.Return(secret);
  faults::Disarm();
  CHECK_EQUAL(secrets.pool.kept(), 0u);
  CHECK(!IsMapped(start));
}

TEST("the heap of a thread gives back what is kept when memory is short, and when it ends") {
  Handles test;
  const auto open_and_close = [&] {
    MemoryBlock* block = test.Adopt(32);
    std::byte* start = SecretOf(block)->pages.start;
    test.table.Close(test.Open(block), CloseReason::kDisposed);
    CHECK_EQUAL(test.heap->secrets().kept(), 1u);
    CHECK(IsMapped(start));
    return start;
  };
  std::byte* start = open_and_close();
  test.heap->TrimAll();
  CHECK_EQUAL(test.heap->secrets().kept(), 0u);
  CHECK(!IsMapped(start));
  start = open_and_close();
  test.Retire();
  CHECK(!IsMapped(start));
}

TEST("a secret is counted with its length, and wiped however its handle closes") {
  for (const bool drained : {false, true}) {
    Handles test;
    MemoryBlock* block = test.Adopt(1000);
    SecretMemory* secret = SecretOf(block);
    const GuardedPages pages = secret->pages;
    Write(secret, 5);
    const HandleId id = test.Open(block);
    CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 1000);
    CHECK_EQUAL(test.heap->native_bytes(), 1000);
    // Nothing about it is slow, and its pages belong to this thread.
    CHECK(test.table.Defer(id) == nullptr);
    if (drained) {
      test.table.Drain();
    } else {
      test.table.Close(id, CloseReason::kFinalized);
    }
    CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
    CHECK(IsWiped(pages));
  }
}

TEST("a secret that was moved into another ArrayBuffer stays whole until its view is finalized") {
  Handles test;
  MemoryBlock* block = test.Adopt(1000);
  SecretMemory* secret = SecretOf(block);
  const GuardedPages pages = secret->pages;
  Write(secret, 5);
  MemoryView* view = test.heap->OpenView(*block);
  test.table.Close(test.Open(block), CloseReason::kDisposed);
  CHECK(Holds(pages.start, pages.size, 5));
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 1000);
  test.heap->OnViewFinalized(view);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
  CHECK(IsWiped(pages));
}

TEST("one that outlives its thread that way is given back with its view") {
  Handles test;
  MemoryBlock* block = test.Adopt(1000);
  std::byte* start = SecretOf(block)->pages.start;
  MemoryView* view = test.heap->OpenView(*block);
  test.Open(block);
  test.table.Drain();
  MemoryHeap* heap = test.heap;
  test.Retire();
  CHECK(IsMapped(start));
  heap->OnViewFinalized(view);
  CHECK(!IsMapped(start));
}

TEST("a secret that no block could be made for goes back where it came from") {
  Handles test;
  SystemFailure failure;
  SecretMemory* secret = test.heap->secrets().Take(1, failure);
  std::byte* start = secret->pages.start;
  faults::Arm(faults::Mode::kFromThen, 1);
  CHECK(test.heap->Adopt(secret, secret->Contents(1), 1, kKind) == nullptr);
  faults::Disarm();
  test.heap->secrets().Return(secret);
  test.heap->TrimAll();
  CHECK(!IsMapped(start));
}

}  // namespace holdfast::test
