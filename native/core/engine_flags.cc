#include "core/engine_flags.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace holdfast {

namespace {

std::atomic<const void*> holder{nullptr};

}  // namespace

bool LockEngineFlags(const void* owner) noexcept {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  const void* free = nullptr;
  while (!holder.compare_exchange_weak(free, owner)) {
    if (free == owner) return true;
    if (std::chrono::steady_clock::now() > end) return false;
    free = nullptr;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

void UnlockEngineFlags(const void* owner) noexcept {
  const void* expected = owner;
  holder.compare_exchange_strong(expected, nullptr);
}

}  // namespace holdfast
