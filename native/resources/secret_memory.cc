#include "resources/secret_memory.h"

namespace holdfast {

SystemFailure SecretMemory::Allow(Access wanted) noexcept {
  if (access == wanted) return {};
  const SystemFailure failure = ProtectPages(pages, wanted);
  if (failure) return failure;
  access = wanted;
  if (wanted == Access::kReadAndWrite) written = true;
  return {};
}

bool SecretMemory::Wipe() noexcept {
  if (written) {
    if (Allow(Access::kReadAndWrite)) return false;
    WipeMemory(pages.start, pages.size);
  }
  if (Allow(Access::kNone)) return false;
  written = false;
  return true;
}

// Through volatile: a compiler that sees the whole loop may find out when the answer is known.
bool EqualInConstantTime(const std::byte* one, const std::byte* other, size_t length) noexcept {
  const volatile std::byte* left = one;
  const volatile std::byte* right = other;
  std::byte difference{0};
  for (size_t index = 0; index < length; ++index) difference |= left[index] ^ right[index];
  return difference == std::byte{0};
}

const ResourcePolicy kSecretPolicy{.release = [](void* resource, CloseReason) noexcept -> Released {
  auto* block = static_cast<MemoryBlock*>(resource);
  return block->heap->Close(block);
}};

}  // namespace holdfast
