#ifndef HOLDFAST_RESOURCES_FILE_MAP_H_
#define HOLDFAST_RESOURCES_FILE_MAP_H_

#include <cstddef>
#include <cstdint>

#include "core/system_failure.h"
#include "resources/map_faults.h"
#include "resources/memory.h"

namespace holdfast {

// How lib/resources/mapped-file.ts numbers them.
enum class Advice : uint32_t { kNormal, kSequential, kRandom, kWillNeed, kDontNeed };

// Bytes of a file in memory. They need not begin at a page; the pages around them are mapped.
struct FileMap : ForeignMemory {
  void* pages = nullptr;  // nullptr for no bytes: there is no map then
  size_t size = 0;        // of the pages
  std::byte* data = nullptr;
  size_t byte_length = 0;
  GuardedRange* guard = nullptr;
  bool shared = false;  // writes reach the file; else they stay in this map
};

// Whole pages of a map.
struct PageRange {
  void* start;
  size_t size;
};
// Those that the bytes touch, and those that hold no other bytes of the map; 0 of them when there are no
// bytes.
PageRange PagesAround(const FileMap& map, size_t offset, size_t length) noexcept;
PageRange PagesInside(const FileMap& map, size_t offset, size_t length) noexcept;

// A descriptor that is closed at the end of the scope, with errno kept.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void Reset(int fd) noexcept;

 private:
  int fd_ = -1;
};

// Opens a file to map, and says how long it is. What is not a regular file cannot be mapped. `path` ends
// with a 0.
[[nodiscard]] SystemFailure OpenToMap(const char* path, bool writable, Descriptor& file,
                                      uint64_t& size) noexcept;

struct MapRequest {
  uint64_t offset = 0;  // any; the range lies within the file
  size_t length = 0;
  bool shared = false;
  bool populate = false;
  Advice advice = Advice::kNormal;
};
// Fills `map`, which has no pages yet. The descriptor is not needed afterwards.
[[nodiscard]] SystemFailure MapFile(const Descriptor& file, const MapRequest& request, FileMap& map) noexcept;
// Takes the pages away again. On any thread. Returns the error of the system, if any, and keeps errno.
int UnmapFile(FileMap& map) noexcept;

// nullptr when there was no memory for it. Its `free` unmaps and deletes it.
[[nodiscard]] FileMap* NewFileMap() noexcept;

// Waits until the pages have reached the file. Any thread; the pages need not be mapped any more, then it
// fails.
[[nodiscard]] SystemFailure FlushPages(PageRange pages) noexcept;
// kDontNeed takes only pages that hold none of the other bytes: it throws private changes away.
[[nodiscard]] SystemFailure AdviseMap(const FileMap& map, size_t offset, size_t length,
                                      Advice advice) noexcept;

inline bool HasLostPages(const FileMap& map) noexcept {
  return map.guard != nullptr && HasLostPages(*map.guard);
}

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_FILE_MAP_H_
