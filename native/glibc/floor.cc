// What a binary that is shipped asks of glibc. Linked against a newer one, it would ask for names as they
// were versioned or added later, and load on newer systems only, although it needs nothing that glibc 2.28
// does not have, the oldest one that Node itself runs with.
//
// Defined here are the functions in question, hidden, so that the rest of the addon finds these before those
// of the C library. Compiled without link-time optimisation, which does not know of .symver.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define HOLDFAST_FIRST_GLIBC "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define HOLDFAST_FIRST_GLIBC "GLIBC_2.17"
#else
#error "Which version of glibc was the first for this processor?"
#endif

#define HOLDFAST_FLOOR(name) __asm__(".symver first_" #name ", " #name "@" HOLDFAST_FIRST_GLIBC)

HOLDFAST_FLOOR(dladdr);
HOLDFAST_FLOOR(dlopen);
HOLDFAST_FLOOR(pthread_sigmask);
HOLDFAST_FLOOR(shm_open);
HOLDFAST_FLOOR(shm_unlink);

extern "C" {

int first_dladdr(const void* address, Dl_info* info);
void* first_dlopen(const char* file, int mode);
int first_pthread_sigmask(int how, const sigset_t* set, sigset_t* previous);
int first_shm_open(const char* name, int flags, mode_t mode);
int first_shm_unlink(const char* name);

#pragma GCC visibility push(hidden)

int dladdr(const void* address, Dl_info* info) noexcept { return first_dladdr(address, info); }

void* dlopen(const char* file, int mode) noexcept { return first_dlopen(file, mode); }

int pthread_sigmask(int how, const sigset_t* set, sigset_t* previous) noexcept {
  return first_pthread_sigmask(how, set, previous);
}

int shm_open(const char* name, int flags, mode_t mode) { return first_shm_open(name, flags, mode); }

int shm_unlink(const char* name) { return first_shm_unlink(name); }

// Before 2.33 these were no functions of the C library, which had the system's structure pass unchanged on 64
// bits.

int fstat64(int fd, struct stat64* status) noexcept {
  return static_cast<int>(syscall(SYS_fstat, fd, status));
}

int fstatat64(int directory, const char* path, struct stat64* status, int flags) noexcept {
  return static_cast<int>(syscall(SYS_newfstatat, directory, path, status, flags));
}

int lstat64(const char* path, struct stat64* status) noexcept {
  return fstatat64(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

#pragma GCC visibility pop

}  // extern "C"
