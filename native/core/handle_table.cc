#include "core/handle_table.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/allocation.h"

namespace holdfast {

HandleTable::~HandleTable() {
  for (size_t chunk = 0; chunk < chunk_count_; ++chunk) std::free(chunks_[chunk]);
  std::free(chunks_);
}

bool HandleTable::AddChunk() noexcept {
  if (chunk_count_ == chunk_capacity_) {
    const size_t capacity = std::max<size_t>(16, chunk_capacity_ * 2);
    if (capacity > kNone / kSlotsPerChunk) return false;
    auto** grown = static_cast<Slot**>(Reallocate(chunks_, capacity * sizeof(Slot*)));
    if (grown == nullptr) return false;
    chunks_ = grown;
    chunk_capacity_ = capacity;
  }
  auto* chunk = static_cast<Slot*>(AllocateZeroed(kSlotsPerChunk, sizeof(Slot)));
  if (chunk == nullptr) return false;
  chunks_[chunk_count_++] = chunk;

  // A sweep of all slots goes round a circle that has just become longer.
  if (to_visit_ > 0) to_visit_ += kSlotsPerChunk;

  // Linked so that the lowest index is taken first: the table stays dense, and the sweep short.
  const auto first = static_cast<uint32_t>((chunk_count_ - 1) * kSlotsPerChunk);
  for (uint32_t offset = kSlotsPerChunk; offset-- > 0;) {
    chunk[offset].generation = 1;
    chunk[offset].older = free_;
    free_ = first + offset;
  }
  return true;
}

void HandleTable::Link(uint32_t index, uint32_t& newest) noexcept {
  Slot& slot = At(index);
  slot.newer = kNone;
  slot.older = newest;
  if (newest != kNone) At(newest).newer = index;
  newest = index;
}

void HandleTable::Unlink(uint32_t index) noexcept {
  const Slot& slot = At(index);
  if (young_cursor_ == index) young_cursor_ = slot.older;
  if (slot.older != kNone) At(slot.older).newer = slot.newer;
  if (slot.newer != kNone) {
    At(slot.newer).older = slot.older;
  } else {
    (slot.state == SlotState::kOrphaned ? newest_orphan_ : newest_) = slot.older;
  }
}

HandleId HandleTable::Open(const Opening& opening) noexcept {
  if (free_ == kNone && !AddChunk()) return {};
  const uint32_t index = free_;
  free_ = At(index).older;
  At(index).owner = opening.owner;
  OpenSlot(index, opening);
  return HandleId(index, At(index).generation);
}

void HandleTable::OpenSlot(uint32_t index, const Opening& opening) noexcept {
  Slot& slot = At(index);
  slot.policy = opening.policy;
  slot.resource = opening.resource;
  slot.kind = opening.kind;
  slot.bytes = opening.bytes;
  slot.opened_at = collections_;
  slot.pins = 0;
  slot.tally = kNoTally;
  slot.state = SlotState::kOpen;
  Link(index, newest_);
  ++live_;
  if (slot.policy->released_by_javascript()) declared_bytes_ += static_cast<int64_t>(slot.bytes);
  if (opening.received) {
    counters_.Received(slot.kind, slot.bytes);
  } else {
    counters_.Opened(slot.kind, slot.bytes);
  }
}

HandleId HandleTable::Reopen(uint32_t index, const Opening& opening) noexcept {
  if (index != newest_reserved_ || index == kNone) return {};
  Slot& slot = At(index);
  newest_reserved_ = slot.older;
  --reserved_;
  OpenSlot(index, opening);
  return HandleId(index, slot.generation);
}

HandleId HandleTable::ReopenCounted(uint32_t index, const Opening& opening) noexcept {
  Slot& slot = At(index);
  if (!IsOwnerReusable(slot)) {
    FreeCounted(index);
    return {};
  }
  Unlink(index);
  --live_;
  ++slot.generation;
  OpenSlot(index, opening);
  return HandleId(index, slot.generation);
}

void HandleTable::FreeCounted(uint32_t index) noexcept {
  if (At(index).owner != nullptr) owners_.Delete(At(index).owner);
  Unlink(index);
  --live_;
  FreeSlot(index);
}

uint32_t HandleTable::IndexOf(HandleId id) const noexcept {
  if (id.is_none() || id.index() >= chunk_count_ * kSlotsPerChunk) return kNone;
  const Slot& slot = At(id.index());
  const bool current = slot.generation == id.generation() && slot.state != SlotState::kFree &&
                       slot.state != SlotState::kReserved;
  return current ? id.index() : kNone;
}

Slot* HandleTable::Find(HandleId id) noexcept {
  const uint32_t index = IndexOf(id);
  return index == kNone ? nullptr : &At(index);
}

bool HandleTable::Close(HandleId id, CloseReason reason) noexcept {
  const uint32_t index = IndexOf(id);
  if (index == kNone) return false;
  Slot& slot = At(index);
  if (slot.state == SlotState::kClosing) return false;
  if (slot.pins > 0) {
    slot.state = SlotState::kClosing;
    slot.close_reason = reason;
  } else {
    Release(index, reason, /*release_resource=*/true);
  }
  return true;
}

HandleTable::Closed HandleTable::CloseAndReserve(HandleId id, CloseReason reason) noexcept {
  const uint32_t index = IndexOf(id);
  if (index == kNone) return Closed::kNotOpen;
  Slot& slot = At(index);
  if (!IsOwnerReusable(slot) || reserved_ == kMaxReserved)
    return Close(id, reason) ? Closed::kFreed : Closed::kNotOpen;
  void* owner = std::exchange(slot.owner, nullptr);
  EndResource(index, reason, /*release_resource=*/true);
  slot.owner = owner;
  slot.state = SlotState::kReserved;
  ++slot.generation;
  slot.older = newest_reserved_;
  newest_reserved_ = index;
  ++reserved_;
  return Closed::kReserved;
}

void HandleTable::FreeReserved() noexcept {
  while (newest_reserved_ != kNone) {
    const uint32_t index = newest_reserved_;
    Slot& slot = At(index);
    newest_reserved_ = slot.older;
    owners_.Delete(slot.owner);
    slot.owner = nullptr;
    slot.state = SlotState::kFree;
    slot.older = free_;
    free_ = index;
  }
  reserved_ = 0;
}

DeferredRelease* HandleTable::Defer(HandleId id) noexcept {
  const uint32_t index = IndexOf(id);
  if (index == kNone || At(index).state != SlotState::kOpen || At(index).pins > 0) return nullptr;
  const ResourcePolicy& policy = *At(index).policy;
  DeferredRelease* deferred = policy.defer == nullptr ? nullptr : policy.defer(At(index).resource);
  if (deferred != nullptr) Release(index, CloseReason::kDisposed, /*release_resource=*/false);
  return deferred;
}

void* HandleTable::Disown(HandleId id, CloseReason reason) noexcept {
  const uint32_t index = IndexOf(id);
  if (index == kNone || At(index).state != SlotState::kOpen || At(index).pins > 0) return nullptr;
  void* resource = At(index).resource;
  Release(index, reason, /*release_resource=*/false);
  return resource;
}

void HandleTable::Unwatch(HandleId id) noexcept {
  const uint32_t index = IndexOf(id);
  if (index == kNone || At(index).state != SlotState::kOpen || IsUnwatched(At(index))) return;
  owners_.Delete(std::exchange(At(index).owner, nullptr));
}

bool HandleTable::Watch(HandleId id, void* owner) noexcept {
  const uint32_t index = IndexOf(id);
  if (index == kNone || !IsUnwatched(At(index))) return false;
  At(index).owner = owner;
  return true;
}

void HandleTable::Tally(HandleId id, uint32_t tally) noexcept {
  const uint32_t index = IndexOf(id);
  if (index == kNone || At(index).tally != kNoTally) return;
  At(index).tally = tally;
  ++tallies_[tally];
}

void HandleTable::Resize(Slot& slot, double bytes, double bytes_held) noexcept {
  counters_.Resized(slot.kind, slot.bytes - bytes_held, bytes);
  if (slot.policy->released_by_javascript()) declared_bytes_ += static_cast<int64_t>(bytes - slot.bytes);
  slot.bytes = bytes;
}

bool HandleTable::Pin(HandleId id) noexcept {
  Slot* slot = Find(id);
  if (slot == nullptr || slot->state != SlotState::kOpen) return false;
  ++slot->pins;
  return true;
}

void HandleTable::Unpin(HandleId id) noexcept {
  const uint32_t index = IndexOf(id);
  if (index == kNone) return;
  Slot& slot = At(index);
  if (slot.pins == 0 || --slot.pins > 0) return;
  if (slot.state == SlotState::kClosing) Release(index, slot.close_reason, true);
}

void HandleTable::Release(uint32_t index, CloseReason reason, bool release_resource) noexcept {
  if (At(index).owner != nullptr) owners_.Delete(At(index).owner);
  EndResource(index, reason, release_resource);
  FreeSlot(index);
}

// The one close path. The slot leaves the order of opening first and is counted last, so nothing that
// release() may cause can find it half closed.
void HandleTable::EndResource(uint32_t index, CloseReason reason, bool release_resource) noexcept {
  Slot& slot = At(index);
  Unlink(index);
  if (slot.state == SlotState::kOrphaned) --orphans_;
  --live_;
  if (slot.tally != kNoTally) --tallies_[slot.tally];
  const bool by_javascript = slot.policy->released_by_javascript();
  if (by_javascript) declared_bytes_ -= static_cast<int64_t>(slot.bytes);
  const bool release_here = release_resource && !by_javascript;
  const Released released = release_here ? slot.policy->release(slot.resource, reason) : Released{};
  release_error_ = released.error;
  counters_.Closed(slot.kind, slot.bytes, static_cast<double>(released.bytes_held), reason);
}

void HandleTable::FreeSlot(uint32_t index) noexcept {
  Slot& slot = At(index);
  slot.state = SlotState::kFree;
  slot.resource = slot.owner = nullptr;
  // A slot that has used up its generations is retired: reusing it could revive an old id.
  if (slot.generation == HandleId::kLastGeneration) return;
  ++slot.generation;
  slot.older = free_;
  free_ = index;
}

void HandleTable::OnCollection(bool major) noexcept {
  ++collections_;
  FreeReserved();
  last_young_orphan_ = {};
  if (major) {
    // A circle from wherever the last sweep got to: one that is interrupted again and again by new
    // collections still reaches every slot.
    RequestFullSweep();
    young_cursor_ = kNone;
  } else {
    // A sweep of young slots that is still under way still owes the older ones it has not come to.
    if (young_cursor_ == kNone) young_since_ = collections_ < 2 ? 0 : collections_ - 2;
    young_cursor_ = newest_;
  }
}

size_t HandleTable::Sweep(size_t limit) noexcept {
  size_t visited = 0;
  const size_t closed = SweepYoung(limit, &visited);
  return closed + SweepAll(limit - visited);
}

size_t HandleTable::SweepYoung(size_t limit, size_t* visited) noexcept {
  size_t closed = 0;
  while (young_cursor_ != kNone && *visited < limit) {
    const uint32_t index = young_cursor_;
    const Slot& slot = At(index);
    if (slot.opened_at < young_since_) {
      young_cursor_ = kNone;
      break;
    }
    young_cursor_ = slot.older;
    closed += CloseIfOwnerless(index);
    if (slot.state == SlotState::kOrphaned) last_young_orphan_ = HandleId(index, slot.generation);
    ++*visited;
  }
  if (young_cursor_ == kNone) last_young_orphan_ = {};
  return closed;
}

size_t HandleTable::SweepAll(size_t limit) noexcept {
  const size_t visits = std::min(limit, to_visit_);
  const auto end = static_cast<uint32_t>(chunk_count_ * kSlotsPerChunk);
  size_t closed = 0;
  for (size_t visit = 0; visit < visits; ++visit) {
    closed += CloseIfOwnerless(cursor_);
    if (++cursor_ == end) cursor_ = 0;
  }
  to_visit_ -= visits;
  return closed;
}

bool HandleTable::CloseIfOwnerless(uint32_t index) noexcept {
  Slot& slot = At(index);
  if (slot.state != SlotState::kOpen || slot.pins > 0) return false;
  if (slot.owner == nullptr || !owners_.IsCollected(slot.owner)) return false;
  if (!slot.policy->released_by_javascript()) {
    finalization_log_.Add({HandleId(index, slot.generation), slot.kind, slot.bytes});
    Release(index, CloseReason::kFinalized, /*release_resource=*/true);
    return true;
  }
  owners_.Delete(slot.owner);
  slot.owner = nullptr;
  Unlink(index);
  slot.state = SlotState::kOrphaned;
  // JavaScript may have released it since.
  const uint32_t newer = IndexOf(last_young_orphan_);
  if (newer != kNone && At(newer).state == SlotState::kOrphaned) {
    LinkOrphanAfter(index, newer);
  } else {
    Link(index, newest_orphan_);
  }
  ++orphans_;
  return true;
}

void HandleTable::LinkOrphanAfter(uint32_t index, uint32_t newer) noexcept {
  const uint32_t older = At(newer).older;
  At(index).newer = newer;
  At(index).older = older;
  At(newer).older = index;
  if (older != kNone) At(older).newer = index;
}

HandleId HandleTable::NewestOrphan() const noexcept {
  if (newest_orphan_ == kNone) return {};
  return HandleId(newest_orphan_, At(newest_orphan_).generation);
}

void HandleTable::Drain() noexcept {
  while (newest_orphan_ != kNone) Release(newest_orphan_, CloseReason::kFinalized, true);
  while (newest_ != kNone) {
    const Slot& slot = At(newest_);
    const bool disposed = slot.state == SlotState::kClosing;
    Release(newest_, disposed ? slot.close_reason : CloseReason::kFinalized, !IsUnwatched(slot));
  }
  FreeReserved();
}

}  // namespace holdfast
