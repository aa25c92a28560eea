#ifndef HOLDFAST_RESOURCES_GUARDED_PAGES_H_
#define HOLDFAST_RESOURCES_GUARDED_PAGES_H_

#include <cstddef>
#include <cstdint>

#include "core/system_failure.h"

namespace holdfast {

// Pages for what nobody else may see, between two that nobody may touch:
//
//   | guard | start ... start + size | guard |
struct GuardedPages {
  std::byte* start = nullptr;
  size_t size = 0;  // a multiple of the page size
};

// Each allows what the ones before it do.
enum class Access : uint8_t { kNone, kRead, kReadAndWrite };

// Zeroed pages that are never swapped out, are left out of core dumps, and read as zeros in forked
// processes; the latter two where the system can. Their access is kNone. When it fails nothing is left
// mapped.
[[nodiscard]] SystemFailure MapGuardedPages(size_t size, GuardedPages& pages) noexcept;
[[nodiscard]] SystemFailure ProtectPages(const GuardedPages& pages, Access access) noexcept;
// Returns the error of the system, or 0. Keeps errno.
int UnmapGuardedPages(const GuardedPages& pages) noexcept;

// Overwrites with zeros, also when the compiler can tell that nobody reads them.
void WipeMemory(std::byte* data, size_t size) noexcept;

// How many bytes the process may keep from being swapped out; SIZE_MAX when nothing limits that.
size_t LockLimit() noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_GUARDED_PAGES_H_
