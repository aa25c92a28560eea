#ifndef HOLDFAST_TEST_NATIVE_SECRET_FIXTURES_H_
#define HOLDFAST_TEST_NATIVE_SECRET_FIXTURES_H_

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

#include "memory_fixtures.h"
#include "resources/secret_memory.h"

namespace holdfast::test {

// The sanitizers make mlock() do nothing, since their own memory could not be locked.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kLocks = false;
#else
inline constexpr bool kLocks = true;
#endif

// What /proc/self/smaps says of the mapping that `address` is in; empty when it is in none.
struct Mapping {
  std::string permissions;
  std::string flags;

  explicit Mapping(const void* address) {
    const auto wanted = reinterpret_cast<uintptr_t>(address);
    std::ifstream smaps("/proc/self/smaps");
    bool here = false;
    for (std::string line; std::getline(smaps, line);) {
      unsigned long start = 0;
      unsigned long end = 0;
      std::array<char, 5> mode{};
      // A line that begins a mapping; those of its properties have a colon in that place.
      if (std::sscanf(line.c_str(), "%lx-%lx %4s", &start, &end, mode.data()) == 3) {
        here = start <= wanted && wanted < end;
        if (here) permissions = mode.data();
      } else if (here && line.starts_with("VmFlags:")) {
        flags = line.substr(8) + ' ';
      }
    }
  }

  bool Has(const std::string& flag) const { return flags.find(' ' + flag + ' ') != std::string::npos; }
  bool exists() const { return !permissions.empty(); }
};

// How many mappings the process has.
inline size_t Mappings() {
  std::ifstream maps("/proc/self/maps");
  size_t count = 0;
  for (std::string line; std::getline(maps, line);) ++count;
  return count;
}

// Runs body() in a forked process. The signal that ended it, or 0.
template <typename Body>
int SignalOf(Body body) {
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) {
    // AddressSanitizer catches the signal and ends the process in its own way.
    std::signal(SIGSEGV, SIG_DFL);
    std::signal(SIGBUS, SIG_DFL);
    body();
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

// Can the byte there be read, and written, without dying?
inline int SignalOfReading(const volatile std::byte* address) {
  return SignalOf([&] { [[maybe_unused]] const std::byte byte = *address; });
}
inline int SignalOfWriting(volatile std::byte* address) {
  return SignalOf([&] { *address = std::byte{1}; });
}

// Runs body() in a forked process. Whether that says true.
template <typename Body>
bool HoldsInFork(Body body) {
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The secrets of a thread that ends with the test.
struct Secrets {
  SecretPool pool;

  SecretMemory* Take(size_t byte_length) {
    SystemFailure failure;
    SecretMemory* secret = pool.Take(byte_length, failure);
    CHECK(!failure);
    return secret;
  }
};

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_NATIVE_SECRET_FIXTURES_H_
