#include "harness.h"

#include <cstring>
#include <vector>

namespace holdfast::test {

namespace {

// Enough to see what is wrong; a loop of 100,000 steps may fail at each.
constexpr int kPrintedFailures = 5;

int failures = 0;

std::vector<TestCase>& Tests() {
  static std::vector<TestCase> tests;
  return tests;
}

bool Run(const TestCase& test) {
  failures = 0;
  // Before it runs, so that a crash has a name.
  std::cout << test.title << " ... " << std::flush;
  test.body();
  if (failures == 0) {
    std::cout << "ok" << std::endl;
  } else {
    std::cout << "FAILED: " << failures << " checks did not hold" << std::endl;
  }
  return failures == 0;
}

}  // namespace

bool Register(TestCase test) {
  Tests().push_back(test);
  return true;
}

std::ostream& Fail(const char* file, int line) {
  static std::ostream nowhere(nullptr);
  if (++failures > kPrintedFailures) return nowhere;
  return std::cout << "\n  " << file << ':' << line << ": ";
}

}  // namespace holdfast::test

// <program> [part of a title]: the last line counts, for scripts/test-native.mjs.
int main(int argc, char** argv) {
  int passed = 0;
  int failed = 0;
  for (const auto& test : holdfast::test::Tests()) {
    if (argc > 1 && std::strstr(test.title, argv[1]) == nullptr) continue;
    ++(holdfast::test::Run(test) ? passed : failed);
  }
  std::cout << passed << " passed, " << failed << " failed" << std::endl;
  return failed == 0 ? 0 : 1;
}
