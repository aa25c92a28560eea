#include "core/handle_id.h"

#include <cmath>
#include <limits>
#include <random>

#include "harness.h"

namespace holdfast {

namespace {

constexpr double kTooLarge = 9007199254740992.0;  // 2 ** 53

bool IsNone(double number) {
  const HandleId id = HandleId::FromNumber(number);
  return id.is_none() && id == HandleId();
}

}  // namespace

TEST("an id survives the way through a JavaScript number") {
  for (const uint32_t index : {0u, 1u, 1023u, 1024u, 0x7FFFFFFFu, 0x80000000u, UINT32_MAX}) {
    for (const uint32_t generation : {1u, 2u, 1000u, HandleId::kLastGeneration}) {
      const HandleId id = HandleId::FromNumber(HandleId(index, generation).ToNumber());
      CHECK_EQUAL(id.index(), index);
      CHECK_EQUAL(id.generation(), generation);
      CHECK(id == HandleId(index, generation));
    }
  }
}

TEST("a million random ids survive it, each as a number of its own") {
  std::mt19937 random(20);
  for (int round = 0; round < 1'000'000; ++round) {
    const auto index = static_cast<uint32_t>(random());
    const auto generation = 1 + static_cast<uint32_t>(random()) % HandleId::kLastGeneration;
    const double number = HandleId(index, generation).ToNumber();
    CHECK(number == std::trunc(number) && number < kTooLarge);
    CHECK(HandleId::FromNumber(number) == HandleId(index, generation));
    CHECK(HandleId::FromNumber(number + 1) != HandleId(index, generation));
  }
}

TEST("no id is the number 0, and the number 0 is no id") {
  CHECK(HandleId().is_none());
  CHECK_EQUAL(HandleId().ToNumber(), 0.0);
  CHECK(IsNone(0));
  CHECK(IsNone(-0.0));
}

TEST("generation 0 is none, whatever the index") {
  CHECK(HandleId(0, 0).is_none());
  CHECK(HandleId(17, 0).is_none());
  CHECK(HandleId::FromNumber(UINT32_MAX).is_none());
  CHECK(!HandleId::FromNumber(double{UINT32_MAX} + 1).is_none());
}

TEST("what is no whole number from 0 to 2 ** 53 - 1 is none") {
  CHECK(IsNone(std::numeric_limits<double>::quiet_NaN()));
  CHECK(IsNone(-std::numeric_limits<double>::quiet_NaN()));
  CHECK(IsNone(std::numeric_limits<double>::infinity()));
  CHECK(IsNone(-std::numeric_limits<double>::infinity()));
  CHECK(IsNone(-1));
  CHECK(IsNone(-HandleId(5, 5).ToNumber()));
  CHECK(IsNone(HandleId(5, 5).ToNumber() + 0.5));
  CHECK(IsNone(std::numeric_limits<double>::denorm_min()));
  CHECK(IsNone(kTooLarge));
  CHECK(IsNone(kTooLarge * 2));
  CHECK(IsNone(18446744073709551616.0 + HandleId(5, 5).ToNumber()));
  CHECK(IsNone(std::numeric_limits<double>::max()));
}

TEST("the largest id is the largest safe integer") {
  CHECK_EQUAL(HandleId(UINT32_MAX, HandleId::kLastGeneration).ToNumber(), kTooLarge - 1);
}

TEST("an id is a constant expression, so its layout costs nothing at run time") {
  static_assert(HandleId::FromNumber(HandleId(7, 9).ToNumber()) == HandleId(7, 9));
  static_assert(sizeof(HandleId) == sizeof(uint64_t));
}

}  // namespace holdfast
