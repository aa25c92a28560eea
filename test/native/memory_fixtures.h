#ifndef HOLDFAST_TEST_NATIVE_MEMORY_FIXTURES_H_
#define HOLDFAST_TEST_NATIVE_MEMORY_FIXTURES_H_

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "fixtures.h"
#include "harness.h"
#include "resources/memory.h"
#include "resources/pages.h"

namespace holdfast::test {

inline constexpr size_t kKiB = 1024;
inline constexpr size_t kMiB = 1024 * kKiB;
// A block of this size has pages of its own.
inline constexpr size_t kPageBlock = 256 * kKiB;

// The heap of a thread that ends with the test.
struct Heap {
  Counters counters;
  MemoryHeap* heap = MemoryHeap::Create(&counters.thread);

  ~Heap() { Retire(); }
  void Retire() {
    if (heap != nullptr) std::exchange(heap, nullptr)->Retire();
  }
  MemoryHeap* operator->() const { return heap; }

  MemoryBlock* Open(size_t byte_length, size_t alignment = 16) {
    return heap->Open(byte_length, alignment, /*zeroed=*/true, kKind);
  }
  MemoryBlock* OpenUninitialized(size_t byte_length) { return heap->Open(byte_length, 16, false, kKind); }
  // A block whose memory is full of `value`, released again: into the cache, if it has pages.
  std::byte* Dirty(size_t byte_length, int value) {
    MemoryBlock* block = Open(byte_length);
    std::byte* data = block->Expose();
    std::memset(data, value, byte_length);
    heap->Close(block);
    return data;
  }
};

inline bool Holds(const std::byte* data, size_t length, int value) {
  return std::all_of(data, data + length, [&](std::byte byte) { return byte == std::byte(value); });
}

// Does the page at `address` belong to the process? The system knows, and nothing else tells that a
// block was given back.
inline bool IsMapped(void* address) { return msync(address, PageSize(), MS_ASYNC) == 0 || errno != ENOMEM; }

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_NATIVE_MEMORY_FIXTURES_H_
