#include "resources/file_map.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "core/allocation.h"
#include "resources/pages.h"

namespace holdfast {

namespace {

uintptr_t RoundDown(uintptr_t value) { return value & ~(uintptr_t{PageSize()} - 1); }
uintptr_t RoundUp(uintptr_t value) { return RoundDown(value + PageSize() - 1); }

PageRange Between(uintptr_t start, uintptr_t end) {
  return {.start = reinterpret_cast<void*>(start), .size = end > start ? end - start : 0};
}

#ifdef MAP_POPULATE
constexpr int kPopulate = MAP_POPULATE;
#else
constexpr int kPopulate = 0;
#endif

// A private map can be written to, so that a stray write is no fault. It is charged to nobody: a file may be
// larger than the memory of the machine, and few of its pages are ever written.
void* MapPrivate(int fd, off_t offset, size_t size, bool populate) {
  constexpr int kFlags = MAP_PRIVATE | MAP_NORESERVE;
  if (!populate) return mmap(nullptr, size, PROT_READ | PROT_WRITE, kFlags, fd, offset);
  // Read-only first: populating what can be written makes a copy of every page.
  void* pages = mmap(nullptr, size, PROT_READ, kFlags | kPopulate, fd, offset);
  if (pages == MAP_FAILED || mprotect(pages, size, PROT_READ | PROT_WRITE) == 0) return pages;
  UnmapPages(pages, size);
  return MAP_FAILED;
}

void* MapPages(int fd, const MapRequest& request, off_t offset, size_t size) {
  if (!request.shared) return MapPrivate(fd, offset, size, request.populate);
  const int flags = MAP_SHARED | (request.populate ? kPopulate : 0);
  return mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, offset);
}

int FreeFileMap(ForeignMemory* self) noexcept {
  auto* map = static_cast<FileMap*>(self);
  const int error = UnmapFile(*map);
  std::free(map);
  return error;
}

}  // namespace

void Descriptor::Reset(int fd) noexcept {
  const int saved = errno;
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  errno = saved;
}

Descriptor::~Descriptor() { Reset(-1); }

SystemFailure OpenToMap(const char* path, bool writable, Descriptor& file, uint64_t& size) noexcept {
  // Without O_NONBLOCK a pipe that nobody writes to would stop the thread.
  const int flags = (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  int fd;
  do {
    fd = open(path, flags);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return {.error = errno, .syscall = "open"};
  file.Reset(fd);
  struct stat status;
  if (fstat(fd, &status) != 0) return {.error = errno, .syscall = "fstat"};
  if (S_ISDIR(status.st_mode)) return {.error = EISDIR, .syscall = "mmap"};
  // Devices can be mapped in ways of their own, but do not say how long they are.
  if (!S_ISREG(status.st_mode)) return {.error = ENODEV, .syscall = "mmap"};
  size = static_cast<uint64_t>(status.st_size);
  return {};
}

SystemFailure MapFile(const Descriptor& file, const MapRequest& request, FileMap& map) noexcept {
  map.shared = request.shared;
  if (request.length == 0) return {};
  const size_t before = request.offset % PageSize();
  const size_t size = RoundUp(before + request.length);
  void* pages = MapPages(file.get(), request, static_cast<off_t>(request.offset - before), size);
  if (pages == MAP_FAILED) return {.error = errno, .syscall = "mmap"};
  map.guard = GuardMap(pages, size);
  if (map.guard == nullptr) {
    UnmapPages(pages, size);
    return {.error = ENOMEM, .syscall = "mmap"};
  }
  map.pages = pages;
  map.size = size;
  map.data = static_cast<std::byte*>(pages) + before;
  map.byte_length = request.length;
  if (kPopulate == 0 && request.populate) {
    const SystemFailure failure = AdviseMap(map, 0, map.byte_length, Advice::kWillNeed);
    if (failure) return failure;
  }
  return request.advice == Advice::kNormal ? SystemFailure{}
                                           : AdviseMap(map, 0, map.byte_length, request.advice);
}

int UnmapFile(FileMap& map) noexcept {
  if (map.pages == nullptr) return 0;
  UnguardMap(map.guard);
  const int saved = errno;
  const int error = munmap(map.pages, map.size) == 0 ? 0 : errno;
  errno = saved;
  map.pages = nullptr;
  return error;
}

FileMap* NewFileMap() noexcept {
  void* memory = Allocate(sizeof(FileMap));
  if (memory == nullptr) return nullptr;
  auto* map = new (memory) FileMap;
  map->free = FreeFileMap;
  return map;
}

PageRange PagesAround(const FileMap& map, size_t offset, size_t length) noexcept {
  if (length == 0 || map.pages == nullptr) return {.start = nullptr, .size = 0};
  const auto start = reinterpret_cast<uintptr_t>(map.data) + offset;
  return Between(RoundDown(start), RoundUp(start + length));
}

PageRange PagesInside(const FileMap& map, size_t offset, size_t length) noexcept {
  if (length == 0 || map.pages == nullptr) return {.start = nullptr, .size = 0};
  const auto start = reinterpret_cast<uintptr_t>(map.data) + offset;
  const auto first = reinterpret_cast<uintptr_t>(map.pages);
  // The first and the last page may hold bytes outside of the map, which nobody sees.
  return Between(offset == 0 ? first : RoundUp(start),
                 offset + length == map.byte_length ? first + map.size : RoundDown(start + length));
}

SystemFailure FlushPages(PageRange pages) noexcept {
  if (pages.size == 0) return {};
  if (msync(pages.start, pages.size, MS_SYNC) == 0) return {};
  return {.error = errno, .syscall = "msync"};
}

SystemFailure AdviseMap(const FileMap& map, size_t offset, size_t length, Advice advice) noexcept {
  constexpr std::array kAdvice{MADV_NORMAL, MADV_SEQUENTIAL, MADV_RANDOM, MADV_WILLNEED, MADV_DONTNEED};
  const PageRange pages =
      advice == Advice::kDontNeed ? PagesInside(map, offset, length) : PagesAround(map, offset, length);
  if (pages.size == 0) return {};
  if (madvise(pages.start, pages.size, kAdvice[static_cast<size_t>(advice)]) == 0) return {};
  return {.error = errno, .syscall = "madvise"};
}

}  // namespace holdfast
