#include "core/thread_clock.h"

#include <chrono>
#include <thread>

#include "harness.h"

namespace holdfast::test {

TEST("the clock of a thread goes on while it computes, and not while another does") {
  const double before = ThreadMilliseconds();
  std::thread([&] {
    const double started = ThreadMilliseconds();
    while (ThreadMilliseconds() - started < 50) {
    }
  }).join();
  const double waited = ThreadMilliseconds() - before;
  CHECK(waited >= 0);
  CHECK(waited < 40);
  const double started = ThreadMilliseconds();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (ThreadMilliseconds() - started < 5 && std::chrono::steady_clock::now() < end) {
  }
  CHECK(ThreadMilliseconds() - started >= 5);
}

}  // namespace holdfast::test
