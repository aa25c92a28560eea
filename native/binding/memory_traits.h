#ifndef HOLDFAST_BINDING_MEMORY_TRAITS_H_
#define HOLDFAST_BINDING_MEMORY_TRAITS_H_

#include <cstddef>
#include <cstdint>

#include "core/ledger.h"

namespace holdfast {

// The traits of a buffer in one number, so that opening takes three arguments: each costs time.
//
//   | zeroed (1 bit) | log2 of the alignment (5 bits) | kind (16 bits) |
//
// lib/resources/memory-traits.ts packs them, and keeps what only JavaScript needs in the bits above.
struct MemoryTraits {
  explicit MemoryTraits(uint32_t packed)
      : kind(packed & 0xFFFF), alignment(size_t{1} << ((packed >> 16) & 31)), zeroed((packed >> 21) & 1) {}

  uint32_t kind;
  size_t alignment;
  bool zeroed;
};
static_assert(kMaxKinds <= 0x10000, "a kind has 16 bits");

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_MEMORY_TRAITS_H_
