#include <sys/mman.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cerrno>
#include <cstdint>

#include "core/allocation.h"
#include "resources/pages.h"

namespace holdfast {

size_t PageSize() noexcept {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

void* MapPages(size_t size, size_t alignment) noexcept {
  // mmap aligns to a page. For more, map enough to contain an aligned block and give back both ends.
  const size_t slack = alignment > PageSize() ? alignment - PageSize() : 0;
  if (size > SIZE_MAX - slack) return nullptr;
  void* mapped = mmap(nullptr, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  if (slack == 0) return mapped;

  const auto start = reinterpret_cast<uintptr_t>(mapped);
  const uintptr_t aligned = (start + alignment - 1) & ~(uintptr_t{alignment} - 1);
  const size_t before = aligned - start;
  const size_t after = slack - before;
  auto* block = static_cast<std::byte*>(mapped) + before;
  if (before > 0) UnmapPages(mapped, before);
  if (after > 0) UnmapPages(block + size, after);
  return block;
}

void UnmapPages(void* pages, size_t size) noexcept {
  const int saved = errno;
  munmap(pages, size);
  errno = saved;
}

void TrimCHeap() noexcept {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace holdfast
