#include "resources/file_map.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "core/allocation.h"
#include "file_fixtures.h"
#include "harness.h"
#include "memory_fixtures.h"

namespace holdfast::test {

namespace {

size_t Pages(size_t count) { return count * PageSize(); }

SystemFailure TryOpen(const char* path, bool writable = false) {
  Descriptor file;
  uint64_t size = 0;
  return OpenToMap(path, writable, file, size);
}

int OpenDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

char FirstByteOf(const PagedFile& file) {
  std::ifstream stream(file.path());
  return static_cast<char>(stream.get());
}

}  // namespace

TEST("any offset and any length show exactly those bytes") {
  const PagedFile file(Pages(3) + 100);
  for (const size_t offset : {size_t{0}, size_t{1}, Pages(1) - 1, Pages(1), Pages(2) + 7}) {
    for (const size_t length : {size_t{1}, size_t{99}, Pages(1)}) {
      const Map map(file, {.offset = offset, .length = length});
      REQUIRE(!map.failure);
      CHECK_EQUAL(map->byte_length, length);
      CHECK_EQUAL(map[0], PagedFile::ByteAt(offset));
      CHECK_EQUAL(map[length - 1], PagedFile::ByteAt(offset + length - 1));
    }
  }
}

TEST("no bytes are no map, and everything can be done with it") {
  const PagedFile file(10);
  const Map map(file, {.offset = 10, .length = 0});
  CHECK(!map.failure);
  CHECK(map->pages == nullptr);
  CHECK(!FlushPages(PagesAround(*map, 0, 0)));
  CHECK(!AdviseMap(*map, 0, 0, Advice::kDontNeed));
  CHECK(!HasLostPages(*map));
}

TEST("what is written to a private map does not reach the file, to a shared one it does") {
  const PagedFile file(Pages(1));
  for (const bool populate : {false, true}) {
    const Map map(file, {.length = 10, .populate = populate});
    *map.Pointer(0) = std::byte{'X'};
    CHECK_EQUAL(map[0], 'X');
    CHECK(!FlushPages(PagesAround(*map, 0, 10)));
    CHECK_EQUAL(FirstByteOf(file), 'a');
  }
  const Map map(file, {.length = 10, .shared = true, .populate = true});
  *map.Pointer(0) = std::byte{'Y'};
  CHECK(!FlushPages(PagesAround(*map, 0, 1)));
  CHECK_EQUAL(FirstByteOf(file), 'Y');
}

TEST("the pages around some bytes hold them all, the pages inside nothing else") {
  const PagedFile file(Pages(4));
  const Map map(file, {.offset = 10, .length = Pages(3)});
  const auto pages_of = [](PageRange pages) { return pages.size / PageSize(); };
  CHECK_EQUAL(pages_of(PagesAround(*map, 0, 1)), 1U);
  CHECK_EQUAL(pages_of(PagesAround(*map, 0, Pages(3))), 4U);
  CHECK_EQUAL(pages_of(PagesAround(*map, Pages(1) - 11, 2)), 2U);
  CHECK_EQUAL(pages_of(PagesInside(*map, 0, Pages(3))), 4U);
  CHECK_EQUAL(pages_of(PagesInside(*map, 1, Pages(3) - 2)), 2U);
  CHECK_EQUAL(pages_of(PagesInside(*map, 5, 10)), 0U);
  CHECK_EQUAL(pages_of(PagesInside(*map, 0, 10)), 0U);
}

TEST("what is not needed comes from the file again, and bytes next to it stay") {
  const PagedFile file(Pages(3));
  const Map map(file, {.length = Pages(3)});
  for (size_t at = 0; at < Pages(3); at += 64) *map.Pointer(at) = std::byte{'X'};
  CHECK(!AdviseMap(*map, 64, Pages(2), Advice::kDontNeed));
  CHECK_EQUAL(map[0], 'X');
  CHECK_EQUAL(map[Pages(1)], 'b');
  CHECK_EQUAL(map[Pages(2)], 'X');
}

TEST("what cannot be mapped is refused with its reason, and leaves no descriptor") {
  const int before = OpenDescriptors();
  CHECK_EQUAL(TryOpen("/nowhere/at/all").error, ENOENT);
  CHECK_EQUAL(TryOpen("/tmp").error, EISDIR);
  CHECK_EQUAL(TryOpen("/tmp", true).error, EISDIR);
  CHECK_EQUAL(TryOpen("/dev/null").error, ENODEV);
  const std::string pipe = "/tmp/holdfast-test-pipe-" + std::to_string(getpid());
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_EQUAL(TryOpen(pipe.c_str()).error, ENODEV);  // and it did not wait for a writer
  unlink(pipe.c_str());
  CHECK_EQUAL(OpenDescriptors(), before);
}

TEST("descriptors are not inherited by programs that the process starts") {
  const PagedFile file(10);
  Descriptor descriptor;
  uint64_t size = 0;
  REQUIRE(!OpenToMap(file.path(), false, descriptor, size));
  CHECK_EQUAL(size, 10U);
  CHECK((fcntl(descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST("a map that is freed is gone, and errno is as it was") {
  const PagedFile file(Pages(1));
  void* pages = nullptr;
  {
    const Map map(file, {.length = Pages(1)});
    pages = map->pages;
    CHECK(IsMapped(pages));
    errno = 77;
  }
  CHECK_EQUAL(errno, 77);
  CHECK(!IsMapped(pages));
}

TEST("a flush of pages that are not mapped any more fails, and nothing else") {
  const PagedFile file(Pages(1));
  PageRange pages{};
  {
    const Map map(file, {.length = Pages(1), .shared = true});
    pages = PagesAround(*map, 0, 1);
  }
  CHECK_EQUAL(FlushPages(pages).error, ENOMEM);
}

}  // namespace holdfast::test
