#ifndef HOLDFAST_RESOURCES_PAGES_H_
#define HOLDFAST_RESOURCES_PAGES_H_

#include <cstddef>

namespace holdfast {

// Whole pages from the operating system: zeroed, readable, writable.

size_t PageSize() noexcept;
// `size` is a multiple of the page size, `alignment` a power of two. nullptr: the system refused.
[[nodiscard]] void* MapPages(size_t size, size_t alignment) noexcept;
// Exactly what MapPages gave. Keeps errno / GetLastError.
void UnmapPages(void* pages, size_t size) noexcept;
// Gives pages of the C heap back that hold nothing but freed blocks, where there is a way.
void TrimCHeap() noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_PAGES_H_
