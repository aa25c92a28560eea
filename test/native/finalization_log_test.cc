#include "core/finalization_log.h"

#include "faults/faults.h"
#include "fixtures.h"

namespace holdfast::test {

TEST("the log tells which handles a sweep has closed, with what was known of them") {
  Table table;
  table.table.finalization_log().Enable(true);
  const auto kept = table.Open(1);
  const auto first = table.Open(20, kOtherKind);
  const auto second = table.Open(300);
  table.owners.Collect(first.owner);
  table.owners.Collect(second.owner);
  table.table.OnCollection(/*major=*/true);
  table.SweepAll();

  const auto handles = table.table.finalization_log().handles();
  REQUIRE(handles.size() == 2);
  CHECK(handles[0].id == first.id);
  CHECK_EQUAL(handles[0].kind, kOtherKind);
  CHECK_EQUAL(handles[0].bytes, 20.0);
  CHECK(handles[1].id == second.id);
  CHECK(table.IsOpen(kept));
}

TEST("what the program disposes of, and what JavaScript has to release, is not in the log") {
  Table table;
  table.table.finalization_log().Enable(true);
  table.table.Close(table.Open().id, CloseReason::kDisposed);
  const auto orphan = table.OpenReleasedByJavaScript();
  table.owners.Collect(orphan.owner);
  table.table.OnCollection(/*major=*/true);
  table.SweepAll();
  table.table.Close(orphan.id, CloseReason::kFinalized);
  CHECK(table.table.finalization_log().empty());
}

TEST("nothing is noted while nobody wants to know, and disabling forgets what was") {
  FinalizationLog log;
  log.Add({HandleId(1, 1), kKind, 0});
  CHECK(log.empty());
  log.Enable(true);
  log.Add({HandleId(1, 1), kKind, 0});
  CHECK(!log.empty());
  log.Enable(false);
  CHECK(log.empty());
  log.Enable(true);
  CHECK(log.empty());
}

TEST("handles that there is no memory to note are counted, and noting goes on later") {
  FinalizationLog log;
  log.Enable(true);
  faults::Arm(faults::Mode::kFromThen, 1);
  log.Add({HandleId(1, 1), kKind, 0});
  log.Add({HandleId(2, 1), kKind, 0});
  faults::Disarm();
  CHECK_EQUAL(log.missing(), 2u);
  CHECK(log.handles().empty());
  CHECK(!log.empty());
  log.Add({HandleId(3, 1), kKind, 0});
  REQUIRE(log.handles().size() == 1);
  CHECK(log.handles()[0].id == HandleId(3, 1));
  log.Clear();
  CHECK(log.empty());
}

TEST("a log that has grown large begins anew") {
  FinalizationLog log;
  log.Enable(true);
  for (int round = 0; round < 2; ++round) {
    for (uint32_t index = 0; index < 10'000; ++index) log.Add({HandleId(index, 1), kKind, 1});
    REQUIRE(log.handles().size() == 10'000);
    CHECK(log.handles()[9'999].id == HandleId(9'999, 1));
    log.Clear();
    CHECK(log.empty());
  }
}

TEST("everything that counts as live is visited, orphans too") {
  Table table;
  const auto open = table.Open();
  const auto orphan = table.OpenReleasedByJavaScript();
  table.owners.Collect(orphan.owner);
  table.table.OnCollection(/*major=*/true);
  table.SweepAll();
  std::vector<HandleId> ids;
  table.table.ForEachLive([&](HandleId id, const Slot&) { ids.push_back(id); });
  REQUIRE(ids.size() == table.table.live());
  CHECK(ids[0] == orphan.id);
  CHECK(ids[1] == open.id);
}

}  // namespace holdfast::test
