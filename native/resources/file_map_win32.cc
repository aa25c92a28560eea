#include <cerrno>

#include "resources/file_map.h"

// Not there yet on Windows: docs/mapped-files.md. Whoever asks is told ENOSYS.
namespace holdfast {

Descriptor::~Descriptor() = default;
void Descriptor::Reset(int fd) noexcept { fd_ = fd; }

SystemFailure OpenToMap(const char*, bool, Descriptor&, uint64_t&) noexcept {
  return {.error = ENOSYS, .syscall = "open"};
}

SystemFailure MapFile(const Descriptor&, const MapRequest&, FileMap&) noexcept {
  return {.error = ENOSYS, .syscall = "mmap"};
}

int UnmapFile(FileMap&) noexcept { return 0; }
FileMap* NewFileMap() noexcept { return nullptr; }
PageRange PagesAround(const FileMap&, size_t, size_t) noexcept { return {.start = nullptr, .size = 0}; }
PageRange PagesInside(const FileMap&, size_t, size_t) noexcept { return {.start = nullptr, .size = 0}; }
SystemFailure FlushPages(PageRange) noexcept { return {.error = ENOSYS, .syscall = "msync"}; }
SystemFailure AdviseMap(const FileMap&, size_t, size_t, Advice) noexcept {
  return {.error = ENOSYS, .syscall = "madvise"};
}

}  // namespace holdfast
