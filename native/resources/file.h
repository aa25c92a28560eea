#ifndef HOLDFAST_RESOURCES_FILE_H_
#define HOLDFAST_RESOURCES_FILE_H_

#include <cstddef>
#include <cstdint>

#include "core/resource_kind.h"
#include "core/system_failure.h"

namespace holdfast {

// Open files. Everything is done with them here and not by the runtime: Node notes what a worker opens
// through node:fs, and would close it once more when the worker ends; and Deno knows no descriptors but those
// that it has opened itself.

// The descriptor is the resource itself: nothing has to be allocated for it. Not as it is, since 0 is one.
inline void* ToResource(int descriptor) noexcept {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(descriptor) + 1);
}
inline int DescriptorOf(const void* resource) noexcept {
  return static_cast<int>(reinterpret_cast<uintptr_t>(resource) - 1);
}

inline constexpr int kNoDescriptor = -1;

struct OpenedFile {
  int descriptor = kNoDescriptor;
  SystemFailure failure;
};

// Closed in programs that this one starts. `flags` and `mode` are those of open(2). On any thread.
OpenedFile OpenFile(const char* path, int flags, uint32_t mode) noexcept;

// The descriptor is free again whatever the system says. Returns its error and keeps errno. On any thread.
int CloseFile(int descriptor) noexcept;

inline constexpr int64_t kCurrentPosition = -1;

// Bytes on their way between a file and memory.
struct FileTransfer {
  int descriptor = kNoDescriptor;
  std::byte* bytes = nullptr;
  size_t length = 0;
  int64_t position = kCurrentPosition;  // in the file
};

// How many bytes were moved, or why none.
struct Transferred {
  size_t length = 0;
  SystemFailure failure;
};

// Some of the bytes, or all, as the system likes; none at the end of the file. A descriptor that does not
// block is refused with EAGAIN when it would have to. On any thread.
Transferred ReadFile(const FileTransfer& transfer) noexcept;
Transferred WriteFile(const FileTransfer& transfer) noexcept;
// Waits until what was written is on the disk; of the transfer only the descriptor counts. On any thread.
Transferred SyncFile(const FileTransfer& transfer) noexcept;

// How many descriptors this process may have; infinite where nothing says so.
double DescriptorLimit() noexcept;

extern const ResourcePolicy kFilePolicy;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_FILE_H_
