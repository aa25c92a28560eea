#include "resources/memory.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "core/allocation.h"
#include "resources/pages.h"

namespace holdfast {

namespace {

constexpr size_t RoundUp(size_t value, size_t multiple) { return (value + multiple - 1) & ~(multiple - 1); }

// What the C heap aligns to by itself.
constexpr size_t kHeapAlignment = alignof(std::max_align_t);

// AddressSanitizer finds uses of freed blocks; of kept ones it could not tell.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kAddressSanitized = true;
#else
constexpr bool kAddressSanitized = false;
#endif

// Coarser alignments would waste more of the C heap than they use.
constexpr size_t kMaxHeapAlignment = 4096;

// The largest request that can be rounded and padded without overflow.
constexpr size_t kMaxRequest = SIZE_MAX / 4;

}  // namespace

std::byte* MemoryBlock::Expose() noexcept {
  if (!exposed) {
    exposed = true;
    if (zero_on_exposure && !memory.zeroed) std::memset(memory.data, 0, byte_length);
  }
  return memory.data;
}

void MemoryBlock::CopyFrom(MemoryBlock& source) noexcept {
  if (!source.exposed) return;
  std::memcpy(Expose(), source.memory.data, std::min(byte_length, source.byte_length));
}

struct MemoryHeap::BlockChunk {
  BlockChunk* next;
  std::array<MemoryBlock, 64> records;
};

MemoryHeap* MemoryHeap::Create(ThreadCounters* counters) noexcept {
  void* memory = holdfast::Allocate(sizeof(MemoryHeap));
  return memory == nullptr ? nullptr : new (memory) MemoryHeap(counters);
}

MemoryHeap::~MemoryHeap() {
  while (chunks_ != nullptr) std::free(std::exchange(chunks_, chunks_->next));
}

void MemoryHeap::Retire() noexcept {
  TrimAll();
  counters_ = nullptr;
  DeleteIfDone();
}

void MemoryHeap::DeleteIfDone() noexcept {
  if (counters_ != nullptr || views_ > 0) return;
  TrimAll();
  this->~MemoryHeap();
  std::free(this);
}

MemoryBlock* MemoryHeap::TakeRecord() noexcept {
  if (free_records_ != nullptr) return std::exchange(free_records_, free_records_->next_free);
  auto* chunk = static_cast<BlockChunk*>(AllocateZeroed(1, sizeof(BlockChunk)));
  if (chunk == nullptr) return nullptr;
  chunk->next = std::exchange(chunks_, chunk);
  for (size_t record = 1; record < chunk->records.size(); ++record) ReturnRecord(&chunk->records[record]);
  return &chunk->records[0];
}

void MemoryHeap::ReturnRecord(MemoryBlock* block) noexcept {
  block->next_free = std::exchange(free_records_, block);
}

MemoryBlock* MemoryHeap::Open(size_t byte_length, size_t alignment, bool zeroed, uint32_t kind) noexcept {
  MemoryBlock* block = TakeRecord();
  if (block == nullptr) return nullptr;
  if (!AllocateMemory(byte_length, alignment, block->memory)) {
    ReturnRecord(block);
    return nullptr;
  }
  block->heap = this;
  block->view = nullptr;
  block->byte_length = byte_length;
  block->kind = kind;
  block->zero_on_exposure = zeroed;
  block->exposed = false;
  Take(*block);
  return block;
}

// These three write into place and return no struct: copying one right after it was written field by field
// stalls the processor for as long as a malloc takes.
bool MemoryHeap::AllocateMemory(size_t byte_length, size_t alignment, Allocation& memory) noexcept {
  if (byte_length > kMaxRequest) return false;
  // Large blocks get pages of their own: mixed with small ones they fragment the C heap until it holds
  // many times what is live, and freed there they do not go back to the system.
  const bool on_heap = byte_length < kPagesFrom && alignment <= kMaxHeapAlignment;
  return on_heap ? AllocateOnHeap(byte_length, alignment, memory)
                 : AllocatePages(byte_length, alignment, memory);
}

bool MemoryHeap::AllocateOnHeap(size_t byte_length, size_t alignment, Allocation& memory) noexcept {
  // Aligned by hand: glibc's aligned allocation splits a larger chunk each time, which is slower and
  // leaves fragments behind.
  const size_t slack = alignment > kHeapAlignment ? alignment - kHeapAlignment : 0;
  const size_t size = std::max<size_t>(byte_length, 1) + slack;
  if (memory.backing != Backing::kHeap || memory.size != size) {
    DropKept(memory);
    memory.size = size;
    memory.base = holdfast::Allocate(size);
    if (memory.base == nullptr) return false;
  } else {
    --kept_;
  }
  const auto start = reinterpret_cast<uintptr_t>(memory.base);
  memory.data = static_cast<std::byte*>(memory.base) + (RoundUp(start, alignment) - start);
  memory.backing = Backing::kHeap;
  memory.zeroed = false;
  return true;
}

bool MemoryHeap::AllocatePages(size_t byte_length, size_t alignment, Allocation& memory) noexcept {
  // Sizes are rounded to an eighth of their power of two, so that buffers of similar size can take each
  // other's pages. Pages beyond the length are never touched and so never become resident.
  const size_t eighth = std::bit_floor(std::max<size_t>(byte_length, 1)) / 8;
  DropKept(memory);
  memory.size = RoundUp(std::max<size_t>(byte_length, 1), std::max(PageSize(), eighth));
  memory.base = TakeCached(memory.size, alignment);
  memory.zeroed = memory.base == nullptr;
  if (memory.zeroed) memory.base = MapPages(memory.size, alignment);
  if (memory.base == nullptr) return false;
  memory.data = static_cast<std::byte*>(memory.base);
  memory.backing = Backing::kPages;
  return true;
}

void* MemoryHeap::TakeCached(size_t size, size_t alignment) noexcept {
  for (size_t index = cached_; index-- > 0;) {
    void* base = cache_[index].base;
    if (cache_[index].size != size) continue;
    if (reinterpret_cast<uintptr_t>(base) % alignment != 0) continue;
    std::copy(cache_.data() + index + 1, cache_.data() + cached_, cache_.data() + index);
    --cached_;
    cached_bytes_ -= size;
    return base;
  }
  return nullptr;
}

bool MemoryHeap::IsKeptForReuse(const Allocation& memory) const {
  return memory.backing == Backing::kPages && memory.size <= cache_budget_ / 2 && counters_ != nullptr;
}

int MemoryHeap::FreeMemory(Allocation& memory) noexcept {
  if (!IsKeptForReuse(memory)) return GiveBack(memory);
  // The oldest go first: the newest are the ones still in the processor's caches.
  while (cached_ == cache_.size() || cached_bytes_ + memory.size > cache_budget_) DropCached(0);
  cache_[cached_++] = {.base = memory.base, .size = memory.size, .unused = false};
  cached_bytes_ += memory.size;
  memory.backing = Backing::kNone;
  return 0;
}

void MemoryHeap::DropCached(size_t index) noexcept {
  UnmapPages(cache_[index].base, cache_[index].size);
  cached_bytes_ -= cache_[index].size;
  std::copy(cache_.data() + index + 1, cache_.data() + cached_, cache_.data() + index);
  --cached_;
}

// A small block of the C heap may stay with its record, for the next buffer of the same size: that saves
// a malloc and a free for each.
bool MemoryHeap::Keep(const Allocation& memory) noexcept {
  if (kAddressSanitized || memory.backing != Backing::kHeap || memory.size > kKeepUpTo || kept_ == kMaxKept)
    return false;
  ++kept_;
  return true;
}

void MemoryHeap::DropKept(Allocation& memory) noexcept {
  if (memory.backing != Backing::kHeap) return;
  FreeMemory(memory);
  --kept_;
}

void MemoryHeap::DropAllKept() noexcept {
  for (MemoryBlock* record = free_records_; record != nullptr && kept_ > 0; record = record->next_free) {
    DropKept(record->memory);
  }
}

void MemoryHeap::TrimUnused() noexcept {
  DropAllKept();
  secrets_.TrimUnused();
  for (size_t index = cached_; index-- > 0;) {
    if (cache_[index].unused) {
      DropCached(index);
    } else {
      cache_[index].unused = true;
    }
  }
}

void MemoryHeap::TrimAll() noexcept {
  DropAllKept();
  secrets_.TrimAll();
  while (cached_ > 0) DropCached(cached_ - 1);
}

void MemoryHeap::SetCacheBudget(size_t bytes) noexcept {
  cache_budget_ = bytes;
  while (cached_bytes_ > cache_budget_) DropCached(0);
}

MemoryBlock* MemoryHeap::Adopt(ForeignMemory* memory, std::byte* data, size_t byte_length,
                               uint32_t kind) noexcept {
  return TakeRecordFor(
      {.base = memory, .data = data, .size = byte_length, .backing = Backing::kForeign, .zeroed = true},
      byte_length, kind);
}

MemoryBlock* MemoryHeap::TakeRecordFor(const Allocation& memory, size_t byte_length, uint32_t kind) noexcept {
  MemoryBlock* block = TakeRecord();
  if (block == nullptr) return nullptr;
  DropKept(block->memory);
  block->memory = memory;
  block->heap = this;
  block->view = nullptr;
  block->byte_length = byte_length;
  block->kind = kind;
  block->zero_on_exposure = false;
  block->exposed = true;
  Take(*block);
  return block;
}

Released MemoryHeap::Close(MemoryBlock* block) noexcept {
  Leave(*block);
  Released released;
  if (block->view == nullptr) {
    if (!Keep(block->memory)) released.error = FreeMemory(block->memory);
  } else {
    // The ArrayBuffer, or one that its memory was moved into, may be in use: its finalizer decides.
    MemoryView& view = *block->view;
    view.memory = std::exchange(block->memory, {});
    view.byte_length = released.bytes_held = block->byte_length;
    OrphanView(view);
  }
  ReturnRecord(block);
  return released;
}

void MemoryHeap::Disown(MemoryBlock* block) noexcept {
  Leave(*block);
  if (block->view != nullptr) OrphanView(*block->view);
  block->memory = {};
  ReturnRecord(block);
}

// Bytes are counted where they lie: those of the engine are not ours.
void MemoryHeap::Take(const MemoryBlock& block) noexcept {
  if (!block.native()) return;
  const auto bytes = static_cast<int64_t>(block.byte_length);
  native_bytes_ += bytes;
  if (block.view != nullptr) viewed_bytes_ += bytes;
}

void MemoryHeap::Leave(const MemoryBlock& block) noexcept {
  if (!block.native()) return;
  const auto bytes = static_cast<int64_t>(block.byte_length);
  native_bytes_ -= bytes;
  if (block.view != nullptr) viewed_bytes_ -= bytes;
}

void MemoryHeap::MoveToEngine(MemoryBlock& block, std::byte* data) noexcept {
  if (block.exposed) std::memmove(data, block.memory.data, block.byte_length);
  Leave(block);
  FreeMemory(block.memory);
  block.memory = {.base = nullptr, .data = data, .size = 0, .backing = Backing::kEngine, .zeroed = true};
  block.exposed = true;
}

MemoryView* MemoryHeap::OpenView(MemoryBlock& block) noexcept {
  void* memory = holdfast::Allocate(sizeof(MemoryView));
  if (memory == nullptr) return nullptr;
  auto* view = new (memory)
      MemoryView{.heap = this, .block = &block, .memory = {}, .byte_length = 0, .kind = block.kind};
  SetView(block, view);
  ++views_;
  return view;
}

void MemoryHeap::CancelView(MemoryView* view) noexcept {
  SetView(*view->block, nullptr);
  std::free(view);
  --views_;
}

void MemoryHeap::AbandonView(MemoryBlock& block) noexcept {
  if (block.view == nullptr) return;
  OrphanView(*block.view);
  SetView(block, nullptr);
}

void MemoryHeap::SetView(MemoryBlock& block, MemoryView* view) noexcept {
  Leave(block);
  block.view = view;
  Take(block);
}

void MemoryHeap::OrphanView(MemoryView& view) noexcept {
  view.block = nullptr;
  ++waiting_views_;
  waiting_bytes_ += view.byte_length;
}

// Runs on the thread of the heap, in a turn of its event loop or while it ends. No JavaScript.
void MemoryHeap::OnViewFinalized(MemoryView* view) noexcept {
  if (view->block != nullptr) {
    SetView(*view->block, nullptr);
  } else {
    --waiting_views_;
    waiting_bytes_ -= view->byte_length;
    if (view->byte_length > 0 && counters_ != nullptr) {
      counters_->BytesReleased(view->kind, static_cast<double>(view->byte_length));
    }
    FreeMemory(view->memory);
  }
  std::free(view);
  --views_;
  DeleteIfDone();
}

const ResourcePolicy kMemoryPolicy{.release = [](void* resource, CloseReason) noexcept -> Released {
                                     auto* block = static_cast<MemoryBlock*>(resource);
                                     return block->heap->Close(block);
                                   },
                                   .defer = [](void* resource) noexcept -> DeferredRelease* {
                                     auto* block = static_cast<MemoryBlock*>(resource);
                                     return block->heap->Defer(block);
                                   }};

}  // namespace holdfast
