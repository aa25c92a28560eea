#ifndef HOLDFAST_CORE_ALLOCATION_H_
#define HOLDFAST_CORE_ALLOCATION_H_

#include <cstddef>
#include <cstdlib>

namespace holdfast {

#ifdef HOLDFAST_FAULT_INJECTION
// Test builds refuse requests on demand: the n-th from now and all after it. Per thread, so that
// workers under test do not disturb each other.
class FaultInjection {
 public:
  static void RefuseFrom(long request) { remaining_ = request; }
  static void Stop() { remaining_ = -1; }
  static bool RefuseNow() {
    if (remaining_ < 0) return false;
    if (remaining_ > 0) --remaining_;
    return remaining_ == 0;
  }

 private:
  static inline thread_local long remaining_ = -1;
};
#else
class FaultInjection {
 public:
  static constexpr bool RefuseNow() { return false; }
};
#endif

// Every request of this addon to the C heap goes through these three; nullptr means refused, and the
// caller has to cope.
[[nodiscard]] inline void* Allocate(size_t size) noexcept {
  return FaultInjection::RefuseNow() ? nullptr : std::malloc(size);
}

[[nodiscard]] inline void* AllocateZeroed(size_t count, size_t size) noexcept {
  return FaultInjection::RefuseNow() ? nullptr : std::calloc(count, size);
}

[[nodiscard]] inline void* Reallocate(void* memory, size_t size) noexcept {
  return FaultInjection::RefuseNow() ? nullptr : std::realloc(memory, size);
}

}  // namespace holdfast

#endif  // HOLDFAST_CORE_ALLOCATION_H_
