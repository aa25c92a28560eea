#ifndef HOLDFAST_RESOURCES_ARENA_H_
#define HOLDFAST_RESOURCES_ARENA_H_

#include <cstddef>
#include <cstdint>

#include "core/resource_kind.h"
#include "resources/memory.h"

namespace holdfast {

// The chunks of one arena: blocks of the thread's heap that close together. What is given out of them is
// JavaScript's business.
class Arena {
 public:
  // What JavaScript may rely on when it aligns within a chunk.
  static constexpr size_t kChunkAlignment = 4096;

  // nullptr when there is no memory for it.
  static Arena* Create(MemoryHeap& heap) noexcept;

  // Zeroed. False when the system refused.
  [[nodiscard]] bool AddChunk(size_t byte_length, uint32_t kind) noexcept;
  // Chunks have numbers in the order in which they were added.
  MemoryBlock& chunk(size_t index) const { return *chunks_[index]; }
  size_t chunk_count() const { return count_; }
  // Those that follow move up by one.
  Released RemoveChunk(size_t index) noexcept;

  // The handle closed, and with it all chunks.
  Released Close() noexcept;
  DeferredRelease* Defer() noexcept;

 private:
  explicit Arena(MemoryHeap& heap) : heap_(heap) {}
  ~Arena() = default;
  void Delete() noexcept;

  MemoryHeap& heap_;
  MemoryBlock** chunks_ = nullptr;
  size_t count_ = 0;
  size_t capacity_ = 0;
};

extern const ResourcePolicy kArenaPolicy;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_ARENA_H_
