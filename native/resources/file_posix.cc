#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "core/allocation.h"
#include "resources/file.h"

namespace holdfast {

namespace {

// A signal that comes in between is nothing that the program has to know.
template <typename Call>
Transferred Uninterrupted(const char* syscall, Call call) noexcept {
  ssize_t result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  if (result < 0) return {.failure = {.error = errno, .syscall = syscall}};
  return {.length = static_cast<size_t>(result), .failure = {}};
}

int SyncToDisk(int descriptor) noexcept {
#ifdef F_FULLFSYNC
  // fsync leaves the bytes in the cache of the disk there. Not every file system knows the other.
  if (fcntl(descriptor, F_FULLFSYNC) == 0) return 0;
#endif
  return fsync(descriptor);
}

}  // namespace

OpenedFile OpenFile(const char* path, int flags, uint32_t mode) noexcept {
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

Transferred ReadFile(const FileTransfer& transfer) noexcept {
  return Uninterrupted("read", [&] {
    if (transfer.position == kCurrentPosition)
      return read(transfer.descriptor, transfer.bytes, transfer.length);
    return pread(transfer.descriptor, transfer.bytes, transfer.length, static_cast<off_t>(transfer.position));
  });
}

Transferred WriteFile(const FileTransfer& transfer) noexcept {
  return Uninterrupted("write", [&] {
    if (transfer.position == kCurrentPosition)
      return write(transfer.descriptor, transfer.bytes, transfer.length);
    return pwrite(transfer.descriptor, transfer.bytes, transfer.length,
                  static_cast<off_t>(transfer.position));
  });
}

Transferred SyncFile(const FileTransfer& transfer) noexcept {
  return Uninterrupted("fsync", [&] { return static_cast<ssize_t>(SyncToDisk(transfer.descriptor)); });
}

double DescriptorLimit() noexcept {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<double>::infinity();
  }
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace holdfast
