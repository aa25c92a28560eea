#include "core/handle_table.h"
#include "fixtures.h"
#include "harness.h"

// HandleTable: slots that are closed and opened again with the owner they had.
namespace holdfast::test {

namespace {

using Closed = HandleTable::Closed;

Closed CloseForReuse(Table& test, const Table::Handle& handle) {
  return test.table.CloseAndReserve(handle.id, CloseReason::kDisposed);
}

}  // namespace

TEST("a handle closed for reuse is closed like any other, but keeps the reference to its owner") {
  Table test;
  const auto handle = test.Open(12);
  CHECK_EQUAL(CloseForReuse(test, handle), Closed::kReserved);
  CHECK(!test.IsOpen(handle));
  CHECK_EQUAL(handle.resource->releases, 1);
  CHECK_EQUAL(handle.resource->reason, CloseReason::kDisposed);
  CHECK(!test.owners.IsDeleted(handle.owner));
  CHECK_EQUAL(test.table.live(), 0u);
  CHECK_EQUAL(test.counters(kKind, Counter::kDisposed), 1);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
}

TEST("a reserved slot opens again under a new id, with the owner it had and all else new") {
  Table test;
  const auto first = test.Open(12);
  CloseForReuse(test, first);
  const auto second = test.Reopen(first, 30, kOtherKind);
  CHECK_EQUAL(second.id.index(), first.id.index());
  CHECK_EQUAL(second.id.generation(), first.id.generation() + 1);
  CHECK(!test.IsOpen(first));
  REQUIRE(test.IsOpen(second));
  const Slot* slot = test.table.Find(second.id);
  CHECK(slot->owner == first.owner);
  CHECK(slot->resource == second.resource);
  CHECK_EQUAL(slot->kind, kOtherKind);
  CHECK_EQUAL(slot->bytes, 30.0);
  CHECK_EQUAL(slot->pins, 0u);
  CHECK_EQUAL(test.counters(kOtherKind, Counter::kOpened), 1);
}

TEST("an id kept past a close for reuse finds nothing, in the reserved slot and in the reopened one") {
  Table test;
  const auto kept = test.Open();
  CloseForReuse(test, kept);
  const HandleId reserved(kept.id.index(), kept.id.generation() + 1);
  for (const HandleId id : {kept.id, reserved}) {
    CHECK(test.table.Find(id) == nullptr);
    CHECK(!test.table.Close(id, CloseReason::kDisposed));
    CHECK_EQUAL(test.table.CloseAndReserve(id, CloseReason::kDisposed), Closed::kNotOpen);
    CHECK(!test.table.Pin(id));
    CHECK(test.table.Disown(id) == nullptr);
  }
  const auto second = test.Reopen(kept);
  CHECK(second.id == reserved);
  CHECK_EQUAL(CloseForReuse(test, kept), Closed::kNotOpen);
  CHECK(test.IsOpen(second));
}

TEST("only the slot that was reserved last opens again, so a caller out of step opens nothing of another's") {
  Table test;
  const auto handles = test.OpenMany(3);
  for (const auto& handle : handles) CloseForReuse(test, handle);
  CHECK(test.Reopen(handles[0]).id.is_none());
  CHECK(test.Reopen(handles[1]).id.is_none());
  for (size_t index = handles.size(); index-- > 0;) {
    const auto again = test.Reopen(handles[index]);
    CHECK_EQUAL(again.id.index(), handles[index].id.index());
  }
  CHECK(test.Reopen(handles[0]).id.is_none());  // it is open
  CHECK(test.Reopen({HandleId(UINT32_MAX, 1), nullptr, nullptr}).id.is_none());
  CHECK_EQUAL(test.counters(kKind, Counter::kOpened), 6);
}

TEST("a new handle takes no reserved slot") {
  Table test;
  const auto handle = test.Open();
  CloseForReuse(test, handle);
  for (const auto& other : test.OpenMany(1500)) CHECK(other.id.index() != handle.id.index());
  CHECK(!test.Reopen(handle).id.is_none());
}

TEST("any collection frees the reserved slots: their owners may be in the old space from then on") {
  for (const bool major : {false, true}) {
    Table test;
    const auto handle = test.Open();
    CloseForReuse(test, handle);
    test.table.OnCollection(major);
    CHECK(test.owners.IsDeleted(handle.owner));
    CHECK(test.Reopen(handle).id.is_none());
    const auto next = test.Open();
    CHECK_EQUAL(next.id.index(), handle.id.index());
    CHECK_EQUAL(next.id.generation(), handle.id.generation() + 1);
  }
}

TEST("a handle that has lived through a collection is closed for good") {
  Table test;
  const auto handle = test.Open();
  test.table.OnCollection(/*major=*/false);
  CHECK_EQUAL(CloseForReuse(test, handle), Closed::kFreed);
  CHECK(test.owners.IsDeleted(handle.owner));
  CHECK_EQUAL(handle.resource->releases, 1);
}

TEST("a reopened handle counts as opened now: it is young, and may be reserved again") {
  Table test;
  auto handle = test.Open();
  for (int round = 0; round < 10; ++round) {
    CHECK_EQUAL(CloseForReuse(test, handle), Closed::kReserved);
    handle = test.Reopen(handle);
  }
  test.owners.Collect(handle.owner);
  test.table.OnCollection(/*major=*/false);
  CHECK_EQUAL(test.SweepAll(), 1u);
  CHECK_EQUAL(handle.resource->releases, 1);
  CHECK(test.owners.IsDeleted(handle.owner));
}

TEST("a pinned handle is not reserved: it closes at its last unpin, for good") {
  Table test;
  const auto handle = test.Open();
  CHECK(test.table.Pin(handle.id));
  CHECK_EQUAL(CloseForReuse(test, handle), Closed::kFreed);
  CHECK_EQUAL(handle.resource->releases, 0);
  CHECK_EQUAL(CloseForReuse(test, handle), Closed::kNotOpen);
  test.table.Unpin(handle.id);
  CHECK_EQUAL(handle.resource->releases, 1);
  CHECK(test.owners.IsDeleted(handle.owner));
}

TEST("a sweep passes over reserved slots, whatever became of their owners") {
  Table test;
  const auto handle = test.Open();
  CloseForReuse(test, handle);
  test.owners.Collect(handle.owner);
  test.table.RequestFullSweep();
  CHECK_EQUAL(test.SweepAll(), 0u);
  CHECK_EQUAL(handle.resource->releases, 1);
}

TEST("closing for reuse in the middle of a sweep of young slots does not lead the sweep astray") {
  Table test;
  test.table.OnCollection(/*major=*/false);
  const auto old = test.OpenMany(50);
  test.table.OnCollection(/*major=*/false);
  const auto young = test.OpenMany(50);
  for (const auto& handle : old) test.owners.Collect(handle.owner);
  CHECK_EQUAL(test.table.Sweep(1), 1u);
  for (const auto& handle : young) CHECK_EQUAL(CloseForReuse(test, handle), Closed::kReserved);
  CHECK_EQUAL(test.SweepAll(), 49u);
}

TEST("no more than some hundreds of slots are held in reserve, between any two collections") {
  Table test;
  for (int round = 1; round <= 3; ++round) {
    int reserved = 0;
    for (const auto& handle : test.OpenMany(3000)) {
      reserved += CloseForReuse(test, handle) == Closed::kReserved;
    }
    CHECK_EQUAL(reserved, 256);
    CHECK_EQUAL(test.released.size(), 3000u * round);
    test.table.OnCollection(/*major=*/false);
  }
}

TEST("reuse ends with the last generation of a slot") {
  Table test;
  auto handle = test.Open();
  const uint32_t index = handle.id.index();
  while (CloseForReuse(test, handle) == Closed::kReserved) {
    test.released.clear();
    handle.id = test.table.Reopen(index, {.policy = &kRecordedRelease,
                                          .resource = handle.resource,
                                          .owner = nullptr,
                                          .kind = kKind,
                                          .bytes = 0});
  }
  CHECK_EQUAL(handle.id.generation(), HandleId::kLastGeneration);
  CHECK(test.owners.IsDeleted(handle.owner));
  for (const auto& other : test.OpenMany(2000)) CHECK(other.id.index() != index);
}

TEST("the drain leaves no reserved slot and no reference to its owner") {
  Table test;
  const auto handles = test.OpenMany(3);
  CloseForReuse(test, handles[0]);
  CloseForReuse(test, handles[2]);
  test.table.Drain();
  for (const auto& handle : handles) {
    CHECK_EQUAL(handle.resource->releases, 1);
    CHECK(test.owners.IsDeleted(handle.owner));
  }
  CHECK(test.Reopen(handles[2]).id.is_none());
}

TEST("handles that JavaScript releases can be reserved as well") {
  Table test;
  const auto handle = test.OpenReleasedByJavaScript(40);
  CHECK_EQUAL(CloseForReuse(test, handle), Closed::kReserved);
  CHECK_EQUAL(test.table.declared_bytes(), 0);
  CHECK_EQUAL(test.table.orphans(), 0u);
}

}  // namespace holdfast::test
