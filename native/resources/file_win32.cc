#include <cerrno>
#include <limits>

#include "resources/file.h"

// Descriptors on Windows belong to a C runtime, and this addon has another one than Node: a file opened here
// could not be read by node:fs.
namespace holdfast {

OpenedFile OpenFile(const char*, int, uint32_t) noexcept {
  return {.failure = {.error = ENOSYS, .syscall = "open"}};
}

int CloseFile(int) noexcept { return 0; }

double DescriptorLimit() noexcept { return std::numeric_limits<double>::infinity(); }

}  // namespace holdfast
