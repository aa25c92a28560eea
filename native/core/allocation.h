#ifndef HOLDFAST_CORE_ALLOCATION_H_
#define HOLDFAST_CORE_ALLOCATION_H_

#include <cstddef>
#include <cstdlib>

namespace holdfast {

// Every request of this addon to the C heap goes through these three; nullptr means refused, and the
// caller has to cope.
[[nodiscard]] inline void* Allocate(size_t size) noexcept { return std::malloc(size); }

[[nodiscard]] inline void* AllocateZeroed(size_t count, size_t size) noexcept {
  return std::calloc(count, size);
}

[[nodiscard]] inline void* Reallocate(void* memory, size_t size) noexcept {
  return std::realloc(memory, size);
}

}  // namespace holdfast

#endif  // HOLDFAST_CORE_ALLOCATION_H_
