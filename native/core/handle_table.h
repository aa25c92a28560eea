#ifndef HOLDFAST_CORE_HANDLE_TABLE_H_
#define HOLDFAST_CORE_HANDLE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/finalization_log.h"
#include "core/handle_id.h"
#include "core/ledger.h"
#include "core/resource_kind.h"

namespace holdfast {

// The weak references to the JavaScript objects that own handles. The table does not know what they
// are; the binding implements this over Node-API, the unit tests over a plain array.
class OwnerReferences {
 public:
  virtual bool IsCollected(void* reference) noexcept = 0;
  virtual void Delete(void* reference) noexcept = 0;

 protected:
  ~OwnerReferences() = default;
};

// One resource and all that is known of it.
//
//               Open                Close, no pins        (release)
//     kFree ───────────► kOpen ──────────────────────────► kFree, next generation
//                          │ │  Close, pins out                ▲
//                          │ └───────────────► kClosing ───────┤ last Unpin
//                          │  owner collected,                 │
//                          │  JavaScript releases              │
//                          └─────────────────► kOrphaned ──────┘ Close by JavaScript
//
// A slot closed with CloseAndReserve goes to kReserved instead of kFree: it keeps its owner reference,
// and Reopen opens it again. The next collection frees it.
enum class SlotState : uint8_t { kFree, kOpen, kClosing, kOrphaned, kReserved };

inline constexpr uint32_t kNoTally = 0;

struct Slot {
  const ResourcePolicy* policy;
  void* resource;
  void* owner;  // an OwnerReferences reference; nullptr once it was found collected, and while unwatched
  double bytes;
  uint32_t generation;
  uint32_t kind;
  uint32_t newer;  // neighbours in the order of opening; `older` also links free and reserved slots
  uint32_t older;
  uint32_t opened_at;  // how many collections the table had been told of
  uint32_t pins;
  uint32_t tally;  // the cell of the tallies that counts it; kNoTally for none
  SlotState state;
  CloseReason close_reason;  // meaningful in kClosing
};

// Every open handle of one thread. Only that thread may call it.
//
// All ways of closing end in Release(): the program's dispose, the sweep after a collection, the last
// unpin, and the drain at the end of the thread.
class HandleTable {
 public:
  struct Opening {
    const ResourcePolicy* policy;
    void* resource;
    void* owner;
    uint32_t kind;
    double bytes;
    bool received = false;  // from another thread, instead of made
  };

  HandleTable(ThreadCounters& counters, OwnerReferences& owners) : counters_(counters), owners_(owners) {}
  ~HandleTable();
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  // The id "none" when there is no memory for a slot; the resource and the owner reference then still
  // belong to the caller.
  HandleId Open(const Opening& opening) noexcept;

  // The slot of an id that is open (or closing, or orphaned); nullptr for any other.
  Slot* Find(HandleId id) noexcept;

  // Closes and releases, or remembers to do so at the last Unpin. False: that id is not open any more.
  bool Close(HandleId id, CloseReason reason) noexcept;
  // The same, but keeps the slot and its reference to the owner for Reopen. Making and deleting such a
  // reference is the dearest part of opening and closing, so it pays to pass on the owner object, too:
  // the caller keeps it, and gives it to the object that owns the next handle.
  // Only for an owner made since the last collection: an older one is in the old space, and nothing but a
  // major collection would ever find it dead.
  enum class Closed { kReserved, kFreed, kNotOpen };
  Closed CloseAndReserve(HandleId id, CloseReason reason) noexcept;
  // Opens the slot `index` if it is the one that was reserved last, else none. `opening.owner` is ignored.
  HandleId Reopen(uint32_t index, const Opening& opening) noexcept;

  // JavaScript can close a handle that it releases without a call here, if no bytes are declared for it: it
  // counts it as disposed, keeps its owner, and then does one of these. Until then the slot is still open.
  // Opens it again for another handle, as Reopen does; none, and the slot is free, when that is not possible.
  HandleId ReopenCounted(uint32_t index, const Opening& opening) noexcept;
  void FreeCounted(uint32_t index) noexcept;

  // Closes as disposed, and leaves the slow part of the release to the caller. nullptr, and nothing has
  // changed, for an id that is not open, is pinned, or has nothing slow about it.
  [[nodiscard]] DeferredRelease* Defer(HandleId id) noexcept;
  // What the last release had to say, once.
  int TakeReleaseError() noexcept { return std::exchange(release_error_, 0); }

  // The owner gives the resource away: the slot closes and nothing is released. Returns the resource, or
  // nullptr for an id that is not open, is pinned, or has no native resource.
  void* Disown(HandleId id, CloseReason reason = CloseReason::kDisposed) noexcept;
  // The collector of objects no longer decides over an open slot: no sweep closes it, and the end of the
  // thread leaves its resource alone. Watch(), with a new reference to the owner, takes that back.
  void Unwatch(HandleId id) noexcept;
  // False, and the reference stays the caller's, when the slot is not open or is watched already.
  [[nodiscard]] bool Watch(HandleId id, void* owner) noexcept;

  // Counts a slot, until it is released, in one more cell than its kind's.
  void UseTallies(double* cells) { tallies_ = cells; }
  void Tally(HandleId id, uint32_t tally) noexcept;

  // The resource behind an open slot has changed its size; `bytes_held` of the old bytes stay counted.
  void Resize(Slot& slot, double bytes, double bytes_held) noexcept;

  // A pin keeps the resource while work on another thread uses it. Refused once closing.
  [[nodiscard]] bool Pin(HandleId id) noexcept;
  void Unpin(HandleId id) noexcept;

  // The engine has collected. After a minor collection only slots that were opened since the last two
  // collections can have lost their owner: the engine moves what survives two of them to the old space.
  void OnCollection(bool major) noexcept;
  bool sweep_pending() const { return to_visit_ > 0 || young_cursor_ != kNone; }
  // Goes on with the sweep that OnCollection asked for: visits at most `limit` slots and closes those
  // whose owner is gone; slots that JavaScript releases become orphans instead. Returns how many were
  // closed or orphaned.
  size_t Sweep(size_t limit) noexcept;

  // The orphan found last, or none. It stays an orphan, and counted as live, until it is closed.
  HandleId NewestOrphan() const noexcept;
  size_t orphans() const { return orphans_; }

  // Calls visit(HandleId, const Slot&) for every open slot, newest first. It must not change the table.
  template <typename Visitor>
  void ForEachOpen(Visitor visit) const noexcept {
    ForEachFrom(newest_, visit);
  }
  // The same for everything that counts as live: orphans come first.
  template <typename Visitor>
  void ForEachLive(Visitor visit) const noexcept {
    ForEachFrom(newest_orphan_, visit);
    ForEachFrom(newest_, visit);
  }

  // What sweeps have closed, but for orphans, which JavaScript closes.
  FinalizationLog& finalization_log() { return finalization_log_; }

  // The end of the thread: closes everything, newest first, pins or not. No JavaScript runs; what only
  // JavaScript can release is counted as finalized and lost.
  void Drain() noexcept;

  size_t live() const { return live_; }
  // The bytes behind slots that JavaScript releases, as their owners declared them.
  int64_t declared_bytes() const { return declared_bytes_; }
  // As after a major collection that nobody reported: the next Sweep visits every slot.
  void RequestFullSweep() noexcept { to_visit_ = chunk_count_ * kSlotsPerChunk; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kSlotsPerChunk = 1024;
  static constexpr uint32_t kMaxReserved = 256;

  template <typename Visitor>
  void ForEachFrom(uint32_t first, Visitor visit) const noexcept {
    for (uint32_t index = first; index != kNone; index = At(index).older) {
      visit(HandleId(index, At(index).generation), At(index));
    }
  }

  Slot& At(uint32_t index) const { return chunks_[index / kSlotsPerChunk][index % kSlotsPerChunk]; }
  uint32_t IndexOf(HandleId id) const noexcept;
  bool AddChunk() noexcept;
  void Link(uint32_t index, uint32_t& newest) noexcept;
  void LinkOrphanAfter(uint32_t index, uint32_t newer) noexcept;
  void Unlink(uint32_t index) noexcept;
  void Release(uint32_t index, CloseReason reason, bool release_resource) noexcept;
  bool IsOwnerReusable(const Slot& slot) const {
    return slot.state == SlotState::kOpen && slot.pins == 0 && slot.owner != nullptr &&
           slot.opened_at == collections_ && slot.generation < HandleId::kLastGeneration;
  }
  void EndResource(uint32_t index, CloseReason reason, bool release_resource) noexcept;
  void FreeSlot(uint32_t index) noexcept;
  void OpenSlot(uint32_t index, const Opening& opening) noexcept;
  void FreeReserved() noexcept;
  bool CloseIfOwnerless(uint32_t index) noexcept;
  static bool IsUnwatched(const Slot& slot) {
    return slot.state == SlotState::kOpen && slot.owner == nullptr;
  }
  size_t SweepYoung(size_t limit, size_t* visited) noexcept;
  size_t SweepAll(size_t limit) noexcept;

  ThreadCounters& counters_;
  OwnerReferences& owners_;
  double* tallies_ = nullptr;
  FinalizationLog finalization_log_;

  Slot** chunks_ = nullptr;
  size_t chunk_count_ = 0;
  size_t chunk_capacity_ = 0;
  size_t live_ = 0;
  size_t orphans_ = 0;
  int release_error_ = 0;
  int64_t declared_bytes_ = 0;
  uint32_t free_ = kNone;
  uint32_t newest_reserved_ = kNone;
  uint32_t reserved_ = 0;
  uint32_t newest_ = kNone;  // of the open and closing slots
  uint32_t newest_orphan_ = kNone;
  // The orphan that the sweep of young slots has found last: those that follow are older.
  HandleId last_young_orphan_;

  uint32_t collections_ = 0;
  uint32_t cursor_ = 0;            // where the sweep of all slots goes on, in a circle
  size_t to_visit_ = 0;            // and how many slots it still owes
  uint32_t young_cursor_ = kNone;  // where the sweep of young slots goes on, towards older ones
  uint32_t young_since_ = 0;       // and the smallest `opened_at` it looks at
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_HANDLE_TABLE_H_
