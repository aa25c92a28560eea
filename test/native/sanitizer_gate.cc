#include <cstdlib>
#include <cstring>
#include <thread>

// One fault of each kind that the sanitizers are there to find. Before scripts/test-sanitizers.mjs
// believes in silence, it makes sure that these are reported: by a program, and by a library that the
// runtime loads, as it loads the addon. The fault happens while either is loaded.

namespace {

int shared = 0;

int UseAfterFree() {
  auto* volatile memory = static_cast<int*>(std::calloc(1, sizeof(int)));
  std::free(memory);
  return *memory;
}

int Leak() {
  auto* volatile memory = std::malloc(100);
  memory = nullptr;
  return memory != nullptr;
}

int Undefined() {
  volatile int bits = 40;
  return 1 << bits;
}

int Race() {
  std::thread other([] { ++shared; });
  ++shared;
  other.join();
  return 0;
}

int Commit(const char* fault) {
  if (fault == nullptr) return 0;
  if (std::strcmp(fault, "use-after-free") == 0) return UseAfterFree();
  if (std::strcmp(fault, "leak") == 0) return Leak();
  if (std::strcmp(fault, "undefined") == 0) return Undefined();
  if (std::strcmp(fault, "race") == 0) return Race();
  return 0;
}

const volatile int result = Commit(std::getenv("HOLDFAST_TEST_FAULT"));

}  // namespace

int main() { return result; }
