#ifndef HOLDFAST_CORE_HANDLE_ID_H_
#define HOLDFAST_CORE_HANDLE_ID_H_

#include <cstdint>

namespace holdfast {

// The number JavaScript holds instead of a pointer:
//
//   |  generation (21 bits)  |  slot index (32 bits)  |
//
// 53 bits, so every id is exact in a double and needs no BigInt. The generation of a slot grows with
// each close; an id kept past its close therefore finds nothing instead of a stranger's resource.
// Generation 0 is never issued: the id 0 means "none".
class HandleId {
 public:
  static constexpr int kIndexBits = 32;
  static constexpr int kGenerationBits = 21;
  static constexpr uint32_t kLastGeneration = (uint32_t{1} << kGenerationBits) - 1;
  static_assert(kIndexBits + kGenerationBits == 53, "an id has to be exact in a double");

  constexpr HandleId() = default;
  constexpr HandleId(uint32_t index, uint32_t generation)
      : bits_((uint64_t{generation} << kIndexBits) | index) {}

  // Any double is accepted: what is no id (NaN, a fraction, out of range) becomes the id "none".
  static constexpr HandleId FromNumber(double number) {
    if (!(number >= 0 && number < 9007199254740992.0)) return {};
    // Signed: the processor converts that in one instruction.
    const auto bits = static_cast<int64_t>(number);
    if (static_cast<double>(bits) != number) return {};
    return HandleId(static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> kIndexBits));
  }

  constexpr double ToNumber() const { return static_cast<double>(static_cast<int64_t>(bits_)); }
  constexpr uint32_t index() const { return static_cast<uint32_t>(bits_); }
  constexpr uint32_t generation() const { return static_cast<uint32_t>(bits_ >> kIndexBits); }
  constexpr bool is_none() const { return generation() == 0; }
  constexpr bool operator==(const HandleId&) const = default;

 private:
  uint64_t bits_ = 0;
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_HANDLE_ID_H_
