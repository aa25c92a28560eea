#ifndef HOLDFAST_RESOURCES_SECRET_MEMORY_H_
#define HOLDFAST_RESOURCES_SECRET_MEMORY_H_

#include <cstddef>

#include "core/resource_kind.h"
#include "core/system_failure.h"
#include "resources/guarded_pages.h"
#include "resources/memory.h"
#include "resources/secret_pool.h"

namespace holdfast {

// The pages of one secret. The contents end where the pages end, so that the first byte past them is in
// the guard:
//
//   | guard | unused, zeros | contents | guard |
//
// So they are aligned to the largest power of two that divides their length (up to a page), and to no more.
struct SecretMemory : ForeignMemory {
  SecretPool* pool;
  GuardedPages pages;
  Access access = Access::kNone;
  bool written = false;  // perhaps, since the last wipe

  std::byte* Contents(size_t byte_length) const { return pages.start + pages.size - byte_length; }

  [[nodiscard]] SystemFailure Allow(Access wanted) noexcept;
  // False: the system does not let us write there any more.
  [[nodiscard]] bool Wipe() noexcept;

  // Calls body() with at least that access, and leaves it as it was.
  template <typename Body>
  [[nodiscard]] SystemFailure While(Access wanted, Body body) noexcept {
    const Access before = access;
    if (before < wanted) {
      if (const SystemFailure failure = Allow(wanted)) return failure;
    }
    body();
    return Allow(before);
  }
};

// Takes as long for equal bytes as for different ones.
bool EqualInConstantTime(const std::byte* one, const std::byte* other, size_t length) noexcept;

// Secrets have no slow release: their pages go back to the pool of their thread.
extern const ResourcePolicy kSecretPolicy;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_SECRET_MEMORY_H_
