#include "resources/map_faults.h"

namespace holdfast {

// Windows does not let anybody shorten a file while it is mapped.
struct GuardedRange {};

GuardedRange* GuardMap(void*, size_t) noexcept {
  static GuardedRange none;
  return &none;
}

void UnguardMap(GuardedRange*) noexcept {}

bool HasLostPages(const GuardedRange&) noexcept { return false; }

}  // namespace holdfast
