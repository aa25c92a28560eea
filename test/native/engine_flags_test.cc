#include "core/engine_flags.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "harness.h"

namespace holdfast::test {

namespace {

constexpr int kFirst = 1;
constexpr int kSecond = 2;

}  // namespace

TEST("one thread at a time has the flags of the engine, and the next gets them when it gives them back") {
  REQUIRE(LockEngineFlags(&kFirst));
  std::atomic<bool> taken{false};
  std::thread other([&] {
    CHECK(LockEngineFlags(&kSecond));
    taken = true;
    UnlockEngineFlags(&kSecond);
  });
  CHECK(!taken.load());
  UnlockEngineFlags(&kFirst);
  other.join();
  CHECK(taken.load());
}

TEST("one that has the flags has them at once when it asks again, and gives them back once") {
  REQUIRE(LockEngineFlags(&kFirst));
  const auto started = std::chrono::steady_clock::now();
  CHECK(LockEngineFlags(&kFirst));
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(1));
  UnlockEngineFlags(&kFirst);
  CHECK(LockEngineFlags(&kSecond));
  UnlockEngineFlags(&kSecond);
}

TEST("who waits for one that never finishes is told so, after a second") {
  REQUIRE(LockEngineFlags(&kFirst));
  const auto started = std::chrono::steady_clock::now();
  CHECK(!LockEngineFlags(&kSecond));
  CHECK(std::chrono::steady_clock::now() - started >= std::chrono::seconds(1));
  UnlockEngineFlags(&kFirst);
}

TEST("the flags are not given back by one that does not have them") {
  REQUIRE(LockEngineFlags(&kFirst));
  UnlockEngineFlags(&kSecond);
  CHECK(!LockEngineFlags(&kSecond));
  UnlockEngineFlags(&kFirst);
  CHECK(LockEngineFlags(&kSecond));
  UnlockEngineFlags(&kSecond);
}

}  // namespace holdfast::test
