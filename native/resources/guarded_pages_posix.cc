#include <sys/mman.h>
#include <sys/resource.h>
#ifdef __APPLE__
#include <mach/vm_inherit.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "core/allocation.h"
#include "resources/guarded_pages.h"
#include "resources/pages.h"

namespace holdfast {

namespace {

template <typename Call>
SystemFailure Ask(const char* syscall, Call call) {
  return call() == 0 ? SystemFailure{} : SystemFailure{.error = errno, .syscall = syscall};
}

// With both guards.
std::byte* Whole(const GuardedPages& pages) { return pages.start - PageSize(); }
size_t WholeSize(const GuardedPages& pages) { return pages.size + 2 * PageSize(); }

SystemFailure MapWhole(size_t size, GuardedPages& pages) {
  void* whole = MAP_FAILED;
  const SystemFailure failure = Ask("mmap", [&] {
    whole = mmap(nullptr, size + 2 * PageSize(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return whole == MAP_FAILED ? -1 : 0;
  });
  if (!failure) pages = {.start = static_cast<std::byte*>(whole) + PageSize(), .size = size};
  return failure;
}

// Needs access to the pages: locking brings them into memory.
SystemFailure Lock(const GuardedPages& pages) {
  return Ask("mlock", [&] { return mlock(pages.start, pages.size); });
}

// Systems that do not know the advice say EINVAL.
[[maybe_unused]] SystemFailure Advise(const GuardedPages& pages, int advice, bool* known = nullptr) {
  const SystemFailure failure = Ask("madvise", [&] { return madvise(pages.start, pages.size, advice); });
  if (known != nullptr) *known = failure.error != EINVAL;
  return failure.error == EINVAL ? SystemFailure{} : failure;
}

SystemFailure HideFromCoreDumps([[maybe_unused]] const GuardedPages& pages) {
#if defined(MADV_DONTDUMP)
  return Advise(pages, MADV_DONTDUMP);
#elif defined(MADV_NOCORE)
  return Advise(pages, MADV_NOCORE);
#else
  return {};
#endif
}

// The pages are there in the forked process, or what releases them there by mistake would hit a stranger.
SystemFailure HideFromForks([[maybe_unused]] const GuardedPages& pages) {
#if defined(MADV_WIPEONFORK)
  bool known = false;
  const SystemFailure failure = Advise(pages, MADV_WIPEONFORK, &known);
  return known ? failure : Advise(pages, MADV_DONTFORK);
#elif defined(INHERIT_ZERO)
  return Ask("minherit", [&] { return minherit(pages.start, pages.size, INHERIT_ZERO); });
#elif defined(__APPLE__)
  return Ask("minherit", [&] { return minherit(pages.start, pages.size, VM_INHERIT_NONE); });
#else
  return {};
#endif
}

constexpr int ToProtection(Access access) {
  switch (access) {
    case Access::kNone:
      return PROT_NONE;
    case Access::kRead:
      return PROT_READ;
    case Access::kReadAndWrite:
      return PROT_READ | PROT_WRITE;
  }
  return PROT_NONE;
}

}  // namespace

SystemFailure MapGuardedPages(size_t size, GuardedPages& pages) noexcept {
  if (const SystemFailure failure = MapWhole(size, pages)) return failure;
  SystemFailure failure = ProtectPages(pages, Access::kReadAndWrite);
  if (!failure) failure = Lock(pages);
  if (!failure) failure = HideFromCoreDumps(pages);
  if (!failure) failure = HideFromForks(pages);
  if (!failure) failure = ProtectPages(pages, Access::kNone);
  if (failure) UnmapGuardedPages(pages);
  return failure;
}

SystemFailure ProtectPages(const GuardedPages& pages, Access access) noexcept {
  return Ask("mprotect", [&] { return mprotect(pages.start, pages.size, ToProtection(access)); });
}

int UnmapGuardedPages(const GuardedPages& pages) noexcept {
  const int saved = errno;
  // Unlocks them, too.
  const int error = munmap(Whole(pages), WholeSize(pages)) == 0 ? 0 : errno;
  errno = saved;
  return error;
}

void WipeMemory(std::byte* data, size_t size) noexcept {
  std::memset(data, 0, size);
  // Tells the compiler that somebody reads the zeros.
  asm volatile("" : : "r"(data) : "memory");
}

size_t LockLimit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return static_cast<size_t>(std::min<rlim_t>(limit.rlim_cur, SIZE_MAX));
}

}  // namespace holdfast
