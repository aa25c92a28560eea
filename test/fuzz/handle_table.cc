#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "../native/handle_table_model.h"
#include "../native/harness.h"

// A target for libFuzzer: each byte of the input decides what is done next to the handle table and to its
// model, which must agree after every step. scripts/fuzz.mjs builds and runs it.
namespace holdfast::test {

namespace {

bool failed = false;

// What the input has decided so far. Past its end everything is 0.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : next_(data), end_(data + size) {}
  bool empty() const { return next_ == end_; }

  uint32_t Below(uint32_t limit) {
    uint32_t value = Byte();
    if (limit > 256) value = value << 8 | Byte();
    return value % limit;
  }

 private:
  uint32_t Byte() { return empty() ? 0 : *next_++; }

  const uint8_t* next_;
  const uint8_t* end_;
};

void StopIfFailed() {
  if (!failed) return;
  std::cerr << std::flush;
  std::abort();
}

}  // namespace

// In the place of test/native/harness.cc: what does not hold ends the process, so that the fuzzer keeps the
// input.
std::ostream& Fail(const char* file, int line) {
  failed = true;
  return std::cerr << file << ':' << line << ": ";
}

}  // namespace holdfast::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  holdfast::test::Choices choices(data, size);
  holdfast::test::Comparison comparison([&](uint32_t limit) { return choices.Below(limit); });
  while (!choices.empty()) {
    comparison.Step();
    holdfast::test::StopIfFailed();
  }
  comparison.Finish();
  holdfast::test::StopIfFailed();
  return 0;
}
