#include <algorithm>
#include <iostream>
#include <random>

#include "handle_table_model.h"
#include "harness.h"

namespace holdfast::test {

namespace {

constexpr uint32_t kSeed = 20251121;
constexpr int kOperations = 100'000;
}  // namespace

TEST("100,000 random operations leave every counter as a simple model has it, after each of them") {
  std::cout << "(seed " << kSeed << ") ";
  std::mt19937 random(kSeed);
  Comparison comparison([&](uint32_t limit) { return static_cast<uint32_t>(random()) % limit; });
  size_t most = 0;
  for (int operation = 0; operation < kOperations; ++operation) {
    comparison.Step();
    most = std::max(most, comparison.live());
  }
  comparison.Finish();
  // Else the test has lost its force: several chunks are to be in use.
  CHECK(most > 3 * 1024);
  CHECK(comparison.opened() > 20'000);
  CHECK(comparison.reopened() > 1'000);
}

}  // namespace holdfast::test
