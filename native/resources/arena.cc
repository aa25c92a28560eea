#include "resources/arena.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "core/allocation.h"

namespace holdfast {

namespace {

// The slow parts of several releases, as one.
struct DeferredChunks : DeferredRelease {
  DeferredRelease* first;
};

int RunDeferredChunks(DeferredRelease* self) noexcept {
  auto* chunks = static_cast<DeferredChunks*>(self);
  int error = 0;
  while (chunks->first != nullptr) {
    DeferredRelease* release = chunks->first;
    chunks->first = release->next;
    if (const int failed = release->run(release); error == 0) error = failed;
  }
  std::free(chunks);
  return error;
}

}  // namespace

Arena* Arena::Create(MemoryHeap& heap) noexcept {
  void* memory = Allocate(sizeof(Arena));
  return memory == nullptr ? nullptr : new (memory) Arena(heap);
}

void Arena::Delete() noexcept {
  std::free(chunks_);
  this->~Arena();
  std::free(this);
}

bool Arena::AddChunk(size_t byte_length, uint32_t kind) noexcept {
  if (count_ == capacity_) {
    const size_t capacity = std::max<size_t>(8, capacity_ * 2);
    auto** grown = static_cast<MemoryBlock**>(Reallocate(chunks_, capacity * sizeof(MemoryBlock*)));
    if (grown == nullptr) return false;
    chunks_ = grown;
    capacity_ = capacity;
  }
  MemoryBlock* block = heap_.Open(byte_length, kChunkAlignment, /*zeroed=*/true, kind);
  if (block == nullptr) return false;
  chunks_[count_++] = block;
  return true;
}

Released Arena::RemoveChunk(size_t index) noexcept {
  MemoryBlock* block = chunks_[index];
  std::copy(chunks_ + index + 1, chunks_ + count_, chunks_ + index);
  --count_;
  return heap_.Close(block);
}

Released Arena::Close() noexcept {
  Released all;
  while (count_ > 0) {
    const Released released = heap_.Close(chunks_[--count_]);
    all.bytes_held += released.bytes_held;
    if (all.error == 0) all.error = released.error;
  }
  Delete();
  return all;
}

DeferredRelease* Arena::Defer() noexcept {
  // A chunk that still has a view must stay counted, which only Close can do.
  const auto viewed = [](const MemoryBlock* block) { return block->view != nullptr; };
  if (std::any_of(chunks_, chunks_ + count_, viewed)) return nullptr;
  void* memory = Allocate(sizeof(DeferredChunks));
  if (memory == nullptr) return nullptr;
  auto* deferred =
      new (memory) DeferredChunks{{.run = RunDeferredChunks, .next = nullptr}, /*first=*/nullptr};
  while (count_ > 0) {
    MemoryBlock* block = chunks_[--count_];
    DeferredRelease* release = heap_.Defer(block);
    if (release == nullptr) {
      heap_.Close(block);
    } else {
      release->next = deferred->first;
      deferred->first = release;
    }
  }
  Delete();
  return deferred;
}

const ResourcePolicy kArenaPolicy{.release = [](void* resource, CloseReason) noexcept -> Released {
                                    return static_cast<Arena*>(resource)->Close();
                                  },
                                  .defer = [](void* resource) noexcept -> DeferredRelease* {
                                    return static_cast<Arena*>(resource)->Defer();
                                  }};

}  // namespace holdfast
