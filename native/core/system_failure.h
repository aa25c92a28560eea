#ifndef HOLDFAST_CORE_SYSTEM_FAILURE_H_
#define HOLDFAST_CORE_SYSTEM_FAILURE_H_

namespace holdfast {

// What the operating system refused, and why.
struct SystemFailure {
  int error = 0;  // errno; 0: nothing failed
  const char* syscall = nullptr;

  explicit operator bool() const { return error != 0; }
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_SYSTEM_FAILURE_H_
