#include <windows.h>

#include <cstdint>

#include "core/allocation.h"
#include "resources/pages.h"

namespace holdfast {

namespace {

// Windows cannot give back a part of a reservation, so an aligned block is found by reserving more,
// freeing that, and asking for the aligned address inside; another thread may take it in between.
constexpr int kAlignedAttempts = 16;

void* Commit(void* address, size_t size) {
  return VirtualAlloc(address, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

}  // namespace

size_t PageSize() noexcept {
  static const size_t size = [] {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return static_cast<size_t>(info.dwPageSize);
  }();
  return size;
}

void* MapPages(size_t size, size_t alignment) noexcept {
  constexpr size_t kAllocationGranularity = 64 * 1024;
  if (alignment <= kAllocationGranularity) return Commit(nullptr, size);
  if (size > SIZE_MAX - alignment) return nullptr;
  for (int attempt = 0; attempt < kAlignedAttempts; ++attempt) {
    void* found = VirtualAlloc(nullptr, size + alignment, MEM_RESERVE, PAGE_NOACCESS);
    if (found == nullptr) return nullptr;
    const auto start = reinterpret_cast<uintptr_t>(found);
    const uintptr_t aligned = (start + alignment - 1) & ~(uintptr_t{alignment} - 1);
    VirtualFree(found, 0, MEM_RELEASE);
    void* block = Commit(reinterpret_cast<void*>(aligned), size);
    if (block != nullptr) return block;
  }
  return nullptr;
}

void UnmapPages(void* pages, size_t) noexcept {
  const DWORD saved = GetLastError();
  VirtualFree(pages, 0, MEM_RELEASE);
  SetLastError(saved);
}

void TrimCHeap() noexcept {}

}  // namespace holdfast
