#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <ctime>

#include "faults.h"

// Replacements of functions of the C library: system.rsp. Those with 64 in their name are what the same calls
// are compiled to where _FILE_OFFSET_BITS is 64, as in the addon.

namespace {

using holdfast::faults::Count;
using holdfast::faults::Kind;
using holdfast::faults::Refuse;

constexpr bool kInterruptible = true;

// errno is left alone where nothing is refused.
template <typename Result>
Result Failed(int error, Result result) {
  errno = error;
  return result;
}

void* CountBlock(void* memory) {
  if (memory != nullptr) Count(Kind::kBlocks, 1);
  return memory;
}

int CountDescriptor(int fd) {
  if (fd >= 0) Count(Kind::kDescriptors, 1);
  return fd;
}

int CountClosed(int result) {
  if (result == 0) Count(Kind::kDescriptors, -1);
  return result;
}

// A fixed one takes the place of another.
void* CountMap(void* start, size_t size, int flags) {
  if (start != MAP_FAILED && (flags & MAP_FIXED) == 0) {
    Count(Kind::kMappedBytes, static_cast<int64_t>(size));
  }
  return start;
}

int CountUnmapped(int result, size_t size) {
  if (result == 0) Count(Kind::kMappedBytes, -static_cast<int64_t>(size));
  return result;
}

}  // namespace

// `call` is what is done when nothing is refused: name, with what it counts.
#define REFUSES_COUNTED(type, name, parameters, call, result, ...) \
  type __real_##name parameters;                                   \
  type __wrap_##name parameters {                                  \
    const int error = Refuse(#name, __VA_ARGS__);                  \
    return error == 0 ? call : Failed<type>(error, result);        \
  }

#define REFUSES(type, name, parameters, arguments, result, ...) \
  REFUSES_COUNTED(type, name, parameters, __real_##name arguments, result, __VA_ARGS__)

// What gives something back does so before it says that it could not: otherwise nobody could, and the tests
// would take that for a leak.
#define REFUSES_AFTERWARDS(name, parameters, call, ...) \
  int __real_##name parameters;                         \
  int __wrap_##name parameters {                        \
    const int done = call;                              \
    const int error = Refuse(#name, __VA_ARGS__);       \
    return error == 0 ? done : Failed(error, -1);       \
  }

// Those that return the number of the error.
#define REFUSES_BY_NUMBER(name, parameters, arguments, ...) \
  int __real_##name parameters;                             \
  int __wrap_##name parameters {                            \
    const int error = Refuse(#name, __VA_ARGS__);           \
    return error == 0 ? __real_##name arguments : error;    \
  }

#define OPENS(name)                                                                            \
  int __real_##name(const char* path, int flags, ...);                                         \
  int __wrap_##name(const char* path, int flags, ...) {                                        \
    va_list rest;                                                                              \
    va_start(rest, flags);                                                                     \
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;                     \
    va_end(rest);                                                                              \
    const int error = Refuse(#name, EMFILE, kInterruptible);                                   \
    return error == 0 ? CountDescriptor(__real_##name(path, flags, mode)) : Failed(error, -1); \
  }

extern "C" {

REFUSES_COUNTED(void*, malloc, (size_t size), CountBlock(__real_malloc(size)), nullptr, ENOMEM)
REFUSES_COUNTED(void*, calloc, (size_t count, size_t size), CountBlock(__real_calloc(count, size)), nullptr,
                ENOMEM)

void* __real_realloc(void* memory, size_t size);
void* __wrap_realloc(void* memory, size_t size) {
  const int error = Refuse("realloc", ENOMEM);
  if (error != 0) return Failed<void*>(error, nullptr);
  void* grown = __real_realloc(memory, size);
  return memory == nullptr ? CountBlock(grown) : grown;
}

void __real_free(void* memory);
void __wrap_free(void* memory) {
  if (memory != nullptr) Count(Kind::kBlocks, -1);
  __real_free(memory);
}

OPENS(open)
OPENS(open64)
REFUSES_AFTERWARDS(close, (int fd), CountClosed(__real_close(fd)), EIO, kInterruptible)
REFUSES(ssize_t, read, (int fd, void* bytes, size_t length), (fd, bytes, length), -1, EIO, kInterruptible)
REFUSES(ssize_t, pread, (int fd, void* bytes, size_t length, off_t offset), (fd, bytes, length, offset), -1,
        EIO, kInterruptible)
REFUSES(ssize_t, pread64, (int fd, void* bytes, size_t length, off64_t offset), (fd, bytes, length, offset),
        -1, EIO, kInterruptible)
REFUSES(ssize_t, write, (int fd, const void* bytes, size_t length), (fd, bytes, length), -1, ENOSPC,
        kInterruptible)
REFUSES(ssize_t, pwrite, (int fd, const void* bytes, size_t length, off_t offset),
        (fd, bytes, length, offset), -1, ENOSPC, kInterruptible)
REFUSES(ssize_t, pwrite64, (int fd, const void* bytes, size_t length, off64_t offset),
        (fd, bytes, length, offset), -1, ENOSPC, kInterruptible)
REFUSES(int, fsync, (int fd), (fd), -1, EIO, kInterruptible)
REFUSES(int, fstat, (int fd, struct stat* status), (fd, status), -1, EIO)
REFUSES(int, fstat64, (int fd, struct stat64* status), (fd, status), -1, EIO)
REFUSES(int, lstat, (const char* path, struct stat* status), (path, status), -1, ENOMEM)
REFUSES(int, lstat64, (const char* path, struct stat64* status), (path, status), -1, ENOMEM)
REFUSES(int, fstatat, (int fd, const char* path, struct stat* status, int flags), (fd, path, status, flags),
        -1, EIO)
REFUSES(int, fstatat64, (int fd, const char* path, struct stat64* status, int flags),
        (fd, path, status, flags), -1, EIO)
REFUSES(int, ftruncate, (int fd, off_t length), (fd, length), -1, ENOSPC)
REFUSES(int, ftruncate64, (int fd, off64_t length), (fd, length), -1, ENOSPC)
REFUSES_BY_NUMBER(posix_fallocate, (int fd, off_t offset, off_t length), (fd, offset, length), ENOSPC,
                  kInterruptible)
REFUSES_BY_NUMBER(posix_fallocate64, (int fd, off64_t offset, off64_t length), (fd, offset, length), ENOSPC,
                  kInterruptible)

REFUSES(DIR*, fdopendir, (int fd), (fd), nullptr, ENOMEM)
REFUSES(struct dirent*, readdir, (DIR * stream), (stream), nullptr, EIO)
REFUSES(struct dirent64*, readdir64, (DIR * stream), (stream), nullptr, EIO)
REFUSES_AFTERWARDS(closedir, (DIR * stream), CountClosed(__real_closedir(stream)), EIO, kInterruptible)

REFUSES_COUNTED(void*, mmap, (void* start, size_t size, int access, int flags, int fd, off_t offset),
                CountMap(__real_mmap(start, size, access, flags, fd, offset), size, flags), MAP_FAILED,
                ENOMEM)
REFUSES_COUNTED(void*, mmap64, (void* start, size_t size, int access, int flags, int fd, off64_t offset),
                CountMap(__real_mmap64(start, size, access, flags, fd, offset), size, flags), MAP_FAILED,
                ENOMEM)
REFUSES_AFTERWARDS(munmap, (void* start, size_t size), CountUnmapped(__real_munmap(start, size), size),
                   ENOMEM)
REFUSES(int, mprotect, (void* start, size_t size, int access), (start, size, access), -1, ENOMEM)
REFUSES(int, mlock, (const void* start, size_t size), (start, size), -1, ENOMEM)
REFUSES(int, madvise, (void* start, size_t size, int advice), (start, size, advice), -1, ENOMEM)
REFUSES(int, msync, (void* start, size_t size, int flags), (start, size, flags), -1, EIO)
REFUSES_COUNTED(int, shm_open, (const char* name, int flags, mode_t mode),
                CountDescriptor(__real_shm_open(name, flags, mode)), -1, EMFILE, kInterruptible)
REFUSES_AFTERWARDS(shm_unlink, (const char* name), __real_shm_unlink(name), EACCES)

REFUSES(int, sigaction, (int signal, const struct sigaction* action, struct sigaction* previous),
        (signal, action, previous), -1, EINVAL)
REFUSES(int, clock_gettime, (clockid_t clock, struct timespec* time), (clock, time), -1, EINVAL)
// The kind of limit is an enumeration to C++ and an int to C.
REFUSES(int, getrlimit, (int kind, struct rlimit* limit), (kind, limit), -1, EINVAL)
REFUSES(int, getrlimit64, (int kind, struct rlimit64* limit), (kind, limit), -1, EINVAL)
REFUSES(int, atexit, (void (*function)()), (function), -1, ENOMEM)
REFUSES(int, at_quick_exit, (void (*function)()), (function), -1, ENOMEM)
REFUSES(int, dladdr, (const void* address, Dl_info* image), (address, image), 0, ENOENT)
REFUSES(void*, dlopen, (const char* file, int flags), (file, flags), nullptr, ENOMEM)

}  // extern "C"
