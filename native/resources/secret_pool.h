#ifndef HOLDFAST_RESOURCES_SECRET_POOL_H_
#define HOLDFAST_RESOURCES_SECRET_POOL_H_

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/system_failure.h"
#include "resources/guarded_pages.h"

namespace holdfast {

struct SecretMemory;

// Guarded pages of one thread, and some that wait for the next secret, wiped and without access: mapping
// and locking takes many times longer than anything else that is done to a secret.
class SecretPool {
 public:
  SecretPool() = default;
  ~SecretPool() { TrimAll(); }
  SecretPool(const SecretPool&) = delete;
  SecretPool& operator=(const SecretPool&) = delete;

  // Zeroed memory for a secret, without access. nullptr and a failure: the system refused; nullptr without
  // one: there was no memory to remember it.
  SecretMemory* Take(size_t byte_length, SystemFailure& failure) noexcept;
  // Wipes it and takes it back. Returns the error of the system, or 0. On the thread of the pool only.
  int Return(SecretMemory* secret) noexcept;

  // Gives those back to the system that no secret took since the last call, or all of them.
  void TrimUnused() noexcept;
  void TrimAll() noexcept;

  size_t kept() const { return kept_; }

 private:
  struct Kept {
    SecretMemory* secret;
    bool unused;  // since the last TrimUnused
  };

  SecretMemory* Map(size_t size, SystemFailure& failure) noexcept;
  SecretMemory* TakeKept(size_t size) noexcept;
  bool Keep(SecretMemory* secret) noexcept;
  SecretMemory* Remove(size_t index) noexcept;

  static constexpr size_t kMostBytes = size_t{64} << 10;
  // Locked pages are few, and the pools of all threads share them.
  static constexpr size_t kShareOfLocked = 16;

  std::array<Kept, 16> cache_{};
  size_t kept_ = 0;
  size_t kept_bytes_ = 0;
  size_t budget_ = std::min(kMostBytes, LockLimit() / kShareOfLocked);
};

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_SECRET_POOL_H_
