#include "core/native_limit.h"

#include <cstddef>
#include <new>

namespace holdfast {

NativeLimit& NativeLimit::OfProcess() noexcept {
  // Never destroyed, as the ledger.
  alignas(NativeLimit) static std::byte storage[sizeof(NativeLimit)];
  static NativeLimit& limit = *new (storage) NativeLimit(Ledger::OfProcess());
  return limit;
}

void NativeLimit::Set(double bytes) noexcept {
  std::lock_guard lock(mutex_);
  bytes_.store(bytes, std::memory_order_relaxed);
}

bool NativeLimit::Reserve(double bytes) noexcept {
  std::lock_guard lock(mutex_);
  if (ledger_.LiveBytes() + reserved_ + bytes > this->bytes()) return false;
  reserved_ += bytes;
  return true;
}

void NativeLimit::Return(double bytes) noexcept {
  std::lock_guard lock(mutex_);
  reserved_ -= bytes;
}

}  // namespace holdfast
