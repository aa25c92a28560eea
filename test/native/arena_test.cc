#include "resources/arena.h"

#include "faults/faults.h"
#include "fixtures.h"
#include "harness.h"
#include "memory_fixtures.h"

namespace holdfast::test {

namespace {

struct Arenas : Heap {
  Owners owners;
  HandleTable table{counters.thread, owners};

  ~Arenas() { table.Drain(); }
  HandleId Open(Arena* arena, double bytes) {
    return table.Open(
        {.policy = &kArenaPolicy, .resource = arena, .owner = owners.Add(), .kind = kKind, .bytes = bytes});
  }
};

}  // namespace

TEST("chunks are aligned, zeroed where they were dirty, and given back with the handle") {
  Arenas test;
  test.Dirty(kPageBlock, 0xFF);
  Arena* arena = Arena::Create(*test.heap);
  REQUIRE(arena != nullptr);
  for (const size_t size : {kPageBlock, 5 * kKiB, size_t{1}}) REQUIRE(arena->AddChunk(size, kKind));
  CHECK_EQUAL(arena->chunk_count(), 3u);
  for (size_t index = 0; index < 3; ++index) {
    MemoryBlock& chunk = arena->chunk(index);
    const std::byte* data = chunk.Expose();
    CHECK_EQUAL(reinterpret_cast<uintptr_t>(data) % Arena::kChunkAlignment, 0u);
    CHECK(Holds(data, chunk.byte_length, 0));
  }
  const HandleId id = test.Open(arena, kPageBlock + 5 * kKiB + 1);
  test.table.Close(id, CloseReason::kDisposed);
  CHECK_EQUAL(test.heap->native_bytes(), 0);
}

TEST("chunks whose memory was moved into another ArrayBuffer stay counted until that is gone") {
  Arenas test;
  Arena* arena = Arena::Create(*test.heap);
  REQUIRE(arena->AddChunk(8 * kKiB, kKind));
  REQUIRE(arena->AddChunk(4 * kKiB, kKind));
  MemoryView* view = test.heap->OpenView(arena->chunk(0));
  const HandleId id = test.Open(arena, 12 * kKiB);
  CHECK(test.table.Defer(id) == nullptr);
  test.table.Close(id, CloseReason::kFinalized);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), static_cast<double>(8 * kKiB));
  test.heap->OnViewFinalized(view);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
}

TEST("a removed chunk leaves the others in their order") {
  Arenas test;
  Arena* arena = Arena::Create(*test.heap);
  for (size_t size = 1; size <= 20; ++size) REQUIRE(arena->AddChunk(size, kKind));
  arena->RemoveChunk(0);
  arena->RemoveChunk(10);
  CHECK_EQUAL(arena->chunk_count(), 18u);
  CHECK_EQUAL(arena->chunk(0).byte_length, 2u);
  CHECK_EQUAL(arena->chunk(10).byte_length, 13u);
  arena->Close();
}

TEST("a deferred arena gives large chunks back when it is run, and small ones at once") {
  Arenas test;
  Arena* arena = Arena::Create(*test.heap);
  REQUIRE(arena->AddChunk(64 * kMiB, kKind));
  REQUIRE(arena->AddChunk(64 * kMiB, kKind));
  REQUIRE(arena->AddChunk(kKiB, kKind));
  std::byte* first = arena->chunk(0).Expose();
  std::byte* second = arena->chunk(1).Expose();
  DeferredRelease* release = test.table.Defer(test.Open(arena, 128.0 * kMiB + kKiB));
  REQUIRE(release != nullptr);
  CHECK_EQUAL(test.heap->native_bytes(), 0);
  CHECK(IsMapped(first));
  CHECK_EQUAL(release->run(release), 0);
  CHECK(!IsMapped(first));
  CHECK(!IsMapped(second));
}

TEST("without memory an arena is not made, does not grow, and is not deferred; nothing is lost") {
  Arenas test;
  faults::Arm(faults::Mode::kFromThen, 1);
  CHECK(Arena::Create(*test.heap) == nullptr);
  faults::Disarm();
  Arena* arena = Arena::Create(*test.heap);
  // Its list of chunks, the record of a block, the pages. What was had stays for the next attempt.
  for (const long request : {1, 2, 2}) {
    faults::Arm(faults::Mode::kFromThen, request);
    CHECK(!arena->AddChunk(kPageBlock, kKind));
    faults::Disarm();
    CHECK_EQUAL(arena->chunk_count(), 0u);
  }
  REQUIRE(arena->AddChunk(64 * kMiB, kKind));
  const HandleId id = test.Open(arena, 64.0 * kMiB);
  faults::Arm(faults::Mode::kFromThen, 1);
  CHECK(test.table.Defer(id) == nullptr);
  faults::Disarm();
  CHECK_EQUAL(arena->chunk_count(), 1u);
}

}  // namespace holdfast::test
