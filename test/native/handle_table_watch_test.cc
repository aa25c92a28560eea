#include <array>

#include "core/handle_table.h"
#include "fixtures.h"
#include "harness.h"

// HandleTable: handles that the collector of objects does not decide over, and the tallies of open handles.
namespace holdfast::test {

namespace {

// A table whose handles can be tallied.
struct TalliedTable : Table {
  std::array<double, 8> tallies{};

  TalliedTable() { table.UseTallies(tallies.data()); }
  Handle OpenTallied(uint32_t tally) {
    const Handle handle = Open();
    table.Tally(handle.id, tally);
    return handle;
  }
};

constexpr uint32_t kTally = 3;

}  // namespace

TEST("an unwatched handle survives every sweep, whatever became of its owner") {
  Table test;
  const auto native = test.Open();
  const auto by_javascript = test.OpenReleasedByJavaScript();
  const auto watched = test.Open();
  for (const auto& handle : {native, by_javascript}) test.table.Unwatch(handle.id);
  test.owners.Collect(watched.owner);
  for (const bool major : {false, true}) {
    test.table.OnCollection(major);
    test.SweepAll();
  }
  CHECK(test.IsOpen(native));
  CHECK(test.IsOpen(by_javascript));
  CHECK(!test.IsOpen(watched));
  CHECK_EQUAL(test.table.orphans(), 0u);
  CHECK_EQUAL(test.table.live(), 2u);
  CHECK_EQUAL(native.resource->releases, 0);
}

TEST("unwatching deletes the reference to the owner, once, and changes no count") {
  Table test;
  const auto handle = test.Open(10);
  test.table.Unwatch(handle.id);
  CHECK(test.owners.IsDeleted(handle.owner));
  test.table.Unwatch(handle.id);
  CHECK(test.IsOpen(handle));
  CHECK_EQUAL(test.counters(kKind, Counter::kLive), 1);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 10);
  CHECK(test.counters.AddUp(kKind));
}

TEST("an unwatched handle is closed by the program like any other, and its slot is not reserved") {
  Table test;
  const auto closed = test.Open();
  const auto closed_for_reuse = test.Open();
  const auto disowned = test.Open();
  for (const auto& handle : {closed, closed_for_reuse, disowned}) test.table.Unwatch(handle.id);
  CHECK(test.table.Close(closed.id, CloseReason::kDisposed));
  CHECK_EQUAL(test.table.CloseAndReserve(closed_for_reuse.id, CloseReason::kDisposed),
              HandleTable::Closed::kFreed);
  CHECK(test.table.Disown(disowned.id) == disowned.resource);
  CHECK_EQUAL(closed.resource->releases, 1);
  CHECK_EQUAL(closed_for_reuse.resource->releases, 1);
  CHECK_EQUAL(disowned.resource->releases, 0);
  CHECK_EQUAL(test.table.live(), 0u);
  CHECK_EQUAL(test.counters(kKind, Counter::kDisposed), 3);
}

TEST("an unwatched handle that is pinned is released at its last unpin, once the program has closed it") {
  Table test;
  const auto handle = test.Open();
  CHECK(test.table.Pin(handle.id));
  test.table.Unwatch(handle.id);
  CHECK(test.table.Close(handle.id, CloseReason::kDisposed));
  test.table.Unpin(handle.id);
  CHECK_EQUAL(handle.resource->releases, 1);
  CHECK(!test.IsOpen(handle));
}

TEST("the drain closes unwatched handles without releasing them") {
  Table test;
  const auto first = test.Open(10);
  const auto unwatched = test.Open(10);
  const auto closing = test.Open(10);
  test.table.Unwatch(unwatched.id);
  // Closed by the program already, so it has to be released whether or not it is watched.
  CHECK(test.table.Pin(closing.id));
  test.table.Unwatch(closing.id);
  CHECK(test.table.Close(closing.id, CloseReason::kDisposed));
  test.table.Drain();
  CHECK_EQUAL(first.resource->releases, 1);
  CHECK_EQUAL(unwatched.resource->releases, 0);
  CHECK_EQUAL(closing.resource->releases, 1);
  CHECK_EQUAL(test.table.live(), 0u);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
  CHECK_EQUAL(test.counters(kKind, Counter::kFinalized), 2);
  CHECK(test.counters.AddUp(kKind));
}

TEST("a handle that is watched again is swept when its owner is gone, and released once") {
  Table test;
  const auto handle = test.Open();
  test.table.Unwatch(handle.id);
  void* owner = test.owners.Add();
  CHECK(test.table.Watch(handle.id, owner));
  CHECK(test.table.Find(handle.id)->owner == owner);
  test.table.OnCollection(/*major=*/true);
  CHECK_EQUAL(test.SweepAll(), 0u);
  test.owners.Collect(owner);
  test.table.OnCollection(/*major=*/true);
  CHECK_EQUAL(test.SweepAll(), 1u);
  CHECK_EQUAL(handle.resource->releases, 1);
  CHECK_EQUAL(handle.resource->reason, CloseReason::kFinalized);
  CHECK(test.owners.IsDeleted(owner));
}

TEST("a young handle that is watched again is found dead after a minor collection") {
  Table test;
  const auto handle = test.OpenReleasedByJavaScript();
  test.table.Unwatch(handle.id);
  void* owner = test.owners.Add();
  CHECK(test.table.Watch(handle.id, owner));
  test.owners.Collect(owner);
  test.table.OnCollection(/*major=*/false);
  test.SweepAll();
  CHECK_EQUAL(test.table.orphans(), 1u);
}

TEST("a handle that is watched again keeps its new reference when its slot is reserved") {
  Table test;
  const auto handle = test.Open();
  test.table.Unwatch(handle.id);
  void* owner = test.owners.Add();
  CHECK(test.table.Watch(handle.id, owner));
  CHECK_EQUAL(test.table.CloseAndReserve(handle.id, CloseReason::kDisposed), HandleTable::Closed::kReserved);
  CHECK(!test.owners.IsDeleted(owner));
  const auto again = test.Reopen(handle);
  CHECK(test.table.Find(again.id)->owner == owner);
}

TEST("only an open handle that is not watched takes a new reference; any other leaves it to the caller") {
  Table test;
  void* owner = test.owners.Add();
  const auto watched = test.Open();
  CHECK(!test.table.Watch(watched.id, owner));

  const auto closed = test.Open();
  test.table.Unwatch(closed.id);
  test.table.Close(closed.id, CloseReason::kDisposed);
  CHECK(!test.table.Watch(closed.id, owner));

  const auto closing = test.Open();
  test.table.Unwatch(closing.id);
  CHECK(test.table.Pin(closing.id));
  test.table.Close(closing.id, CloseReason::kDisposed);
  CHECK(!test.table.Watch(closing.id, owner));

  const auto orphan = test.OpenReleasedByJavaScript();
  test.owners.Collect(orphan.owner);
  test.table.OnCollection(/*major=*/true);
  test.SweepAll();
  CHECK(!test.table.Watch(orphan.id, owner));

  const auto reserved = test.Open();
  CHECK_EQUAL(test.table.CloseAndReserve(reserved.id, CloseReason::kDisposed),
              HandleTable::Closed::kReserved);
  const HandleId next(reserved.id.index(), reserved.id.generation() + 1);
  CHECK(!test.table.Watch(next, owner));
  CHECK(!test.table.Watch(HandleId(), owner));
  CHECK(!test.table.Watch(HandleId(UINT32_MAX, 1), owner));
  CHECK(!test.owners.IsDeleted(owner));
}

TEST("unwatching what is no open handle does nothing") {
  Table test;
  const auto orphan = test.OpenReleasedByJavaScript();
  test.owners.Collect(orphan.owner);
  test.table.OnCollection(/*major=*/true);
  test.SweepAll();
  const auto reserved = test.Open();
  test.table.CloseAndReserve(reserved.id, CloseReason::kDisposed);
  const HandleId next(reserved.id.index(), reserved.id.generation() + 1);
  for (const HandleId id : {orphan.id, reserved.id, next, HandleId(), HandleId(UINT32_MAX, 1)}) {
    test.table.Unwatch(id);
  }
  CHECK_EQUAL(test.table.orphans(), 1u);
  CHECK(!test.owners.IsDeleted(reserved.owner));
  CHECK(!test.Reopen(reserved).id.is_none());
}

TEST("a handle reopened in the slot of an unwatched one is watched") {
  Table test;
  const auto first = test.Open();
  test.table.Unwatch(first.id);
  test.table.Close(first.id, CloseReason::kDisposed);
  const auto second = test.Open();
  CHECK_EQUAL(second.id.index(), first.id.index());
  test.owners.Collect(second.owner);
  test.table.OnCollection(/*major=*/true);
  CHECK_EQUAL(test.SweepAll(), 1u);
}

TEST("a tally counts a handle until it is released, whatever closes it") {
  TalliedTable test;
  const auto disposed = test.OpenTallied(kTally);
  const auto for_reuse = test.OpenTallied(kTally);
  const auto disowned = test.OpenTallied(kTally);
  const auto swept = test.OpenTallied(kTally);
  const auto orphaned = test.OpenReleasedByJavaScript();
  test.table.Tally(orphaned.id, kTally);
  const auto drained = test.OpenTallied(kTally);
  const auto unwatched = test.OpenTallied(kTally);
  test.table.Unwatch(unwatched.id);
  CHECK_EQUAL(test.tallies[kTally], 7);

  test.table.Close(disposed.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.tallies[kTally], 6);
  test.table.CloseAndReserve(for_reuse.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.tallies[kTally], 5);
  test.table.Disown(disowned.id);
  CHECK_EQUAL(test.tallies[kTally], 4);
  for (const auto& handle : {swept, orphaned}) test.owners.Collect(handle.owner);
  test.table.OnCollection(/*major=*/true);
  test.SweepAll();
  CHECK_EQUAL(test.tallies[kTally], 3);  // an orphan is open until JavaScript has released it
  test.table.Close(orphaned.id, CloseReason::kFinalized);
  CHECK_EQUAL(test.tallies[kTally], 2);
  CHECK(test.IsOpen(drained));
  test.table.Drain();
  CHECK_EQUAL(test.tallies[kTally], 0);
}

TEST("a tally counts a pinned handle down at its last unpin") {
  TalliedTable test;
  const auto handle = test.OpenTallied(kTally);
  CHECK(test.table.Pin(handle.id));
  test.table.Close(handle.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.tallies[kTally], 1);
  test.table.Unpin(handle.id);
  CHECK_EQUAL(test.tallies[kTally], 0);
}

TEST("a handle is counted by one tally, once, and a closed one by none") {
  TalliedTable test;
  const auto handle = test.OpenTallied(kTally);
  test.table.Tally(handle.id, kTally);
  test.table.Tally(handle.id, kTally + 1);
  test.table.Close(handle.id, CloseReason::kDisposed);
  test.table.Tally(handle.id, kTally);
  test.table.Tally(HandleId(), kTally);
  test.table.Tally(HandleId(UINT32_MAX, 1), kTally);
  for (const double tally : test.tallies) CHECK_EQUAL(tally, 0);
}

TEST("a slot that opens again, reserved or free, has no tally from before") {
  TalliedTable test;
  const auto reserved = test.OpenTallied(kTally);
  test.table.CloseAndReserve(reserved.id, CloseReason::kDisposed);
  const auto reopened = test.Reopen(reserved);
  CHECK_EQUAL(test.table.Find(reopened.id)->tally, kNoTally);
  test.table.Tally(reopened.id, kTally + 1);
  CHECK_EQUAL(test.tallies[kTally], 0);
  CHECK_EQUAL(test.tallies[kTally + 1], 1);
  test.table.Close(reopened.id, CloseReason::kDisposed);
  const auto fresh = test.Open();
  CHECK_EQUAL(fresh.id.index(), reserved.id.index());
  test.table.Close(fresh.id, CloseReason::kDisposed);
  for (const double tally : test.tallies) CHECK_EQUAL(tally, 0);
}

}  // namespace holdfast::test
