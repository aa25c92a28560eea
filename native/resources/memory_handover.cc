#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "core/allocation.h"
#include "resources/memory.h"
#include "resources/pages.h"

// Memory that leaves its heap: to the system, at once or later, or to another thread.
namespace holdfast {

int GiveBack(Allocation& memory) noexcept {
  int error = 0;
  switch (memory.backing) {
    case Backing::kHeap:
      std::free(memory.base);
      break;
    case Backing::kPages:
      UnmapPages(memory.base, memory.size);
      break;
    case Backing::kForeign: {
      auto* foreign = static_cast<ForeignMemory*>(memory.base);
      error = foreign->free(foreign);
      break;
    }
    case Backing::kNone:
    case Backing::kEngine:
      break;
  }
  memory.backing = Backing::kNone;
  return error;
}

namespace {

struct DeferredMemory : DeferredRelease {
  Allocation memory;
};

void ReleaseMemoryParcel(Parcel* self) noexcept {
  auto* parcel = static_cast<MemoryParcel*>(self);
  GiveBack(parcel->memory);
  std::free(parcel);
}

MemoryParcel* NewParcel(const MemoryBlock& block) {
  void* record = Allocate(sizeof(MemoryParcel));
  if (record == nullptr) return nullptr;
  auto* parcel = new (record) MemoryParcel{};
  parcel->release = ReleaseMemoryParcel;
  parcel->byte_length = block.byte_length;
  parcel->zero_on_exposure = block.zero_on_exposure;
  parcel->exposed = block.exposed;
  return parcel;
}

int RunDeferredMemory(DeferredRelease* self) noexcept {
  auto* deferred = static_cast<DeferredMemory*>(self);
  const int error = GiveBack(deferred->memory);
  std::free(deferred);
  return error;
}

}  // namespace

MemoryParcel* MemoryHeap::Pack(MemoryBlock& block) noexcept {
  MemoryParcel* parcel = NewParcel(block);
  if (parcel == nullptr) return nullptr;
  parcel->memory = std::exchange(block.memory, {});
  return parcel;
}

MemoryParcel* MemoryHeap::PackCopy(const MemoryBlock& block, size_t alignment) noexcept {
  MemoryParcel* parcel = NewParcel(block);
  if (parcel == nullptr) return nullptr;
  if (!AllocateMemory(block.byte_length, alignment, parcel->memory)) {
    std::free(parcel);
    return nullptr;
  }
  std::memcpy(parcel->memory.data, block.memory.data, block.byte_length);
  return parcel;
}

MemoryBlock* MemoryHeap::Unpack(MemoryParcel& parcel, uint32_t kind) noexcept {
  MemoryBlock* block = TakeRecordFor(parcel.memory, parcel.byte_length, kind);
  if (block == nullptr) return nullptr;
  block->zero_on_exposure = parcel.zero_on_exposure;
  block->exposed = parcel.exposed;
  return block;
}

DeferredRelease* MemoryHeap::Defer(MemoryBlock* block) noexcept {
  const Allocation& memory = block->memory;
  const bool slow = memory.backing == Backing::kForeign || memory.backing == Backing::kPages;
  if (!slow || IsKeptForReuse(memory) || block->view != nullptr) return nullptr;
  void* record = holdfast::Allocate(sizeof(DeferredMemory));
  if (record == nullptr) return nullptr;
  auto* deferred = new (record) DeferredMemory{{.run = RunDeferredMemory, .next = nullptr}, memory};
  Disown(block);
  return deferred;
}

}  // namespace holdfast
