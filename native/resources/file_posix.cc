#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "core/allocation.h"
#include "resources/file.h"

namespace holdfast {

OpenedFile OpenFile(const char* path, int flags, uint32_t mode) noexcept {
  if (FaultInjection::RefuseNow()) return {.failure = {.error = ENOMEM, .syscall = "open"}};
  int descriptor;
  do {
    descriptor = open(path, flags | O_CLOEXEC, static_cast<mode_t>(mode));
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return {.failure = {.error = errno, .syscall = "open"}};
  return {.descriptor = descriptor, .failure = {}};
}

int CloseFile(int descriptor) noexcept {
  const int saved = errno;
  int error = close(descriptor) == 0 ? 0 : errno;
  // Interrupted, or going on by itself: the descriptor is gone, and may by now be somebody else's. So this
  // is never tried again.
  if (error == EINTR || error == EINPROGRESS) error = 0;
  errno = saved;
  return error;
}

double DescriptorLimit() noexcept {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<double>::infinity();
  }
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace holdfast
