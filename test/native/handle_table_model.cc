#include "handle_table_model.h"

#include <algorithm>
#include <iterator>

#include "harness.h"

namespace holdfast::test {

void Comparison::Open() {
  const uint32_t kind = below_(2) == 0 ? kKind : kOtherKind;
  const double bytes = below_(5000);
  const bool by_javascript = below_(3) == 0;
  const auto handle = by_javascript ? test_.OpenReleasedByJavaScript(bytes, kind) : test_.Open(bytes, kind);
  CHECK(!handle.id.is_none());
  if (!by_javascript && below_(4) == 0) handle.resource->held = below_(static_cast<uint32_t>(bytes) + 1);
  Add(handle, kind, bytes, /*collected=*/false);
}

void Comparison::Add(const Table::Handle& handle, uint32_t kind, double bytes, bool collected) {
  handles_.push_back(
      {.handle = handle, .kind = kind, .bytes = bytes, .collected = collected, .opened_at = collections_});
  Count(kind, [&](ModelCounts& counts) {
    ++counts.opened;
    counts.peak = std::max(counts.peak, ++counts.live);
    counts.peak_bytes = std::max(counts.peak_bytes, counts.bytes += bytes);
  });
}

void Comparison::Gone(ModelHandle& gone, CloseReason reason, bool released) {
  CHECK(test_.owners.IsDeleted(gone.handle.owner));
  Remove(gone, reason, released);
}

// A handle of the model is closed: forgets it, and checks that the resource was released if it had to be.
void Comparison::Remove(ModelHandle& gone, CloseReason reason, bool released) {
  double held = 0;
  if (!gone.by_javascript()) {
    CHECK_EQUAL(gone.handle.resource->releases, released ? 1 : 0);
    if (released) {
      CHECK_EQUAL(gone.handle.resource->reason, reason);
      held = static_cast<double>(gone.handle.resource->held);
    }
  }
  if (held > 0) escaped_.emplace_back(gone.kind, held);
  CHECK(test_.table.Find(gone.handle.id) == nullptr);
  Count(gone.kind, [&](ModelCounts& counts) {
    --counts.live;
    counts.bytes -= gone.bytes - held;
    ++(reason == CloseReason::kDisposed ? counts.disposed : counts.finalized);
  });
  tallied_ -= gone.tallied;
  stale_.push_back(gone.handle.id);
  gone = handles_.back();
  handles_.pop_back();
}

void Comparison::Close() {
  ModelHandle* handle = Any();
  if (handle == nullptr) return;
  const auto reason = below_(2) == 0 ? CloseReason::kDisposed : CloseReason::kFinalized;
  const bool closing = handle->state == SlotState::kClosing;
  CHECK_EQUAL(test_.table.Close(handle->handle.id, reason), !closing);
  if (closing) return;
  if (handle->pins == 0) return Gone(*handle, reason, true);
  handle->state = SlotState::kClosing;
  handle->reason = reason;
}

void Comparison::CloseForReuse() {
  constexpr size_t kMaxReserved = 256;
  if (handles_.empty()) return;
  // Mostly young ones: others are not reserved.
  ModelHandle* handle = below_(4) == 0 ? Any() : &handles_.back();
  const ModelHandle before = *handle;
  const auto closed = test_.table.CloseAndReserve(before.handle.id, CloseReason::kDisposed);
  if (before.state == SlotState::kClosing) {
    CHECK_EQUAL(closed, HandleTable::Closed::kNotOpen);
  } else if (before.state == SlotState::kOpen && before.pins == 0 && before.watched &&
             before.opened_at == collections_ && reserved_.size() < kMaxReserved) {
    CHECK_EQUAL(closed, HandleTable::Closed::kReserved);
    reserved_.push_back(before);
    Remove(*handle, CloseReason::kDisposed, true);
    CHECK(!test_.owners.IsDeleted(before.handle.owner));
  } else {
    CHECK_EQUAL(closed, HandleTable::Closed::kFreed);
    if (before.pins == 0) return Gone(*handle, CloseReason::kDisposed, true);
    handle->state = SlotState::kClosing;
    handle->reason = CloseReason::kDisposed;
  }
}

void Comparison::Reopen() {
  if (reserved_.empty()) return;
  const ModelHandle closed = reserved_.back();
  if (reserved_.size() > 1) CHECK(test_.Reopen(reserved_.front().handle).id.is_none());
  reserved_.pop_back();
  const double bytes = below_(5000);
  const auto handle = test_.Reopen(closed.handle, bytes, closed.kind);
  CHECK(handle.id == HandleId(closed.handle.id.index(), closed.handle.id.generation() + 1));
  Add(handle, closed.kind, bytes, closed.collected);
  ++reopened_;
}

void Comparison::CloseStale() {
  if (stale_.empty()) return;
  const HandleId id = stale_[below_(static_cast<uint32_t>(stale_.size()))];
  CHECK(test_.table.Find(id) == nullptr);
  CHECK(!test_.table.Close(id, CloseReason::kDisposed));
  CHECK(!test_.table.Pin(id));
  test_.table.Unpin(id);
}

void Comparison::Pin() {
  ModelHandle* handle = Any();
  if (handle == nullptr) return;
  const bool open = handle->state == SlotState::kOpen;
  CHECK_EQUAL(test_.table.Pin(handle->handle.id), open);
  if (open) ++handle->pins;
}

void Comparison::Unpin() {
  ModelHandle* handle = Any();
  if (handle == nullptr) return;
  test_.table.Unpin(handle->handle.id);
  if (handle->pins == 0 || --handle->pins > 0) return;
  if (handle->state == SlotState::kClosing) Gone(*handle, handle->reason, true);
}

void Comparison::Resize() {
  ModelHandle* handle = Any();
  if (handle == nullptr) return;
  Slot* slot = test_.table.Find(handle->handle.id);
  REQUIRE(slot != nullptr);
  const double bytes = below_(6000);
  const double held = below_(8) == 0 ? below_(static_cast<uint32_t>(handle->bytes) + 1) : 0;
  test_.table.Resize(*slot, bytes, held);
  if (held > 0) escaped_.emplace_back(handle->kind, held);
  Count(handle->kind, [&](ModelCounts& counts) {
    counts.bytes += bytes - (handle->bytes - held);
    counts.peak_bytes = std::max(counts.peak_bytes, counts.bytes);
  });
  handle->bytes = bytes;
  // The release may keep no more than there is.
  if (!handle->by_javascript()) handle->handle.resource->held = 0;
}

void Comparison::Disown() {
  ModelHandle* handle = Any();
  if (handle == nullptr || handle->pins > 0) return;
  const bool open = handle->state == SlotState::kOpen;
  void* resource = test_.table.Disown(handle->handle.id);
  CHECK(resource == (open ? handle->handle.resource : nullptr));
  if (open) Gone(*handle, CloseReason::kDisposed, false);
}

void Comparison::Unwatch() {
  ModelHandle* handle = Any();
  if (handle == nullptr || below_(4) != 0) return;  // rare: what is not watched is not reserved
  test_.table.Unwatch(handle->handle.id);
  if (handle->state == SlotState::kOpen) handle->watched = false;
  if (!handle->watched) CHECK(test_.owners.IsDeleted(handle->handle.owner));
}

void Comparison::Watch() {
  ModelHandle* handle = Any();
  if (handle == nullptr) return;
  void* owner = test_.owners.Add();
  const bool taken = test_.table.Watch(handle->handle.id, owner);
  CHECK_EQUAL(taken, handle->state == SlotState::kOpen && !handle->watched);
  if (!taken) return;
  handle->handle.owner = owner;
  handle->watched = true;
  handle->collected = false;
}

void Comparison::Tally() {
  ModelHandle* handle = Any();
  if (handle == nullptr) return;
  test_.table.Tally(handle->handle.id, kTally);
  tallied_ += !handle->tallied;
  handle->tallied = true;
}

void Comparison::CollectOwner() {
  ModelHandle* handle = Any();
  if (handle == nullptr || handle->state == SlotState::kOrphaned) return;
  test_.owners.Collect(handle->handle.owner);
  handle->collected = true;
}

void Comparison::ReportCollection() {
  if (below_(8) != 0) return;  // rare, so that something is in reserve between two of them
  test_.table.OnCollection(/*major=*/below_(3) == 0);
  ++collections_;
  for (const ModelHandle& reserved : reserved_) CHECK(test_.owners.IsDeleted(reserved.handle.owner));
  reserved_.clear();
}

// Which slots a slice visits is the table's own business. What it closes must have been due, and it must
// tell how many.
void Comparison::Sweep() {
  const size_t limit = below_(4) == 0 ? SIZE_MAX : below_(500);
  const size_t found = test_.table.Sweep(limit);
  size_t seen = 0;
  for (size_t index = handles_.size(); index-- > 0;) {
    ModelHandle& handle = handles_[index];
    if (!handle.sweepable()) continue;
    const Slot* slot = test_.table.Find(handle.handle.id);
    if (slot == nullptr) {
      CHECK(!handle.by_javascript());
      ++seen;
      Gone(handle, CloseReason::kFinalized, true);
    } else if (slot->state == SlotState::kOrphaned) {
      CHECK(handle.by_javascript());
      ++seen;
      handle.state = SlotState::kOrphaned;
    }
  }
  CHECK_EQUAL(seen, found);
}

void Comparison::CloseOrphan() {
  const HandleId id = test_.table.NewestOrphan();
  CHECK_EQUAL(id.is_none(), test_.table.orphans() == 0);
  for (ModelHandle& handle : handles_) {
    if (handle.handle.id != id) continue;
    CHECK_EQUAL(handle.state, SlotState::kOrphaned);
    CHECK(test_.table.Close(id, CloseReason::kFinalized));
    return Gone(handle, CloseReason::kFinalized, true);
  }
  CHECK(id.is_none());
}

void Comparison::ReleaseEscapedBytes() {
  if (escaped_.empty()) return;
  const std::pair<uint32_t, double> escaped = escaped_.back();
  escaped_.pop_back();
  test_.counters.thread.BytesReleased(escaped.first, escaped.second);
  Count(escaped.first, [&](ModelCounts& counts) { counts.bytes -= escaped.second; });
}

void Comparison::Step() {
  // The table fills over several chunks and empties again.
  if (live() > 4000) growing_ = false;
  if (live() < 200) growing_ = true;
  static constexpr Operation kGrowing[] = {&Comparison::Open, &Comparison::Open, &Comparison::Open};
  static constexpr Operation kShrinking[] = {&Comparison::Close, &Comparison::CollectOwner,
                                             &Comparison::Unpin};
  static constexpr Operation kOthers[] = {
      &Comparison::CloseForReuse,
      &Comparison::CloseForReuse,
      &Comparison::Reopen,
      &Comparison::Reopen,
      &Comparison::Open,
      &Comparison::Close,
      &Comparison::CloseStale,
      &Comparison::Pin,
      &Comparison::Unpin,
      &Comparison::Resize,
      &Comparison::Disown,
      &Comparison::Unwatch,
      &Comparison::Watch,
      &Comparison::Tally,
      &Comparison::CollectOwner,
      &Comparison::ReportCollection,
      &Comparison::Sweep,
      &Comparison::CloseOrphan,
      &Comparison::ReleaseEscapedBytes,
  };
  const uint32_t choice = below_(std::size(kOthers) * 2);
  const Operation operation =
      choice < std::size(kOthers) ? kOthers[choice] : (growing_ ? kGrowing : kShrinking)[choice % 3];
  (this->*operation)();
  Compare();
}

void Comparison::Compare() {
  for (const uint32_t kind : kKindsUsed) {
    const ModelCounts& counts = counts_[kind];
    CHECK_EQUAL(test_.counters(kind, Counter::kLive), counts.live);
    CHECK_EQUAL(test_.counters(kind, Counter::kLiveBytes), counts.bytes);
    CHECK_EQUAL(test_.counters(kind, Counter::kPeakLive), counts.peak);
    CHECK_EQUAL(test_.counters(kind, Counter::kPeakLiveBytes), counts.peak_bytes);
    if (kind == kAllKinds) continue;
    CHECK(test_.counters.AddUp(kind));
    CHECK_EQUAL(test_.counters(kind, Counter::kOpened), counts.opened);
    CHECK_EQUAL(test_.counters(kind, Counter::kDisposed), counts.disposed);
    CHECK_EQUAL(test_.counters(kind, Counter::kFinalized), counts.finalized);
  }
  CHECK_EQUAL(test_.table.live(), handles_.size());
  CHECK_EQUAL(tallies_[kTally], tallied_);
}

// A full sweep takes every handle that is due; the drain takes the rest.
void Comparison::Finish() {
  size_t due = 0;
  double declared = 0;
  for (const ModelHandle& handle : handles_) {
    due += handle.sweepable();
    if (handle.by_javascript()) declared += handle.bytes;
    CHECK_EQUAL(test_.table.Find(handle.handle.id)->state, handle.state);
  }
  CHECK_EQUAL(static_cast<double>(test_.table.declared_bytes()), declared);
  test_.table.OnCollection(/*major=*/true);
  CHECK_EQUAL(test_.SweepAll(), due);

  test_.table.Drain();
  while (!escaped_.empty()) ReleaseEscapedBytes();
  for (const Resource* resource : test_.released) CHECK_EQUAL(resource->releases, 1);
  for (const uint32_t kind : kKindsUsed) CHECK_EQUAL(test_.counters(kind, Counter::kLive), 0);
  CHECK_EQUAL(tallies_[kTally], 0);
  CHECK(test_.counters.AddUp(kKind) && test_.counters.AddUp(kOtherKind));
  CHECK_EQUAL(test_.table.declared_bytes(), 0);
}

}  // namespace holdfast::test
