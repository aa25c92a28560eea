#include <cerrno>
#include <limits>

#include "resources/file.h"

// Descriptors on Windows belong to a C runtime, and this addon has another one than Node: `fd` of a file
// opened here would be of no use to others. No file is opened, so none is read.
namespace holdfast {

OpenedFile OpenFile(const char*, int, uint32_t) noexcept {
  return {.failure = {.error = ENOSYS, .syscall = "open"}};
}

int CloseFile(int) noexcept { return 0; }

Transferred ReadFile(const FileTransfer&) noexcept {
  return {.failure = {.error = ENOSYS, .syscall = "read"}};
}

Transferred WriteFile(const FileTransfer&) noexcept {
  return {.failure = {.error = ENOSYS, .syscall = "write"}};
}

Transferred SyncFile(const FileTransfer&) noexcept {
  return {.failure = {.error = ENOSYS, .syscall = "fsync"}};
}

double DescriptorLimit() noexcept { return std::numeric_limits<double>::infinity(); }

}  // namespace holdfast
