#include <windows.h>

#include <cerrno>
#include <cstdint>

#include "core/allocation.h"
#include "resources/guarded_pages.h"
#include "resources/pages.h"

namespace holdfast {

namespace {

// Every refusal here is one of memory, or of the quota for locked memory (the minimum working set).
constexpr SystemFailure Refused(const char* function) { return {.error = ENOMEM, .syscall = function}; }

constexpr DWORD ToProtection(Access access) {
  switch (access) {
    case Access::kNone:
      return PAGE_NOACCESS;
    case Access::kRead:
      return PAGE_READONLY;
    case Access::kReadAndWrite:
      return PAGE_READWRITE;
  }
  return PAGE_NOACCESS;
}

void* Whole(const GuardedPages& pages) { return pages.start - PageSize(); }

}  // namespace

// There is no fork, and no way to keep pages out of a dump that works for every kind of dump.
SystemFailure MapGuardedPages(size_t size, GuardedPages& pages) noexcept {
  // What is reserved and not committed cannot be touched: those are the guards.
  void* whole = VirtualAlloc(nullptr, size + 2 * PageSize(), MEM_RESERVE, PAGE_NOACCESS);
  if (whole == nullptr) return Refused("VirtualAlloc");
  pages = {.start = static_cast<std::byte*>(whole) + PageSize(), .size = size};
  SystemFailure failure;
  if (VirtualAlloc(pages.start, size, MEM_COMMIT, PAGE_READWRITE) == nullptr) {
    failure = Refused("VirtualAlloc");
  } else if (!VirtualLock(pages.start, size)) {
    failure = Refused("VirtualLock");
  } else {
    failure = ProtectPages(pages, Access::kNone);
  }
  if (failure) UnmapGuardedPages(pages);
  return failure;
}

SystemFailure ProtectPages(const GuardedPages& pages, Access access) noexcept {
  DWORD before;
  if (!VirtualProtect(pages.start, pages.size, ToProtection(access), &before))
    return Refused("VirtualProtect");
  return {};
}

int UnmapGuardedPages(const GuardedPages& pages) noexcept {
  const DWORD saved = GetLastError();
  const bool freed = VirtualFree(Whole(pages), 0, MEM_RELEASE);
  SetLastError(saved);
  return freed ? 0 : EINVAL;
}

void WipeMemory(std::byte* data, size_t size) noexcept { SecureZeroMemory(data, size); }

size_t LockLimit() noexcept {
  SIZE_T minimum = 0;
  SIZE_T maximum = 0;
  return GetProcessWorkingSetSize(GetCurrentProcess(), &minimum, &maximum) ? minimum : 0;
}

}  // namespace holdfast
