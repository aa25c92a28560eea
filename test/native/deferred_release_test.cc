#include "faults/faults.h"
#include "fixtures.h"
#include "harness.h"
#include "memory_fixtures.h"

// Releases whose slow part is left to another thread.
namespace holdfast::test {

namespace {

// Memory that is none, and says what became of it.
struct Foreign : ForeignMemory {
  std::array<std::byte, 4 * kKiB> bytes{};
  int error = 0;
  int frees = 0;

  Foreign() : ForeignMemory{.free = Free} {}
  static int Free(ForeignMemory* self) noexcept {
    auto* foreign = static_cast<Foreign*>(self);
    ++foreign->frees;
    return foreign->error;
  }
};

struct Maps : Heap {
  Owners owners;
  HandleTable table{counters.thread, owners};

  ~Maps() { table.Drain(); }
  HandleId Open(MemoryBlock* block) {
    return table.Open({.policy = &kMemoryPolicy,
                       .resource = block,
                       .owner = owners.Add(),
                       .kind = kKind,
                       .bytes = static_cast<double>(block->byte_length)});
  }
  MemoryBlock* Adopt(Foreign& foreign) {
    return heap->Adopt(&foreign, foreign.bytes.data(), foreign.bytes.size(), kKind);
  }
};

}  // namespace

TEST("what the system says to a release can be asked once, and is that of the last one") {
  Table test;
  const auto failing = test.Open();
  const auto fine = test.Open();
  failing.resource->error = 5;
  test.table.Close(failing.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.table.TakeReleaseError(), 5);
  CHECK_EQUAL(test.table.TakeReleaseError(), 0);
  test.table.Close(fine.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.table.TakeReleaseError(), 0);
}

TEST("a resource with nothing slow about it is not deferred, and stays open") {
  Table test;
  const auto handle = test.Open();
  CHECK(test.table.Defer(handle.id) == nullptr);
  CHECK(test.IsOpen(handle));
  CHECK_EQUAL(handle.resource->releases, 0);
}

TEST("adopted memory is counted as the heap's, and freed once, when its handle closes") {
  Maps test;
  Foreign foreign;
  MemoryBlock* block = test.Adopt(foreign);
  CHECK_EQUAL(test.heap->native_bytes(), static_cast<int64_t>(4 * kKiB));
  const HandleId id = test.Open(block);
  foreign.error = 7;
  test.table.Close(id, CloseReason::kDisposed);
  CHECK_EQUAL(foreign.frees, 1);
  CHECK_EQUAL(test.table.TakeReleaseError(), 7);
  CHECK_EQUAL(test.heap->native_bytes(), 0);
}

TEST("adopted memory whose ArrayBuffer was moved away is freed with its view") {
  Maps test;
  Foreign foreign;
  MemoryBlock* block = test.Adopt(foreign);
  MemoryView* view = test.heap->OpenView(*block);
  const HandleId id = test.Open(block);
  CHECK(test.table.Defer(id) == nullptr);
  test.table.Close(id, CloseReason::kDisposed);
  CHECK_EQUAL(foreign.frees, 0);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), static_cast<double>(4 * kKiB));
  test.heap->OnViewFinalized(view);
  CHECK_EQUAL(foreign.frees, 1);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
}

TEST("a deferred release is counted as disposed at once, and frees when it is run") {
  Maps test;
  Foreign foreign;
  foreign.error = 3;
  const HandleId id = test.Open(test.Adopt(foreign));
  DeferredRelease* release = test.table.Defer(id);
  REQUIRE(release != nullptr);
  CHECK(test.table.Find(id) == nullptr);
  CHECK_EQUAL(test.counters(kKind, Counter::kDisposed), 1);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
  CHECK_EQUAL(foreign.frees, 0);
  CHECK_EQUAL(release->run(release), 3);
  CHECK_EQUAL(foreign.frees, 1);
}

TEST("pages are deferred when the system would get them back, and not when they are kept for reuse") {
  Maps test;
  const HandleId small = test.Open(test.Heap::Open(kPageBlock));
  CHECK(test.table.Defer(small) == nullptr);
  MemoryBlock* block = test.Heap::Open(64 * kMiB);
  std::byte* data = block->Expose();
  DeferredRelease* release = test.table.Defer(test.Open(block));
  REQUIRE(release != nullptr);
  CHECK(IsMapped(data));
  CHECK_EQUAL(release->run(release), 0);
  CHECK(!IsMapped(data));
}

TEST("without memory to remember it nothing is deferred, and the handle is still open") {
  Maps test;
  Foreign foreign;
  const HandleId id = test.Open(test.Adopt(foreign));
  faults::Arm(faults::Mode::kFromThen, 1);
  CHECK(test.table.Defer(id) == nullptr);
  faults::Disarm();
  CHECK(test.table.Find(id) != nullptr);
  CHECK_EQUAL(foreign.frees, 0);
}

TEST("without memory for a record nothing is adopted") {
  Maps test;
  Foreign foreign;
  faults::Arm(faults::Mode::kFromThen, 1);
  CHECK(test.Adopt(foreign) == nullptr);
  faults::Disarm();
  CHECK_EQUAL(foreign.frees, 0);
}

}  // namespace holdfast::test
