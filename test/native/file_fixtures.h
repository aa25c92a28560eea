#ifndef HOLDFAST_TEST_NATIVE_FILE_FIXTURES_H_
#define HOLDFAST_TEST_NATIVE_FILE_FIXTURES_H_

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "harness.h"
#include "resources/file_map.h"
#include "resources/pages.h"

namespace holdfast::test {

// A file that is gone after the test. Its contents: the number of each page, in every byte of it.
class PagedFile {
 public:
  explicit PagedFile(size_t size) {
    const int fd = mkstemp(path_);
    std::string text(size, 0);
    for (size_t at = 0; at < size; ++at) text[at] = ByteAt(at);
    CHECK(write(fd, text.data(), size) == static_cast<ssize_t>(size));
    close(fd);
  }
  ~PagedFile() { unlink(path_); }
  PagedFile(const PagedFile&) = delete;
  PagedFile& operator=(const PagedFile&) = delete;

  static char ByteAt(size_t at) { return static_cast<char>('a' + (at / PageSize()) % 26); }
  const char* path() const { return path_; }
  void Truncate(size_t size) const { CHECK(truncate(path_, static_cast<off_t>(size)) == 0); }

 private:
  char path_[32] = "/tmp/holdfast-test-XXXXXX";
};

// A map that is unmapped after the test.
struct Map {
  FileMap* map = NewFileMap();
  SystemFailure failure;

  Map(const PagedFile& file, const MapRequest& request) {
    Descriptor descriptor;
    uint64_t size = 0;
    failure = OpenToMap(file.path(), request.shared, descriptor, size);
    if (!failure) failure = MapFile(descriptor, request, *map);
  }
  ~Map() { CHECK(map->free(map) == 0); }
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;

  FileMap* operator->() const { return map; }
  const FileMap& operator*() const { return *map; }
  // Read each time, whatever the compiler thinks. ThreadSanitizer is not to see it: when two threads find a
  // page gone at once, both put zeros there, and who has read the first reads the second.
  __attribute__((no_sanitize("thread"))) char operator[](size_t at) const {
    return static_cast<char>(*static_cast<volatile std::byte*>(map->data + at));
  }
  volatile std::byte* Pointer(size_t at) const { return map->data + at; }
};

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_NATIVE_FILE_FIXTURES_H_
