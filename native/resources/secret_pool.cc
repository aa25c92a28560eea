#include "resources/secret_pool.h"

#include <cstdint>
#include <cstdlib>
#include <new>

#include "core/allocation.h"
#include "resources/pages.h"
#include "resources/secret_memory.h"

namespace holdfast {

namespace {

// The largest request that can be rounded and padded without overflow.
constexpr size_t kMaxRequest = SIZE_MAX / 4;

size_t RoundUpToPages(size_t size) { return (size + PageSize() - 1) & ~(PageSize() - 1); }

int ReturnToPool(ForeignMemory* self) noexcept {
  auto* secret = static_cast<SecretMemory*>(self);
  return secret->pool->Return(secret);
}

int Destroy(SecretMemory* secret) noexcept {
  const int error = UnmapGuardedPages(secret->pages);
  std::free(secret);
  return error;
}

}  // namespace

SecretMemory* SecretPool::Take(size_t byte_length, SystemFailure& failure) noexcept {
  if (byte_length > kMaxRequest) return nullptr;
  const size_t size = RoundUpToPages(std::max<size_t>(byte_length, 1));
  SecretMemory* kept = TakeKept(size);
  return kept == nullptr ? Map(size, failure) : kept;
}

SecretMemory* SecretPool::Map(size_t size, SystemFailure& failure) noexcept {
  void* record = Allocate(sizeof(SecretMemory));
  if (record == nullptr) return nullptr;
  GuardedPages pages;
  failure = MapGuardedPages(size, pages);
  if (failure) {
    std::free(record);
    return nullptr;
  }
  return new (record) SecretMemory{{.free = ReturnToPool}, this, pages};
}

int SecretPool::Return(SecretMemory* secret) noexcept {
  // What cannot be wiped goes back to the system, which shows its contents to nobody.
  return secret->Wipe() && Keep(secret) ? 0 : Destroy(secret);
}

bool SecretPool::Keep(SecretMemory* secret) noexcept {
  const size_t size = secret->pages.size;
  if (size > budget_) return false;
  // The oldest go first: the newest are the ones still in the processor's caches.
  while (kept_ == cache_.size() || kept_bytes_ + size > budget_) Destroy(Remove(0));
  cache_[kept_++] = {.secret = secret, .unused = false};
  kept_bytes_ += size;
  return true;
}

SecretMemory* SecretPool::TakeKept(size_t size) noexcept {
  for (size_t index = kept_; index-- > 0;) {
    if (cache_[index].secret->pages.size == size) return Remove(index);
  }
  return nullptr;
}

SecretMemory* SecretPool::Remove(size_t index) noexcept {
  SecretMemory* secret = cache_[index].secret;
  std::copy(cache_.data() + index + 1, cache_.data() + kept_, cache_.data() + index);
  --kept_;
  kept_bytes_ -= secret->pages.size;
  return secret;
}

void SecretPool::TrimUnused() noexcept {
  for (size_t index = kept_; index-- > 0;) {
    if (cache_[index].unused) {
      Destroy(Remove(index));
    } else {
      cache_[index].unused = true;
    }
  }
}

void SecretPool::TrimAll() noexcept {
  while (kept_ > 0) Destroy(Remove(kept_ - 1));
}

}  // namespace holdfast
