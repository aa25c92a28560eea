#include "resources/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>

#include "core/allocation.h"

namespace holdfast {

namespace {

// Somebody else may take a name again and again that we want to replace.
constexpr int kReplaceAttempts = 100;
constexpr int kLengthAttempts = 10;
// Readable and writable for the user, and for nobody else.
constexpr mode_t kMode = S_IRUSR | S_IWUSR;

int OpenByName(const SegmentName& name, int flags) {
  int fd;
  do {
    fd = shm_open(name.data(), flags | O_RDWR | O_CLOEXEC, kMode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

SegmentIdentity IdentityOf(const struct stat& status) {
  return {.device = static_cast<uint64_t>(status.st_dev), .number = static_cast<uint64_t>(status.st_ino)};
}

// What the name means now. False when it means nothing: errno is ENOENT then, or why nobody knows.
bool FindByName(const SegmentName& name, struct stat& status) {
#ifdef __linux__
  // Names are files there, for every C library. Unlike the other way this needs no descriptor, of which
  // there may be none left.
  SegmentName::value_type path[sizeof "/dev/shm" + sizeof name];
  (void)std::snprintf(path, sizeof path, "/dev/shm%s", name.data());
  return lstat(path, &status) == 0;
#else
  const Descriptor file(shm_open(name.data(), O_RDONLY | O_CLOEXEC, 0));
  return file.is_open() && fstat(file.get(), &status) == 0;
#endif
}

// Between the look and the removal somebody may put another segment in the place of ours, and lose the name
// of it; no system call does both at once.
int RemoveName(ExitTask* self) noexcept {
  const auto* removal = static_cast<NameRemoval*>(self);
  const int saved = errno;
  struct stat status;
  int error = 0;
  const bool found = FindByName(removal->name, status);
  const bool ours = found && IdentityOf(status) == removal->identity;
  if ((!found || (ours && shm_unlink(removal->name.data()) != 0)) && errno != ENOENT) error = errno;
  errno = saved;
  return error;
}

int FreeSegment(ForeignMemory* self) noexcept {
  auto* segment = static_cast<SharedSegment*>(self);
  // First: as long as it is mapped, no other segment can have its identity.
  int error = ExitGuard::OfProcess().Run(segment->removal);
  const int unmapping = UnmapFile(*segment);
  if (error == 0) error = unmapping;
  segment->~SharedSegment();
  std::free(segment);
  return error;
}

// The bytes are allocated now: otherwise the first touch of a page for which there is no room is SIGBUS. The
// length is set first, at once, since others may open the name from now on.
SystemFailure Allocate(int fd, size_t byte_length) {
  if (byte_length == 0) return {};
  if (ftruncate(fd, static_cast<off_t>(byte_length)) != 0) return {.error = errno, .syscall = "ftruncate"};
#ifndef __APPLE__
  int error;
  do {
    error = posix_fallocate(fd, 0, static_cast<off_t>(byte_length));
  } while (error == EINTR);
  if (error != 0) return {.error = error, .syscall = "posix_fallocate"};
#endif
  return {};
}

int CreateByName(const SegmentName& name, bool replace) {
  int fd = OpenByName(name, O_CREAT | O_EXCL);
  for (int attempt = 0; fd < 0 && errno == EEXIST && replace && attempt < kReplaceAttempts; ++attempt) {
    if (shm_unlink(name.data()) != 0 && errno != ENOENT) return -1;
    fd = OpenByName(name, O_CREAT | O_EXCL);
  }
  return fd;
}

}  // namespace

SharedSegment* NewSharedSegment(const SegmentName& name) noexcept {
  void* memory = holdfast::Allocate(sizeof(SharedSegment));
  if (memory == nullptr) return nullptr;
  auto* segment = new (memory) SharedSegment;
  segment->free = FreeSegment;
  segment->removal.run = RemoveName;
  segment->removal.name = name;
  return segment;
}

SystemFailure CreateSegment(SharedSegment& segment, size_t byte_length, bool replace) noexcept {
  const Descriptor file(CreateByName(segment.removal.name, replace));
  if (!file.is_open()) return {.error = errno, .syscall = "shm_open"};
  struct stat status;
  if (fstat(file.get(), &status) != 0) {
    const SystemFailure failure{.error = errno, .syscall = "fstat"};
    shm_unlink(segment.removal.name.data());
    return failure;
  }
  segment.removal.identity = IdentityOf(status);
  if (!ExitGuard::OfProcess().Add(segment.removal)) {
    RemoveName(&segment.removal);
    return {.error = ENOMEM, .syscall = "atexit"};
  }
  // From here on whoever frees the segment removes the name as well.
  const SystemFailure failure = Allocate(file.get(), byte_length);
  return failure ? failure : MapSegment(file, byte_length, segment);
}

SystemFailure OpenSegment(const SegmentName& name, Descriptor& file, uint64_t& size) noexcept {
  file.Reset(OpenByName(name, 0));
  if (!file.is_open()) return {.error = errno, .syscall = "shm_open"};
  // Whoever makes a segment sets its length a moment after the name is there. Nobody makes empty ones, so
  // this one is probably in the making: worth a few milliseconds.
  for (int attempt = 0; attempt < kLengthAttempts; ++attempt) {
    struct stat status;
    if (fstat(file.get(), &status) != 0) return {.error = errno, .syscall = "fstat"};
    size = static_cast<uint64_t>(status.st_size);
    if (size > 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {};
}

SystemFailure MapSegment(const Descriptor& file, size_t byte_length, SharedSegment& segment) noexcept {
  return MapFile(file, {.length = byte_length, .shared = true}, segment);
}

void LeaveName(SharedSegment& segment) noexcept { ExitGuard::OfProcess().Forget(segment.removal); }

SystemFailure UnlinkSegment(const SegmentName& name) noexcept {
  if (shm_unlink(name.data()) == 0) return {};
  return {.error = errno, .syscall = "shm_unlink"};
}

}  // namespace holdfast
