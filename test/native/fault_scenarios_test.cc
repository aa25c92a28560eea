#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <string>

#include "core/transit.h"
#include "faults/faults.h"
#include "file_fixtures.h"
#include "fixtures.h"
#include "harness.h"
#include "memory_fixtures.h"
#include "resources/arena.h"
#include "resources/directory.h"
#include "resources/file.h"
#include "resources/secret_memory.h"
#include "resources/shared_memory.h"

// Each call that can fail, made to fail in turn: the n-th, n = 1, 2, … until a run passes untouched.
namespace holdfast::test {

namespace {

constexpr faults::Mode kModes[] = {faults::Mode::kFromThen, faults::Mode::kOnce, faults::Mode::kInterrupted};
constexpr long kMostPoints = 1000;

// One run: returns whether it could do what it wanted, and has given everything back in either case.
using Scenario = bool (*)();

struct Visit {
  bool succeeded;
  long visited;
  faults::Outstanding left;
};

Visit VisitOnce(Scenario scenario, faults::Mode mode, long point) {
  faults::Arm(mode, point);
  const bool succeeded = scenario();
  const long visited = faults::Disarm();
  return {.succeeded = succeeded, .visited = visited, .left = faults::ReadOutstanding()};
}

// Twice: what the process keeps for good is there after the first time. A call that is interrupted is made
// again, so the run succeeds.
bool VisitPoint(Scenario scenario, faults::Mode mode, long point) {
  const Visit first = VisitOnce(scenario, mode, point);
  const Visit second = VisitOnce(scenario, mode, point);
  CHECK(first.left == second.left);
  const bool reached = second.visited >= point;
  if (!reached || mode == faults::Mode::kInterrupted) CHECK(second.succeeded);
  return reached;
}

void VisitEveryPoint(const char* name, Scenario scenario) {
  long points = 0;
  for (const faults::Mode mode : kModes) {
    for (long point = 1; VisitPoint(scenario, mode, point); ++point) {
      ++points;
      REQUIRE(point < kMostPoints);
    }
  }
  CHECK(points > 0);
  std::cout << "(" << name << ": " << points << " points visited) ";
}

// A table and a heap that have counted right, whatever has happened.
struct World {
  Table table;
  Heap heap;

  ~World() {
    table.table.Drain();
    CHECK(table.counters.AddUp(kKind));
    CHECK_EQUAL(table.counters(kKind, Counter::kLive), 0);
    if (heap.heap != nullptr) CHECK_EQUAL(heap->native_bytes(), 0);
  }
  bool exists() const { return heap.heap != nullptr; }

  HandleId Open(const ResourcePolicy& policy, void* resource, double bytes = 0) {
    return table.table.Open({.policy = &policy,
                             .resource = resource,
                             .owner = table.owners.Add(),
                             .kind = kKind,
                             .bytes = bytes});
  }
};

bool OpenBlock(size_t byte_length, size_t alignment) {
  World world;
  if (!world.exists()) return false;
  MemoryBlock* block = world.heap.Open(byte_length, alignment);
  if (block == nullptr) return false;
  if (!world.Open(kMemoryPolicy, block, static_cast<double>(byte_length)).is_none()) return true;
  world.heap->Close(block);
  return false;
}

bool MoveBlock() {
  World world;
  if (!world.exists()) return false;
  MemoryBlock* block = world.heap.Open(kPageBlock);
  if (block == nullptr) return false;
  block->Expose();
  MemoryParcel* copy = world.heap->PackCopy(*block, 64);
  if (copy != nullptr) copy->release(copy);
  MemoryParcel* parcel = world.heap->Pack(*block);
  world.heap->Close(block);
  if (parcel == nullptr) return false;
  MemoryBlock* arrived = world.heap->Unpack(*parcel, kKind);
  if (arrived == nullptr) {
    parcel->release(parcel);
    return false;
  }
  std::free(parcel);
  world.heap->Close(arrived);
  return copy != nullptr;
}

bool FillArena() {
  World world;
  Arena* arena = world.exists() ? Arena::Create(*world.heap.heap) : nullptr;
  if (arena == nullptr) return false;
  bool filled = true;
  for (int chunk = 0; chunk < 10; ++chunk) filled = arena->AddChunk(kPageBlock, kKind) && filled;
  DeferredRelease* release = arena->Defer();
  if (release == nullptr) {
    arena->Close();
    return false;
  }
  // What munmap says here is not told to anybody: pages have no owner that could be.
  (void)release->run(release);
  return filled;
}

bool KeepSecret() {
  World world;
  if (!world.exists()) return false;
  SystemFailure failure;
  SecretMemory* secret = world.heap->secrets().Take(100, failure);
  if (secret == nullptr) return false;
  const SystemFailure written =
      secret->While(Access::kReadAndWrite, [&] { *secret->Contents(100) = std::byte{1}; });
  return world.heap->secrets().Return(secret) == 0 && !written;
}

// To be called before anything is refused: making it is not what is tested.
const PagedFile& FileOnDisk() {
  static const PagedFile file(PageSize() * 3);
  return file;
}

bool MapFileAtPath(bool shared) {
  FileMap* map = NewFileMap();
  if (map == nullptr) return false;
  Descriptor descriptor;
  uint64_t size = 0;
  SystemFailure failure = OpenToMap(FileOnDisk().path(), shared, descriptor, size);
  const MapRequest request{
      .length = PageSize() * 2, .shared = shared, .populate = true, .advice = Advice::kRandom};
  if (!failure) failure = MapFile(descriptor, request, *map);
  if (!failure) failure = FlushPages(PagesAround(*map, 0, 10));
  return map->free(map) == 0 && !failure;
}

bool ShareMemory() {
  static const std::string text = "/holdfast-fault-scenario-" + std::to_string(getpid());
  SegmentName name{};
  text.copy(name.data(), name.size() - 1);
  SharedSegment* segment = NewSharedSegment(name);
  if (segment == nullptr) return false;
  const SystemFailure failure = CreateSegment(*segment, 5000, /*replace=*/true);
  Descriptor file;
  uint64_t size = 0;
  const bool found = !failure && !OpenSegment(name, file, size);
  return segment->free(segment) == 0 && found;
}

bool OpenAndCloseFile() {
  World world;
  const OpenedFile opened = OpenFile("/dev/null", O_RDONLY, 0);
  if (opened.failure) return false;
  const HandleId id = world.Open(kFilePolicy, ToResource(opened.descriptor));
  if (id.is_none()) {
    CloseFile(opened.descriptor);
    return false;
  }
  DeferredRelease* release = world.table.table.Defer(id);
  if (release != nullptr) return release->run(release) == 0;
  return world.table.table.Close(id, CloseReason::kDisposed) && world.table.table.TakeReleaseError() == 0;
}

bool MoveBytesOfFile() {
  const OpenedFile opened = OpenFile(FileOnDisk().path(), O_RDWR, 0);
  if (opened.failure) return false;
  std::array<std::byte, 16> bytes{};
  FileTransfer transfer{.descriptor = opened.descriptor, .bytes = bytes.data(), .length = bytes.size()};
  bool moved = true;
  for (const int64_t position : {kCurrentPosition, int64_t{20}}) {
    transfer.position = position;
    moved = ReadFile(transfer).length == bytes.size() && moved;
    moved = WriteFile(transfer).length == bytes.size() && moved;
  }
  moved = !SyncFile(transfer).failure && moved;
  return CloseFile(opened.descriptor) == 0 && moved;
}

bool ReadDirectory() {
  SystemFailure failure;
  Directory* directory = Directory::Open("/", failure);
  if (directory == nullptr) return false;
  DirectoryBatch batch;
  bool read = true;
  do {
    batch.length = 0;
    read = !directory->Read(batch) && read;
  } while (batch.length > 0);
  return directory->Drop() == 0 && read;
}

bool LogFinalizations() {
  Table table;
  table.table.finalization_log().Enable(true);
  bool opened = true;
  for (int count = 0; count < 5; ++count) {
    const auto handle = table.Open();
    opened = !handle.id.is_none() && opened;
    table.owners.Collect(handle.owner);
  }
  table.table.OnCollection(/*major=*/true);
  table.SweepAll();
  CHECK(table.counters.AddUp(kKind));
  const bool logged = table.table.finalization_log().missing() == 0;
  return opened && logged;
}

bool RegisterKind() {
  static Ledger ledger;
  static int kinds = 0;
  const std::string name = "kind " + std::to_string(kinds++ / 2);
  return ledger.RegisterKind(name.data(), name.size()) != kOtherKinds;
}

}  // namespace

TEST("opening memory, of any size and alignment, fails cleanly at every point") {
  VisitEveryPoint("small block", [] { return OpenBlock(100, 16); });
  VisitEveryPoint("pages", [] { return OpenBlock(kPageBlock, 16); });
  VisitEveryPoint("aligned pages", [] { return OpenBlock(kPageBlock, kMiB); });
}

TEST("memory on its way to another thread is never lost") { VisitEveryPoint("transfer", MoveBlock); }

TEST("an arena that could not grow still gives everything back") { VisitEveryPoint("arena", FillArena); }

TEST("a secret is made, written and wiped, or nothing is left of it") {
  VisitEveryPoint("secret", KeepSecret);
}

TEST("a file is mapped or not, and never half") {
  FileOnDisk();
  VisitEveryPoint("private map", [] { return MapFileAtPath(false); });
  VisitEveryPoint("shared map", [] { return MapFileAtPath(true); });
}

TEST("shared memory is made, found and removed, or somebody is told") {
  VisitEveryPoint("shared memory", ShareMemory);
}

TEST("a file or a directory never stays open") {
  FileOnDisk();
  VisitEveryPoint("file", OpenAndCloseFile);
  VisitEveryPoint("bytes of a file", MoveBytesOfFile);
  VisitEveryPoint("directory", ReadDirectory);
}

TEST("what could not be noted or registered is counted all the same") {
  VisitEveryPoint("finalization log", LogFinalizations);
  VisitEveryPoint("kind", RegisterKind);
}

}  // namespace holdfast::test
