#include "resources/memory.h"

#include <array>
#include <vector>

#include "harness.h"
#include "memory_fixtures.h"

namespace holdfast::test {

TEST("every alignment from 1 byte to 2 MiB is kept, for blocks of any size, and all bytes are usable") {
  for (size_t alignment = 1; alignment <= 2 * kMiB; alignment *= 2) {
    Heap heap;
    std::vector<MemoryBlock*> blocks;
    for (const size_t size : {size_t{0}, size_t{1}, size_t{7}, size_t{100}, 4 * kKiB, 128 * kKiB - 1,
                              128 * kKiB, 128 * kKiB + 1, kMiB}) {
      MemoryBlock* block = heap.Open(size, alignment);
      REQUIRE(block != nullptr);
      std::byte* data = block->Expose();
      CHECK_EQUAL(reinterpret_cast<uintptr_t>(data) % alignment, 0u);
      CHECK(Holds(data, size, 0));
      if (size > 0) data[0] = data[size - 1] = std::byte{0xFF};
      blocks.push_back(block);
    }
    for (MemoryBlock* block : blocks) CHECK_EQUAL(heap->Close(block).bytes_held, 0u);
    CHECK_EQUAL(heap->native_bytes(), 0);
  }
}

TEST("empty blocks have addresses of their own") {
  Heap heap;
  MemoryBlock* first = heap.Open(0);
  MemoryBlock* second = heap.Open(0);
  CHECK(first->Expose() != nullptr);
  CHECK(first->Expose() != second->Expose());
  heap->Close(first);
  heap->Close(second);
}

TEST("a size that cannot be rounded up without overflow is refused") {
  Heap heap;
  for (const size_t size : {SIZE_MAX, SIZE_MAX - 4095, SIZE_MAX / 2, SIZE_MAX / 4 + 1}) {
    CHECK(heap.Open(size) == nullptr);
    CHECK(heap.Open(size, 2 * kMiB) == nullptr);
  }
  CHECK_EQUAL(heap->native_bytes(), 0);
}

TEST("zeroing waits until the contents can be seen, and happens once") {
  Heap heap;
  const std::byte* dirty = heap.Dirty(kPageBlock, 0xAB);
  MemoryBlock* block = heap.Open(kPageBlock);
  REQUIRE(block->memory.data == dirty);
  CHECK(Holds(block->memory.data, kPageBlock, 0xAB));
  CHECK(Holds(block->Expose(), kPageBlock, 0));
  block->memory.data[9] = std::byte{1};
  CHECK(block->Expose()[9] == std::byte{1});
  heap->Close(block);
}

TEST("recycled memory is zeroed whatever it held, small blocks and large") {
  Heap heap;
  for (const size_t size : {size_t{1}, size_t{24}, size_t{4096}, 100 * kKiB, kPageBlock, 3 * kMiB}) {
    for (int round = 0; round < 3; ++round) {
      heap.Dirty(size, 0xCD);
      MemoryBlock* block = heap.Open(size);
      CHECK(Holds(block->Expose(), size, 0));
      heap->Close(block);
    }
  }
}

TEST("memory that was not asked to be zeroed is left as it is") {
  Heap heap;
  heap.Dirty(kPageBlock, 0xEF);
  MemoryBlock* block = heap.OpenUninitialized(kPageBlock);
  CHECK(Holds(block->Expose(), kPageBlock, 0xEF));
  heap->Close(block);
}

TEST("fresh pages come zeroed from the system and are not touched again") {
  Heap heap;
  constexpr size_t kSize = 64 * kMiB;
  MemoryBlock* block = heap.Open(kSize);
  std::byte* data = block->Expose();
  size_t resident = 0;
#ifdef __linux__
  std::vector<unsigned char> pages(kSize / PageSize());
  CHECK_EQUAL(mincore(data, kSize, pages.data()), 0);
  for (const unsigned char page : pages) resident += page & 1;
#endif
  CHECK_EQUAL(resident, 0u);
  CHECK(data[kSize - 1] == std::byte{0});
  heap->Close(block);
}

TEST("copying takes what fits, and the rest of a longer block is zero") {
  Heap heap;
  MemoryBlock* source = heap.Open(100);
  std::memset(source->Expose(), 7, 100);
  MemoryBlock* shorter = heap.Open(40);
  MemoryBlock* longer = heap.Open(150);
  shorter->CopyFrom(*source);
  longer->CopyFrom(*source);
  CHECK(Holds(shorter->Expose(), 40, 7));
  CHECK(Holds(longer->Expose(), 100, 7));
  CHECK(Holds(longer->Expose() + 100, 50, 0));
  for (MemoryBlock* block : {source, shorter, longer}) heap->Close(block);
}

TEST("copying what nobody can have written does not touch either block") {
  Heap heap;
  heap.Dirty(kPageBlock, 0xAB);
  MemoryBlock* source = heap.Open(kPageBlock);
  MemoryBlock* target = heap.Open(kPageBlock);
  target->CopyFrom(*source);
  CHECK(!source->exposed);
  CHECK(!target->exposed);
  CHECK(Holds(target->Expose(), kPageBlock, 0));
  heap->Close(source);
  heap->Close(target);
}

TEST("a released page block serves the next request of about its size and alignment") {
  Heap heap;
  const std::byte* first = heap.Dirty(kMiB, 1);
  MemoryBlock* similar = heap.Open(kMiB - 1000);
  CHECK(similar->memory.data == first);
  MemoryBlock* other = heap.Open(kMiB);
  CHECK(other->memory.data != first);
  heap->Close(similar);
  MemoryBlock* smaller = heap.Open(kMiB / 2);
  CHECK(smaller->memory.data != first);
  MemoryBlock* aligned = heap.Open(kMiB, 2 * kMiB);
  CHECK_EQUAL(reinterpret_cast<uintptr_t>(aligned->memory.data) % (2 * kMiB), 0u);
  for (MemoryBlock* block : {other, smaller, aligned}) heap->Close(block);
}

TEST("the block released last is reused first: it is still in the processor's caches") {
  Heap heap;
  MemoryBlock* first = heap.Open(kPageBlock);
  MemoryBlock* second = heap.Open(kPageBlock);
  const std::byte* last = second->memory.data;
  heap->Close(first);
  heap->Close(second);
  MemoryBlock* reused = heap.Open(kPageBlock);
  CHECK(reused->memory.data == last);
  heap->Close(reused);
}

TEST("page blocks that no request took between two trims go back to the system") {
  Heap heap;
  MemoryBlock* used = heap.Open(kPageBlock);
  MemoryBlock* unused = heap.Open(2 * kMiB);
  std::byte* used_data = used->memory.data;
  std::byte* unused_data = unused->memory.data;
  heap->Close(used);
  heap->Close(unused);
  heap->TrimUnused();
  CHECK(IsMapped(used_data) && IsMapped(unused_data));
  CHECK(heap.Dirty(kPageBlock, 1) == used_data);
  heap->TrimUnused();
  CHECK(IsMapped(used_data));
  CHECK(!IsMapped(unused_data));
  heap->TrimUnused();
  CHECK(!IsMapped(used_data));
}

TEST("trimming all gives back every cached block, and no open one") {
  Heap heap;
  MemoryBlock* open = heap.Open(kPageBlock);
  std::byte* first = heap.Dirty(kPageBlock, 1);
  std::byte* second = heap.Dirty(kMiB, 1);
  heap->TrimAll();
  CHECK(!IsMapped(first) && !IsMapped(second));
  CHECK(IsMapped(open->memory.data));
  heap->TrimAll();
  heap->Close(open);
}

TEST("the cache keeps no more blocks than it has places; the oldest go first") {
  constexpr size_t kPlaces = 32;
  Heap heap;
  std::vector<MemoryBlock*> blocks;
  std::vector<std::byte*> data;
  for (size_t count = 0; count < kPlaces + 8; ++count) {
    blocks.push_back(heap.Open(128 * kKiB));
    data.push_back(blocks.back()->memory.data);
  }
  for (MemoryBlock* block : blocks) heap->Close(block);
  for (size_t index = 0; index < data.size(); ++index) CHECK_EQUAL(IsMapped(data[index]), index >= 8);
  // Out of a full cache, then all the rest.
  MemoryBlock* newest = heap.Open(128 * kKiB);
  CHECK(newest->memory.data == data.back());
  heap->Close(newest);
  heap->TrimAll();
  for (std::byte* block : data) CHECK(!IsMapped(block));
}

TEST("a smaller budget for the cache holds at once, the oldest go first, and a larger one from then on") {
  Heap heap;
  MemoryBlock* first = heap.Open(kMiB);
  MemoryBlock* second = heap.Open(kMiB);
  MemoryBlock* third = heap.Open(kMiB);
  std::byte* data[] = {first->memory.data, second->memory.data, third->memory.data};
  for (MemoryBlock* block : {first, second, third}) heap->Close(block);
  heap->SetCacheBudget(2 * kMiB);
  CHECK(!IsMapped(data[0]) && IsMapped(data[1]) && IsMapped(data[2]));
  heap->SetCacheBudget(0);
  CHECK(!IsMapped(data[1]) && !IsMapped(data[2]));
  CHECK(!IsMapped(heap.Dirty(kMiB, 1)));
  heap->SetCacheBudget(MemoryHeap::kCacheBudget);
  CHECK(IsMapped(heap.Dirty(kMiB, 1)));
}

TEST("the cache keeps no more bytes than its budget, and no giant block at all") {
  Heap heap;
  MemoryBlock* giant = heap.Open(17 * kMiB);
  std::byte* giant_data = giant->memory.data;
  heap->Close(giant);
  CHECK(!IsMapped(giant_data));
  std::vector<MemoryBlock*> blocks;
  std::vector<std::byte*> data;
  for (int count = 0; count < 12; ++count) {
    blocks.push_back(heap.Open(4 * kMiB));
    data.push_back(blocks.back()->memory.data);
  }
  for (MemoryBlock* block : blocks) heap->Close(block);
  size_t kept = 0;
  for (std::byte* block : data) kept += IsMapped(block);
  CHECK_EQUAL(kept, 8u);  // 32 MiB
}

TEST("a thread that ends gives its cached pages back") {
  Heap heap;
  std::byte* data = heap.Dirty(kPageBlock, 1);
  heap.Retire();
  CHECK(!IsMapped(data));
}

TEST("native bytes are those of the open blocks, as they were asked for") {
  Heap heap;
  std::vector<MemoryBlock*> blocks;
  for (int count = 0; count < 1000; ++count) blocks.push_back(heap.Open(10, 64));
  MemoryBlock* large = heap.Open(kMiB + 1);
  CHECK_EQUAL(heap->native_bytes(), static_cast<int64_t>(10'000 + kMiB + 1));
  for (MemoryBlock* block : blocks) heap->Close(block);
  heap->Close(large);
  CHECK_EQUAL(heap->native_bytes(), 0);
}

TEST("a block that moves to the engine is no longer ours: not counted, not freed, not zeroed") {
  Heap heap;
  MemoryBlock* block = heap.Open(kPageBlock);
  std::byte* pages = block->memory.data;
  std::array<std::byte, 32> engine;
  engine.fill(std::byte{5});
  heap->MoveToEngine(*block, engine.data());
  CHECK(!block->native());
  CHECK(block->Expose() == engine.data());
  CHECK(Holds(engine.data(), engine.size(), 5));
  CHECK_EQUAL(heap->native_bytes(), 0);
  heap->TrimAll();
  CHECK(!IsMapped(pages));  // they had gone to the cache
  CHECK_EQUAL(heap->Close(block).bytes_held, 0u);
  CHECK(Holds(engine.data(), engine.size(), 5));
}

TEST("a disowned block leaves its memory to the one who asked for it") {
  Heap heap;
  MemoryBlock* block = heap.Open(64);
  void* base = block->memory.base;
  std::byte* data = block->Expose();
  heap->Disown(block);
  CHECK_EQUAL(heap->native_bytes(), 0);
  CHECK(Holds(data, 64, 0));
  std::free(base);
}

}  // namespace holdfast::test
