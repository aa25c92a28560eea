#include "core/handle_table.h"
#include "fixtures.h"
#include "harness.h"

// HandleTable: handles that JavaScript has closed and counted by itself, and whose slot is still open.
namespace holdfast::test {

namespace {

// What lib/kinds.ts does to the counters, which are not part of this test.
constexpr HandleTable::Opening kNext{
    .policy = &kReleasedByJavaScript, .resource = nullptr, .owner = nullptr, .kind = kOtherKind, .bytes = 0};

}  // namespace

TEST("the next handle takes the place of a counted one: a new id, the owner it had, the newest of all") {
  Table test;
  const auto counted = test.OpenReleasedByJavaScript();
  test.OpenReleasedByJavaScript();
  const HandleId next = test.table.ReopenCounted(counted.id.index(), kNext);
  CHECK_EQUAL(next.index(), counted.id.index());
  CHECK_EQUAL(next.generation(), counted.id.generation() + 1);
  CHECK(!test.IsOpen(counted));
  CHECK(test.table.Find(next)->owner == counted.owner);
  CHECK(!test.owners.IsDeleted(counted.owner));
  CHECK_EQUAL(test.table.live(), 2u);
  CHECK_EQUAL(test.counters(kOtherKind, Counter::kOpened), 1);
  HandleId newest;
  test.table.ForEachOpen([&](HandleId id, const Slot&) {
    if (newest.is_none()) newest = id;
  });
  CHECK_EQUAL(newest.ToNumber(), next.ToNumber());
}

TEST("after a collection the owner of a counted handle is not used again, and its slot is free") {
  Table test;
  const auto counted = test.OpenReleasedByJavaScript();
  test.table.OnCollection(/*major=*/false);
  CHECK(test.table.ReopenCounted(counted.id.index(), kNext).is_none());
  CHECK(test.owners.IsDeleted(counted.owner));
  CHECK(!test.IsOpen(counted));
  CHECK_EQUAL(test.table.live(), 0u);
  CHECK_EQUAL(test.OpenReleasedByJavaScript().id.index(), counted.id.index());
}

TEST("an unwatched handle that was counted is freed, not opened again: it has no owner to pass on") {
  Table test;
  const auto counted = test.OpenReleasedByJavaScript();
  test.table.Unwatch(counted.id);
  CHECK(test.table.ReopenCounted(counted.id.index(), kNext).is_none());
  CHECK_EQUAL(test.table.live(), 0u);
}

TEST("a counted handle that is freed is counted no more: neither then nor by the drain") {
  Table test;
  const auto counted = test.OpenReleasedByJavaScript();
  const double disposed = test.counters(kKind, Counter::kDisposed);
  test.table.FreeCounted(counted.id.index());
  test.table.Drain();
  CHECK(test.owners.IsDeleted(counted.owner));
  CHECK_EQUAL(test.counters(kKind, Counter::kDisposed), disposed);
  CHECK_EQUAL(test.counters(kKind, Counter::kFinalized), 0);
}

}  // namespace holdfast::test
