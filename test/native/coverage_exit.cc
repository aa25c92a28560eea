#include <unistd.h>

// Linked by scripts/test-native.mjs --coverage, with --wrap=_exit: a process that a test ends in this way
// would not leave its counts behind.
extern "C" {

void __gcov_dump();
[[noreturn]] void __real__exit(int code);

[[noreturn]] void __wrap__exit(int code) {
  __gcov_dump();
  __real__exit(code);
}

}  // extern "C"
