#include "core/handle_table.h"
#include "fixtures.h"
#include "harness.h"

// HandleTable: what a collection of the engine leads to.
namespace holdfast::test {

namespace {

constexpr bool kMinor = false;
constexpr bool kMajor = true;

}  // namespace

TEST("a sweep closes the handles whose owner was collected, and no others") {
  Table test;
  const auto kept = test.Open();
  const auto dropped = test.Open();
  test.owners.Collect(dropped.owner);
  test.table.OnCollection(kMajor);
  CHECK_EQUAL(test.SweepAll(), 1u);
  CHECK(test.IsOpen(kept));
  CHECK(!test.IsOpen(dropped));
  CHECK_EQUAL(dropped.resource->reason, CloseReason::kFinalized);
  CHECK(test.owners.IsDeleted(dropped.owner));
  CHECK_EQUAL(test.counters(kKind, Counter::kFinalized), 1);
}

TEST("nothing is swept before a collection was reported or a sweep asked for") {
  Table test;
  const auto dropped = test.Open();
  test.owners.Collect(dropped.owner);
  CHECK(!test.table.sweep_pending());
  CHECK_EQUAL(test.table.Sweep(1000), 0u);
  CHECK(test.IsOpen(dropped));
  test.table.RequestFullSweep();
  CHECK_EQUAL(test.SweepAll(), 1u);
}

TEST("a sweep leaves a pinned handle alone until it is unpinned") {
  Table test;
  const auto pinned = test.Open();
  CHECK(test.table.Pin(pinned.id));
  test.owners.Collect(pinned.owner);
  test.table.OnCollection(kMajor);
  CHECK_EQUAL(test.SweepAll(), 0u);
  test.table.Unpin(pinned.id);
  CHECK(test.IsOpen(pinned));
  test.table.OnCollection(kMajor);
  CHECK_EQUAL(test.SweepAll(), 1u);
  CHECK_EQUAL(pinned.resource->releases, 1);
}

TEST("a sweep leaves a closing handle to its last unpin") {
  Table test;
  const auto closing = test.Open();
  CHECK(test.table.Pin(closing.id));
  test.table.Close(closing.id, CloseReason::kDisposed);
  test.owners.Collect(closing.owner);
  test.table.OnCollection(kMajor);
  CHECK_EQUAL(test.SweepAll(), 0u);
  test.table.Unpin(closing.id);
  CHECK_EQUAL(closing.resource->reason, CloseReason::kDisposed);
}

TEST("a sweep never visits more slots than it was allowed to") {
  Table test;
  for (const auto& handle : test.OpenMany(5000)) test.owners.Collect(handle.owner);
  test.table.OnCollection(kMajor);
  while (test.table.sweep_pending()) {
    test.owners.ForgetAsked();
    CHECK(test.table.Sweep(7) <= 7);
    CHECK(test.owners.asked() <= 7);
  }
  CHECK_EQUAL(test.table.live(), 0u);
}

TEST("a sweep of no slots at all does nothing") {
  Table test;
  test.owners.Collect(test.Open().owner);
  test.table.OnCollection(kMajor);
  CHECK_EQUAL(test.table.Sweep(0), 0u);
  CHECK(test.table.sweep_pending());
}

TEST("small slices visit every slot although new collections restart the sweep again and again") {
  Table test;
  const auto handles = test.OpenMany(10'000);
  for (const auto& handle : handles) test.owners.Collect(handle.owner);
  int slices = 0;
  while (test.table.live() > 0 && slices++ < 3000) {
    test.table.OnCollection(kMajor);
    test.table.Sweep(10);
  }
  CHECK_EQUAL(test.table.live(), 0u);
  CHECK(slices <= 1100);  // 10 chunks of 1024 slots, in slices of 10
}

TEST("slots that are added while a sweep is under way do not make it miss older ones") {
  Table test;
  const auto handles = test.OpenMany(1024);
  // The circle of the sweep begins in the middle of the first chunk.
  test.table.OnCollection(kMajor);
  test.table.Sweep(512);
  for (const auto& handle : handles) test.owners.Collect(handle.owner);
  test.table.OnCollection(kMajor);
  test.Open();  // in a second chunk
  CHECK_EQUAL(test.SweepAll(), 1024u);
}

TEST("handles may be opened and closed between the slices of a sweep") {
  Table test;
  auto handles = test.OpenMany(3000);
  for (size_t index = 0; index < handles.size(); index += 2) test.owners.Collect(handles[index].owner);
  test.table.OnCollection(kMajor);
  for (size_t index = 1; test.table.sweep_pending(); index += 2) {
    test.table.Sweep(8);
    if (index < handles.size()) test.table.Close(handles[index].id, CloseReason::kDisposed);
    test.Open();
  }
  for (size_t index = 0; index < handles.size(); index += 2)
    CHECK_EQUAL(handles[index].resource->releases, 1);
}

TEST("after a minor collection only handles opened since the last two collections are looked at") {
  Table test;
  test.OpenMany(100);  // they live through two collections: now they are old
  test.table.OnCollection(kMajor);
  test.SweepAll();
  test.OpenMany(10);
  test.table.OnCollection(kMinor);
  test.SweepAll();
  test.OpenMany(20);

  test.owners.ForgetAsked();
  test.table.OnCollection(kMinor);
  test.SweepAll();
  CHECK_EQUAL(test.owners.asked(), 30);

  test.owners.ForgetAsked();
  test.table.OnCollection(kMinor);
  test.SweepAll();
  CHECK_EQUAL(test.owners.asked(), 20);

  test.owners.ForgetAsked();
  test.table.OnCollection(kMinor);
  test.SweepAll();
  CHECK_EQUAL(test.owners.asked(), 0);
}

TEST("a handle is looked at after each of the two minor collections that follow its open") {
  for (const int survived : {0, 1}) {
    Table test;
    const auto handle = test.Open();
    for (int collection = 0; collection < survived; ++collection) {
      test.table.OnCollection(kMinor);
      CHECK_EQUAL(test.SweepAll(), 0u);
    }
    test.owners.Collect(handle.owner);
    test.table.OnCollection(kMinor);
    CHECK_EQUAL(test.SweepAll(), 1u);
  }
}

TEST("the sweep of young slots goes on in slices, whatever is closed between them") {
  Table test;
  const auto handles = test.OpenMany(100);
  for (const auto& handle : handles) test.owners.Collect(handle.owner);
  test.table.OnCollection(kMinor);
  CHECK_EQUAL(test.table.Sweep(10), 10u);  // 99 to 90; it goes on with 89
  for (size_t index = 89; index >= 80; --index) test.table.Close(handles[index].id, CloseReason::kDisposed);
  CHECK(test.table.sweep_pending());
  CHECK_EQUAL(test.SweepAll(), 80u);
  CHECK_EQUAL(test.counters(kKind, Counter::kDisposed), 10);
}

TEST("a sweep of young slots that the next minor collection cuts short still reaches all of them") {
  Table test;
  const auto handles = test.OpenMany(100);
  for (const auto& handle : handles) test.owners.Collect(handle.owner);
  for (int collection = 0; collection < 3; ++collection) {
    test.table.OnCollection(kMinor);
    test.table.Sweep(1);
  }
  test.SweepAll();
  CHECK_EQUAL(test.table.live(), 0u);
}

TEST("a minor collection does not cut short the sweep that a major one asked for") {
  Table test;
  const auto handles = test.OpenMany(3000);
  for (int collection = 0; collection < 3; ++collection) test.table.OnCollection(kMinor);
  for (const auto& handle : handles) test.owners.Collect(handle.owner);
  test.table.OnCollection(kMajor);
  test.table.Sweep(100);
  test.table.OnCollection(kMinor);
  test.SweepAll();
  CHECK_EQUAL(test.table.live(), 0u);
}

TEST("a handle that JavaScript has to release becomes an orphan, open and counted until it is closed") {
  Table test;
  const auto handle = test.OpenReleasedByJavaScript(7);
  test.owners.Collect(handle.owner);
  test.table.OnCollection(kMajor);
  CHECK_EQUAL(test.SweepAll(), 1u);
  CHECK_EQUAL(test.table.orphans(), 1u);
  CHECK(test.table.NewestOrphan() == handle.id);
  REQUIRE(test.IsOpen(handle));
  CHECK(test.table.Find(handle.id)->owner == nullptr);
  CHECK(test.owners.IsDeleted(handle.owner));
  CHECK_EQUAL(test.counters(kKind, Counter::kLive), 1);
  CHECK_EQUAL(test.table.declared_bytes(), 7);

  CHECK(test.table.Close(handle.id, CloseReason::kFinalized));
  CHECK(test.table.NewestOrphan().is_none());
  CHECK_EQUAL(test.table.orphans(), 0u);
  CHECK_EQUAL(test.counters(kKind, Counter::kFinalized), 1);
  CHECK_EQUAL(test.table.declared_bytes(), 0);
}

TEST("an orphan takes no pin, is given to nobody, and is found only once") {
  Table test;
  const auto handle = test.OpenReleasedByJavaScript();
  test.owners.Collect(handle.owner);
  test.table.OnCollection(kMajor);
  test.SweepAll();
  CHECK(!test.table.Pin(handle.id));
  CHECK(test.table.Disown(handle.id) == nullptr);
  test.table.OnCollection(kMajor);
  CHECK_EQUAL(test.SweepAll(), 0u);
  CHECK_EQUAL(test.table.orphans(), 1u);
  bool visited = false;
  test.table.ForEachOpen([&](HandleId, const Slot&) { visited = true; });
  CHECK(!visited);
}

TEST("orphans are taken up newest found first, in any order of closing") {
  Table test;
  std::vector<Table::Handle> handles;
  for (int count = 0; count < 4; ++count) {
    handles.push_back(test.OpenReleasedByJavaScript());
    test.owners.Collect(handles.back().owner);
    test.table.OnCollection(kMinor);
    test.SweepAll();
  }
  CHECK(test.table.NewestOrphan() == handles[3].id);
  test.table.Close(handles[1].id, CloseReason::kFinalized);
  test.table.Close(handles[3].id, CloseReason::kFinalized);
  CHECK(test.table.NewestOrphan() == handles[2].id);
  test.table.Close(handles[2].id, CloseReason::kFinalized);
  CHECK(test.table.NewestOrphan() == handles[0].id);
}

TEST("young orphans are taken up newest opened first, also when they are found in slices") {
  for (const size_t slice : {1u, 2u, 100u}) {
    Table test;
    std::vector<Table::Handle> handles;
    for (int count = 0; count < 5; ++count) handles.push_back(test.OpenReleasedByJavaScript());
    for (const auto& handle : handles) test.owners.Collect(handle.owner);
    test.table.OnCollection(/*major=*/false);
    while (test.table.sweep_pending()) test.table.Sweep(slice);
    for (size_t left = handles.size(); left > 0; --left) {
      CHECK(test.table.NewestOrphan() == handles[left - 1].id);
      test.table.Close(test.table.NewestOrphan(), CloseReason::kFinalized);
    }
    CHECK(test.table.NewestOrphan().is_none());
  }
}

TEST("young orphans may be released between the slices that find them") {
  Table test;
  std::vector<Table::Handle> handles;
  for (int count = 0; count < 5; ++count) handles.push_back(test.OpenReleasedByJavaScript());
  for (const auto& handle : handles) test.owners.Collect(handle.owner);
  test.table.OnCollection(/*major=*/false);
  for (size_t left = handles.size(); left > 0; --left) {
    CHECK_EQUAL(test.table.Sweep(1), 1u);
    CHECK(test.table.NewestOrphan() == handles[left - 1].id);
    test.table.Close(handles[left - 1].id, CloseReason::kFinalized);
  }
  CHECK_EQUAL(test.table.orphans(), 0u);
}

TEST("the drain closes orphans and counts them as finalized") {
  Table test;
  const auto orphan = test.OpenReleasedByJavaScript(5);
  const auto open = test.Open(5);
  test.owners.Collect(orphan.owner);
  test.table.OnCollection(kMajor);
  test.SweepAll();
  test.table.Drain();
  CHECK_EQUAL(test.table.live(), 0u);
  CHECK_EQUAL(test.table.orphans(), 0u);
  CHECK_EQUAL(test.counters(kKind, Counter::kFinalized), 2);
  CHECK(!test.IsOpen(orphan) && !test.IsOpen(open));
}

}  // namespace holdfast::test
