#ifndef HOLDFAST_RESOURCES_MEMORY_H_
#define HOLDFAST_RESOURCES_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/ledger.h"
#include "core/resource_kind.h"
#include "core/transit.h"
#include "resources/secret_pool.h"

namespace holdfast {

// Where the bytes of a block are.
enum class Backing : uint8_t {
  kNone,     // nowhere any more
  kHeap,     // the C heap
  kPages,    // pages of its own
  kEngine,   // an ArrayBuffer that the engine allocated; it frees them
  kForeign,  // a ForeignMemory knows
};

// Memory that a heap holds and did not allocate: a map of a file, guarded pages.
struct ForeignMemory {
  // Gives the memory back, and this record. On any thread. Returns the error of the system, if any.
  int (*free)(ForeignMemory* self) noexcept;
};

struct Allocation {
  void* base = nullptr;  // what the system gave; of foreign memory its record
  std::byte* data = nullptr;
  size_t size = 0;  // what was asked of the system
  Backing backing = Backing::kNone;
  bool zeroed = false;
};

// To the system, on any thread. Returns what that has to say.
int GiveBack(Allocation& memory) noexcept;

class MemoryHeap;
struct MemoryView;

// The memory of one open buffer.
//
// Until somebody asks for the address or a view, nobody can have seen the contents. So zeroing waits
// for that moment, and a block may change its backing until then without copying anything.
struct MemoryBlock {
  MemoryHeap* heap;
  MemoryBlock* next_free;  // while the record is not in use; it may hold memory for the next then
  MemoryView* view;        // the external ArrayBuffer over the memory, while its finalizer has not run
  Allocation memory;
  size_t byte_length;
  uint32_t kind;
  bool zero_on_exposure;
  bool exposed;

  // The contents become visible: zeroed now if that was asked for.
  std::byte* Expose() noexcept;
  // As much of `source` as fits, if anybody can have written there.
  void CopyFrom(MemoryBlock& source) noexcept;
  bool native() const { return memory.backing != Backing::kEngine; }
};

// An external ArrayBuffer over a block, from its making to its finalizer. The memory stays with the
// block as long as the handle is open; a handle that closes while somebody may still reach the memory
// through this ArrayBuffer, or through one it was moved into, leaves the memory here.
struct MemoryView {
  MemoryHeap* heap;
  MemoryBlock* block;  // nullptr: the handle is closed, and only the finalizer is waited for
  Allocation memory;
  size_t byte_length;  // of `memory`; 0 without
  uint32_t kind;
};

// The memory of a buffer between two threads.
struct MemoryParcel : Parcel {
  Allocation memory;
  size_t byte_length;
  uint32_t traits;  // the sender's, for the receiver
  bool zero_on_exposure;
  bool exposed;
};

// Allocates the memory of one thread and keeps a few released page blocks for the next request, since
// fresh pages from the system cost more than filling them. Views that outlive their thread keep the
// heap alive until the last finalizer has run.
class MemoryHeap {
 public:
  static constexpr size_t kWaitingBudget = size_t{64} << 20;
  static constexpr size_t kCacheBudget = size_t{32} << 20;
  static constexpr size_t kLeastCacheBudget = size_t{4} << 20;

  // nullptr when there is no memory for it. `counters` is not used after Retire.
  static MemoryHeap* Create(ThreadCounters* counters) noexcept;
  // The thread ends: its table is drained. The heap deletes itself with its last view.
  void Retire() noexcept;

  // nullptr when the system refused. `alignment` is a power of two.
  MemoryBlock* Open(size_t byte_length, size_t alignment, bool zeroed, uint32_t kind) noexcept;
  // A block over memory that was allocated elsewhere, and that the heap frees from now on. nullptr, and it
  // is still the caller's, when there was no memory for the record.
  MemoryBlock* Adopt(ForeignMemory* memory, std::byte* data, size_t byte_length, uint32_t kind) noexcept;
  // The handle closed, and with it this block; leaves it to the caller to free the memory. nullptr, and the
  // block is as it was, when that would be quick, or a view still holds the memory.
  DeferredRelease* Defer(MemoryBlock* block) noexcept;
  // The handle closed, and with it this block. A view may still hold the memory.
  Released Close(MemoryBlock* block) noexcept;
  // The memory of a block that nobody views goes to another thread; the block has none then. nullptr, and
  // nothing has changed, when there was no memory.
  MemoryParcel* Pack(MemoryBlock& block) noexcept;
  // The same with a copy, of memory that is the engine's or that a view will keep.
  MemoryParcel* PackCopy(const MemoryBlock& block, size_t alignment) noexcept;
  // A block over what was packed by any thread; `parcel` is the caller's to delete. nullptr when there was no
  // memory for the record.
  MemoryBlock* Unpack(MemoryParcel& parcel, uint32_t kind) noexcept;
  // The handle closed and its memory belongs to somebody else now.
  void Disown(MemoryBlock* block) noexcept;

  // An ArrayBuffer of the engine, which is zeroed, takes the place of the memory, whose address nobody has
  // seen.
  void MoveToEngine(MemoryBlock& block, std::byte* data) noexcept;
  // nullptr when there is no memory for the record.
  MemoryView* OpenView(MemoryBlock& block) noexcept;
  // The ArrayBuffer was detached by us: nobody reaches the memory through it, so the block keeps it.
  void AbandonView(MemoryBlock& block) noexcept;
  void OnViewFinalized(MemoryView* view) noexcept;
  // An ArrayBuffer could not be made over the view after all.
  void CancelView(MemoryView* view) noexcept;

  // More waits for the event loop than is good: viewed memory whose handle is closed, and what the
  // engine keeps for each view whose finalizer has not run.
  bool event_loop_is_behind(size_t budget = kWaitingBudget) const {
    return waiting_bytes_ + waiting_views_ * kWaitingViewCost > budget;
  }
  // Bytes under external ArrayBuffers, of open blocks and of closed ones.
  size_t external_bytes() const { return static_cast<size_t>(viewed_bytes_) + waiting_bytes_; }
  // How many views are closed on our side and wait for their finalizer.
  size_t waiting_views() const { return waiting_views_; }

  // Bytes of the open blocks that are this heap's own, and the part of them that lies under external
  // ArrayBuffers, which the engine counts by itself.
  int64_t native_bytes() const { return native_bytes_; }
  int64_t viewed_bytes() const { return viewed_bytes_; }

  // Gives page blocks back to the system that no request took since the last call, or all of them.
  void TrimUnused() noexcept;
  void TrimAll() noexcept;
  // How much of them may be kept; at first kCacheBudget.
  void SetCacheBudget(size_t bytes) noexcept;

  // Here because views that outlive their thread may hold secrets, too.
  SecretPool& secrets() { return secrets_; }

 private:
  struct CachedPages {
    void* base;
    size_t size;
    bool unused;  // since the last TrimUnused
  };
  struct BlockChunk;

  explicit MemoryHeap(ThreadCounters* counters) : counters_(counters) {}
  ~MemoryHeap();

  bool AllocateMemory(size_t byte_length, size_t alignment, Allocation& memory) noexcept;
  bool AllocateOnHeap(size_t byte_length, size_t alignment, Allocation& memory) noexcept;
  bool AllocatePages(size_t byte_length, size_t alignment, Allocation& memory) noexcept;
  bool IsKeptForReuse(const Allocation& memory) const;
  int FreeMemory(Allocation& memory) noexcept;
  bool Keep(const Allocation& memory) noexcept;
  void DropKept(Allocation& memory) noexcept;
  void DropAllKept() noexcept;
  void* TakeCached(size_t size, size_t alignment) noexcept;
  void DropCached(size_t index) noexcept;
  MemoryBlock* TakeRecord() noexcept;
  MemoryBlock* TakeRecordFor(const Allocation& memory, size_t byte_length, uint32_t kind) noexcept;
  void ReturnRecord(MemoryBlock* block) noexcept;
  void Take(const MemoryBlock& block) noexcept;
  void Leave(const MemoryBlock& block) noexcept;
  void SetView(MemoryBlock& block, MemoryView* view) noexcept;
  void OrphanView(MemoryView& view) noexcept;
  void DeleteIfDone() noexcept;

  static constexpr size_t kWaitingViewCost = 512;
  static constexpr size_t kKeepUpTo = 8192;
  static constexpr size_t kMaxKept = 64;
  static constexpr size_t kPagesFrom = size_t{128} << 10;

  ThreadCounters* counters_;
  std::array<CachedPages, 32> cache_{};
  size_t cached_ = 0;
  size_t cached_bytes_ = 0;
  size_t cache_budget_ = kCacheBudget;
  MemoryBlock* free_records_ = nullptr;
  BlockChunk* chunks_ = nullptr;
  int64_t native_bytes_ = 0;
  int64_t viewed_bytes_ = 0;
  size_t kept_ = 0;  // free records with memory
  size_t views_ = 0;
  size_t waiting_views_ = 0;
  size_t waiting_bytes_ = 0;
  SecretPool secrets_;
};

extern const ResourcePolicy kMemoryPolicy;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_MEMORY_H_
