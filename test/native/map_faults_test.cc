#include "resources/map_faults.h"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <thread>
#include <vector>

#include "faults/faults.h"
#include "file_fixtures.h"
#include "harness.h"

// Files that become shorter under their maps. foreign_signals_test.cc: signals that have nothing to do with
// it.
namespace holdfast::test {

namespace {

size_t Pages(size_t count) { return count * PageSize(); }

}  // namespace

TEST("a page that the file has lost reads as zeros, others as before, and the map knows") {
  for (const bool shared : {false, true}) {
    const PagedFile file(Pages(4));
    const Map map(file, {.length = Pages(4), .shared = shared});
    REQUIRE(!map.failure);
    file.Truncate(Pages(1));
    CHECK(!HasLostPages(*map));
    errno = 77;
    CHECK_EQUAL(map[Pages(2) + 5], 0);
    CHECK_EQUAL(errno, 77);
    CHECK(HasLostPages(*map));
    CHECK_EQUAL(map[Pages(3)], 0);
    CHECK_EQUAL(map[1], 'a');
    *map.Pointer(Pages(2)) = std::byte{5};
    CHECK_EQUAL(map[Pages(2)], 5);
    CHECK(!FlushPages(PagesAround(*map, 0, map->byte_length)));
    CHECK(!AdviseMap(*map, 0, map->byte_length, Advice::kDontNeed));
    CHECK(!AdviseMap(*map, 0, map->byte_length, Advice::kWillNeed));
  }
}

TEST("other maps of the same file know nothing of it until they are touched") {
  const PagedFile file(Pages(2));
  const Map map(file, {.length = Pages(2)});
  const Map other(file, {.length = Pages(2)});
  file.Truncate(0);
  CHECK_EQUAL(map[0], 0);
  CHECK(HasLostPages(*map));
  CHECK(!HasLostPages(*other));
  CHECK_EQUAL(other[0], 0);
  CHECK(HasLostPages(*other));
}

TEST("a record that was used before starts anew") {
  const PagedFile file(Pages(1));
  {
    const Map map(file, {.length = Pages(1)});
    file.Truncate(0);
    CHECK_EQUAL(map[0], 0);
  }
  file.Truncate(Pages(1));
  const Map map(file, {.length = Pages(1)});
  CHECK(!HasLostPages(*map));
}

TEST("more maps than fit into one piece of the registry are all guarded") {
  const PagedFile file(Pages(1));
  std::vector<std::unique_ptr<Map>> maps;
  for (int count = 0; count < 200; ++count) {
    maps.push_back(std::make_unique<Map>(file, MapRequest{.length = Pages(1)}));
  }
  file.Truncate(0);
  for (const auto& map : maps) CHECK_EQUAL((*map)[7], 0);
  for (const auto& map : maps) CHECK(HasLostPages(**map));
}

TEST("threads may read while the file is shortened, and map and unmap other files meanwhile") {
  const PagedFile file(Pages(64));
  std::atomic<bool> end = false;
  std::thread churn([&] {
    const PagedFile other(Pages(2));
    while (!end) {
      const Map map(other, {.length = Pages(2)});
      if (map[0] != 'a') break;
    }
  });
  for (int round = 0; round < 50; ++round) {
    file.Truncate(Pages(64));
    const Map map(file, {.length = Pages(64), .shared = true});
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 3; ++reader) {
      readers.emplace_back([&] {
        for (size_t at = 0; at < Pages(64); at += 512) (void)map[at];
      });
    }
    file.Truncate(0);
    for (std::thread& reader : readers) reader.join();
    CHECK_EQUAL(map[Pages(63)], 0);
    CHECK(HasLostPages(*map));
  }
  end = true;
  churn.join();
}

TEST("a range is not given up while a handler works on it: what is mapped there next stays whole") {
  for (int round = 0; round < 200; ++round) {
    const PagedFile file(Pages(1));
    Descriptor descriptor;
    uint64_t size = 0;
    REQUIRE(!OpenToMap(file.path(), false, descriptor, size));
    FileMap map;
    REQUIRE(!MapFile(descriptor, {.length = Pages(1)}, map));
    GuardedRange* guard = map.guard;
    file.Truncate(0);
    std::thread reader([at = static_cast<volatile std::byte*>(map.data)] { (void)*at; });
    // That is set first; the page is put there afterwards.
    while (!HasLostPages(*guard)) {
    }
    UnguardMap(guard);
    auto* next = static_cast<char*>(
        mmap(map.pages, Pages(1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    next[0] = 'Z';
    reader.join();
    CHECK_EQUAL(next[0], 'Z');
    UnmapPages(next, Pages(1));
  }
}

TEST("without memory for a record, or without the signal, nothing is mapped") {
  const PagedFile file(Pages(1));
  Descriptor descriptor;
  uint64_t size = 0;
  REQUIRE(!OpenToMap(file.path(), false, descriptor, size));
  for (long refused = 1; refused < 10; ++refused) {
    FileMap map;
    faults::Arm(faults::Mode::kFromThen, refused);
    const SystemFailure failure = MapFile(descriptor, {.length = Pages(1)}, map);
    faults::Disarm();
    CHECK((map.pages == nullptr) == static_cast<bool>(failure));
    CHECK_EQUAL(UnmapFile(map), 0);
    if (!failure) return;
  }
  CHECK(false);
}

}  // namespace holdfast::test
