#ifndef HOLDFAST_TEST_NATIVE_HARNESS_H_
#define HOLDFAST_TEST_NATIVE_HARNESS_H_

#include <iostream>
#include <type_traits>

// A test harness of the size of this project's needs, because a fresh clone has a C++ compiler and no
// test library. One program for each *_test.cc; harness.cc holds its main().
//
//   TEST("an id kept past its close finds nothing") { ... }
//
// The title is a promise to the callers of the code under test.
namespace holdfast::test {

struct TestCase {
  const char* title;
  void (*body)();
};

bool Register(TestCase test);
// Tells of a check that did not hold; the first few of each test are printed.
std::ostream& Fail(const char* file, int line);

template <typename Value>
void Print(std::ostream& out, const Value& value) {
  if constexpr (std::is_enum_v<Value>) {
    out << static_cast<long long>(value);
  } else {
    out << value;
  }
}

template <typename Actual, typename Expected>
bool CheckEqual(const Actual& actual, const Expected& expected, const char* text, const char* file,
                int line) {
  if (actual == expected) return true;
  std::ostream& out = Fail(file, line);
  out << text << " is ";
  Print(out, actual);
  out << ", expected ";
  Print(out, expected);
  out << '\n';
  return false;
}

}  // namespace holdfast::test

#define HOLDFAST_JOIN_(a, b) a##b
#define HOLDFAST_JOIN(a, b) HOLDFAST_JOIN_(a, b)

#define TEST(title)                                                        \
  static void HOLDFAST_JOIN(Test, __LINE__)();                             \
  [[maybe_unused]] static const bool HOLDFAST_JOIN(registered, __LINE__) = \
      holdfast::test::Register({(title), HOLDFAST_JOIN(Test, __LINE__)});  \
  static void HOLDFAST_JOIN(Test, __LINE__)()

// The test goes on after a CHECK that fails, and ends at a REQUIRE that fails: for what the lines below
// it cannot do without.
#define CHECK(condition) \
  ((condition) ? void() : void(holdfast::test::Fail(__FILE__, __LINE__) << #condition << " is false\n"))
#define CHECK_EQUAL(actual, expected) \
  holdfast::test::CheckEqual((actual), (expected), #actual, __FILE__, __LINE__)
#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      holdfast::test::Fail(__FILE__, __LINE__) << #condition << " is false\n"; \
      return;                                                                  \
    }                                                                          \
  } while (false)

#endif  // HOLDFAST_TEST_NATIVE_HARNESS_H_
