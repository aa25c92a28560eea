#include "core/handle_table.h"

#include <set>

#include "faults/faults.h"
#include "fixtures.h"
#include "harness.h"

namespace holdfast::test {

TEST("an open handle is found with all that was said of it") {
  Table test;
  const auto handle = test.Open(48, kOtherKind);
  const Slot* slot = test.table.Find(handle.id);
  REQUIRE(slot != nullptr);
  CHECK(slot->policy == &kRecordedRelease);
  CHECK(slot->resource == handle.resource);
  CHECK(slot->owner == handle.owner);
  CHECK_EQUAL(slot->kind, kOtherKind);
  CHECK_EQUAL(slot->bytes, 48.0);
  CHECK_EQUAL(test.table.live(), 1u);
}

TEST("closing releases the resource once, with the reason, and deletes the reference to the owner") {
  Table test;
  const auto disposed = test.Open();
  const auto finalized = test.Open();
  CHECK(test.table.Close(disposed.id, CloseReason::kDisposed));
  CHECK(test.table.Close(finalized.id, CloseReason::kFinalized));
  CHECK_EQUAL(disposed.resource->releases, 1);
  CHECK_EQUAL(disposed.resource->reason, CloseReason::kDisposed);
  CHECK_EQUAL(finalized.resource->reason, CloseReason::kFinalized);
  CHECK(test.owners.IsDeleted(disposed.owner));
  CHECK_EQUAL(test.counters(kKind, Counter::kDisposed), 1);
  CHECK_EQUAL(test.counters(kKind, Counter::kFinalized), 1);
  CHECK_EQUAL(test.table.live(), 0u);
}

TEST("closing twice does nothing the second time") {
  Table test;
  const auto handle = test.Open();
  CHECK(test.table.Close(handle.id, CloseReason::kDisposed));
  CHECK(!test.table.Close(handle.id, CloseReason::kDisposed));
  CHECK_EQUAL(handle.resource->releases, 1);
  CHECK_EQUAL(test.counters(kKind, Counter::kDisposed), 1);
}

TEST("an id kept past its close finds nothing, also when its slot is in use again") {
  Table test;
  const auto kept = test.Open();
  test.table.Close(kept.id, CloseReason::kDisposed);
  CHECK(!test.IsOpen(kept));
  const auto next = test.Open();
  CHECK_EQUAL(next.id.index(), kept.id.index());
  CHECK(next.id != kept.id);
  CHECK(!test.IsOpen(kept));
  CHECK(!test.table.Close(kept.id, CloseReason::kDisposed));
  CHECK(!test.table.Pin(kept.id));
  test.table.Unpin(kept.id);
  CHECK(test.table.Disown(kept.id) == nullptr);
  CHECK(test.IsOpen(next));
  CHECK_EQUAL(next.resource->releases, 0);
}

TEST("ids that were never issued find nothing") {
  Table test;
  CHECK(test.table.Find(HandleId(0, 1)) == nullptr);  // no slot yet
  test.Open();
  for (const HandleId id : {HandleId(), HandleId(0, 0), HandleId(0, 2), HandleId(1, 1), HandleId(1024, 1),
                            HandleId(UINT32_MAX, 1), HandleId(UINT32_MAX, HandleId::kLastGeneration)}) {
    CHECK(test.table.Find(id) == nullptr);
    CHECK(!test.table.Close(id, CloseReason::kDisposed));
    CHECK(!test.table.Pin(id));
  }
}

TEST("a slot that has used up its generations is retired, so that no old id comes to life again") {
  Table test;
  auto handle = test.Open();
  const uint32_t index = handle.id.index();
  const auto neighbour = HandleId(index, 1);
  for (uint32_t generation = 1; generation < HandleId::kLastGeneration; ++generation) {
    test.table.Close(handle.id, CloseReason::kDisposed);
    test.released.clear();
    handle.id = test.table.Open({.policy = &kRecordedRelease,
                                 .resource = handle.resource,
                                 .owner = nullptr,
                                 .kind = kKind,
                                 .bytes = 0});
  }
  REQUIRE(handle.id == HandleId(index, HandleId::kLastGeneration));
  test.table.Close(handle.id, CloseReason::kDisposed);
  CHECK(!test.IsOpen(handle));
  // Two chunks' worth of new handles, and none of them in that slot.
  for (const auto& other : test.OpenMany(2000)) CHECK(other.id.index() != index);
  CHECK(test.table.Find(neighbour) == nullptr);
  CHECK(test.table.Find(HandleId(index, 0)) == nullptr);
}

TEST("a pin defers the release to the last unpin, and keeps the reason") {
  Table test;
  const auto handle = test.Open();
  CHECK(test.table.Pin(handle.id));
  CHECK(test.table.Pin(handle.id));
  CHECK(test.table.Close(handle.id, CloseReason::kFinalized));
  CHECK(test.IsOpen(handle));
  test.table.Unpin(handle.id);
  CHECK_EQUAL(handle.resource->releases, 0);
  CHECK_EQUAL(test.counters(kKind, Counter::kLive), 1);
  test.table.Unpin(handle.id);
  CHECK_EQUAL(handle.resource->releases, 1);
  CHECK_EQUAL(handle.resource->reason, CloseReason::kFinalized);
  CHECK(!test.IsOpen(handle));
  CHECK_EQUAL(test.counters(kKind, Counter::kLive), 0);
}

TEST("a handle that is closing takes no new pin and no second close") {
  Table test;
  const auto handle = test.Open();
  CHECK(test.table.Pin(handle.id));
  test.table.Close(handle.id, CloseReason::kDisposed);
  CHECK(!test.table.Pin(handle.id));
  CHECK(!test.table.Close(handle.id, CloseReason::kFinalized));
  CHECK(test.table.Disown(handle.id) == nullptr);
  test.table.Unpin(handle.id);
  CHECK_EQUAL(handle.resource->reason, CloseReason::kDisposed);
}

TEST("unpinning what is not pinned does nothing") {
  Table test;
  const auto handle = test.Open();
  test.table.Unpin(handle.id);
  CHECK(test.table.Pin(handle.id));
  test.table.Unpin(handle.id);
  test.table.Unpin(handle.id);
  CHECK(test.IsOpen(handle));
  CHECK_EQUAL(handle.resource->releases, 0);
}

TEST("what is disowned is not released, and counts as disposed") {
  Table test;
  const auto handle = test.Open(10);
  CHECK(test.table.Disown(handle.id) == handle.resource);
  CHECK_EQUAL(handle.resource->releases, 0);
  CHECK(test.owners.IsDeleted(handle.owner));
  CHECK(!test.IsOpen(handle));
  CHECK_EQUAL(test.counters(kKind, Counter::kDisposed), 1);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
  CHECK(test.table.Disown(handle.id) == nullptr);
}

TEST("a new size is counted, and so are the old bytes that somebody still uses") {
  Table test;
  const auto handle = test.Open(100);
  test.table.Resize(*test.table.Find(handle.id), 250, 0);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 250);
  test.table.Resize(*test.table.Find(handle.id), 30, 0);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 30);
  CHECK_EQUAL(test.counters(kKind, Counter::kPeakLiveBytes), 250);
  test.table.Resize(*test.table.Find(handle.id), 50, 20);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 70);
  CHECK_EQUAL(test.counters(kKind, Counter::kOpened), 1);
  test.table.Close(handle.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 20);
  test.counters.thread.BytesReleased(kKind, 20);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
}

TEST("bytes that somebody still uses stay counted when the handle closes") {
  Table test;
  const auto handle = test.Open(4096);
  handle.resource->held = 4000;
  test.table.Close(handle.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.counters(kKind, Counter::kLive), 0);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 4000);
  CHECK_EQUAL(test.counters(kAllKinds, Counter::kLiveBytes), 4000);
  test.counters.thread.BytesReleased(kKind, 4000);
  CHECK_EQUAL(test.counters(kAllKinds, Counter::kLiveBytes), 0);
}

TEST("what another thread has sent counts as received, not as opened") {
  Table test;
  Resource resource{.released = &test.released};
  const HandleId id = test.table.Open({.policy = &kRecordedRelease,
                                       .resource = &resource,
                                       .owner = test.owners.Add(),
                                       .kind = kKind,
                                       .bytes = 48,
                                       .received = true});
  REQUIRE(test.table.Find(id) != nullptr);
  CHECK_EQUAL(test.counters(kKind, Counter::kTransferredIn), 1.0);
  CHECK_EQUAL(test.counters(kKind, Counter::kOpened), 0.0);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 48.0);
  CHECK(test.counters.AddUp(kKind));
}

TEST("declared bytes are those of handles that JavaScript releases, and of no others") {
  Table test;
  test.Open(1000);
  const auto handle = test.OpenReleasedByJavaScript(10);
  CHECK_EQUAL(test.table.declared_bytes(), 10);
  test.table.Resize(*test.table.Find(handle.id), 35, 0);
  CHECK_EQUAL(test.table.declared_bytes(), 35);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 1035);
  test.table.Close(handle.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.table.declared_bytes(), 0);
}

TEST("the table grows without moving a slot, and its ids stay distinct") {
  Table test;
  const auto first = test.Open();
  const Slot* slot = test.table.Find(first.id);
  const auto handles = test.OpenMany(50'000);
  CHECK(test.table.Find(first.id) == slot);
  std::set<double> ids;
  for (const auto& handle : handles) {
    ids.insert(handle.id.ToNumber());
    REQUIRE(test.table.Find(handle.id) != nullptr);
    CHECK(test.table.Find(handle.id)->resource == handle.resource);
  }
  CHECK_EQUAL(ids.size(), handles.size());
  CHECK_EQUAL(test.table.live(), 50'001u);
  CHECK_EQUAL(test.counters(kKind, Counter::kPeakLive), 50'001);
}

TEST("slots are used from the lowest index up, and again before the table grows") {
  Table test;
  auto handles = test.OpenMany(1024);
  for (uint32_t index = 0; index < handles.size(); ++index) CHECK_EQUAL(handles[index].id.index(), index);
  for (const auto& handle : handles) test.table.Close(handle.id, CloseReason::kDisposed);
  for (const auto& handle : test.OpenMany(1024)) CHECK(handle.id.index() < 1024);
}

TEST("open handles are visited newest first") {
  Table test;
  const auto handles = test.OpenMany(5);
  test.table.Close(handles[1].id, CloseReason::kDisposed);
  test.table.Close(handles[4].id, CloseReason::kDisposed);
  const auto last = test.Open();
  std::vector<HandleId> visited;
  test.table.ForEachOpen([&](HandleId id, const Slot&) { visited.push_back(id); });
  CHECK(visited == std::vector({last.id, handles[3].id, handles[2].id, handles[0].id}));
}

TEST("the drain releases everything newest first, in whatever order the slots were reused") {
  Table test;
  auto handles = test.OpenMany(6);
  test.table.Close(handles[2].id, CloseReason::kDisposed);
  test.table.Close(handles[0].id, CloseReason::kDisposed);
  const auto reused = test.Open();
  test.released.clear();
  test.table.Drain();
  const std::vector expected{reused.resource, handles[5].resource, handles[4].resource, handles[3].resource,
                             handles[1].resource};
  CHECK(test.released == expected);
  CHECK_EQUAL(reused.resource->reason, CloseReason::kFinalized);
  CHECK_EQUAL(test.table.live(), 0u);
}

TEST("the drain waits for no pin, and leaves no reference to an owner") {
  Table test;
  const auto pinned = test.Open(8);
  const auto closing = test.Open(8);
  const auto javascript = test.OpenReleasedByJavaScript(8);
  CHECK(test.table.Pin(pinned.id));
  CHECK(test.table.Pin(closing.id));
  test.table.Close(closing.id, CloseReason::kDisposed);
  test.table.Drain();
  CHECK_EQUAL(pinned.resource->releases, 1);
  CHECK_EQUAL(closing.resource->releases, 1);
  for (const auto& handle : {pinned, closing, javascript}) {
    CHECK(test.owners.IsDeleted(handle.owner));
    test.table.Unpin(handle.id);  // of work that ends after the thread did
  }
  CHECK_EQUAL(pinned.resource->releases, 1);
  CHECK_EQUAL(test.counters(kAllKinds, Counter::kLive), 0);
  CHECK_EQUAL(test.counters(kAllKinds, Counter::kLiveBytes), 0);
  CHECK(test.counters.AddUp(kKind));
  CHECK_EQUAL(test.table.declared_bytes(), 0);
}

TEST("an open that gets no memory changes nothing, whichever request is refused") {
  constexpr int kHandles = 17'500;  // 18 chunks: enough for the list of chunks to grow as well
  int refused = 0;
  bool untouched = false;
  for (long request = 1; !untouched && request < 100; ++request) {
    Table test;
    faults::Arm(faults::Mode::kFromThen, request);
    untouched = true;
    for (int opened = 0; opened < kHandles && untouched; ++opened) untouched = !test.Open(16).id.is_none();
    faults::Disarm();
    if (untouched) break;

    ++refused;
    const auto opened = static_cast<double>(test.resources.size() - 1);  // the last one was refused
    CHECK_EQUAL(static_cast<double>(test.table.live()), opened);
    CHECK_EQUAL(test.counters(kKind, Counter::kOpened), opened);
    CHECK_EQUAL(test.counters(kAllKinds, Counter::kLive), opened);
    CHECK_EQUAL(test.counters(kAllKinds, Counter::kLiveBytes), opened * 16);
    CHECK(test.counters.AddUp(kKind));
    CHECK_EQUAL(test.resources.back().releases, 0);
    CHECK(!test.Open().id.is_none());
    test.table.Drain();
    CHECK_EQUAL(static_cast<double>(test.released.size()), opened + 1);
  }
  CHECK(untouched);
  CHECK_EQUAL(refused, 18 + 2);
}

}  // namespace holdfast::test
