#include <sys/resource.h>

#include "faults/faults.h"
#include "harness.h"
#include "secret_fixtures.h"

// The pages of a secret: where they lie, who may touch them, what the system does with them.
namespace holdfast::test {

TEST("a new secret is zeroed, and touching it is a fault") {
  Secrets secrets;
  SecretMemory* secret = secrets.Take(100);
  std::byte* contents = secret->Contents(100);
  CHECK_EQUAL(SignalOfReading(contents), SIGSEGV);
  CHECK_EQUAL(SignalOfWriting(contents + 99), SIGSEGV);
  CHECK(!secret->Allow(Access::kRead));
  CHECK(Holds(contents, 100, 0));
  secrets.pool.Return(secret);
}

TEST("access is what was allowed last") {
  Secrets secrets;
  SecretMemory* secret = secrets.Take(32);
  std::byte* contents = secret->Contents(32);
  CHECK(!secret->Allow(Access::kReadAndWrite));
  contents[0] = std::byte{7};
  CHECK(!secret->Allow(Access::kRead));
  CHECK(contents[0] == std::byte{7});
  CHECK_EQUAL(SignalOfWriting(contents), SIGSEGV);
  CHECK(!secret->Allow(Access::kNone));
  CHECK_EQUAL(SignalOfReading(contents), SIGSEGV);
  CHECK(!secret->Allow(Access::kReadAndWrite));
  CHECK(contents[0] == std::byte{7});
  secrets.pool.Return(secret);
}

TEST("access for the time being ends, unless there was as much before") {
  Secrets secrets;
  SecretMemory* secret = secrets.Take(32);
  Access inside{};
  CHECK(!secret->While(Access::kRead, [&] { inside = secret->access; }));
  CHECK_EQUAL(inside, Access::kRead);
  CHECK_EQUAL(secret->access, Access::kNone);
  CHECK(!secret->Allow(Access::kReadAndWrite));
  CHECK(!secret->While(Access::kRead, [&] { inside = secret->access; }));
  CHECK_EQUAL(inside, Access::kReadAndWrite);
  CHECK_EQUAL(secret->access, Access::kReadAndWrite);
  secrets.pool.Return(secret);
}

TEST("the byte after the contents is in a guard, whatever the length, also while they are open") {
  Secrets secrets;
  const size_t page = PageSize();
  for (const size_t length :
       {size_t{0}, size_t{1}, size_t{32}, size_t{33}, page - 1, page, page + 1, 5 * page}) {
    SecretMemory* secret = secrets.Take(length);
    CHECK(!secret->Allow(Access::kReadAndWrite));
    std::byte* end = secret->Contents(length) + length;
    CHECK_EQUAL(SignalOfReading(end), SIGSEGV);
    CHECK_EQUAL(SignalOfWriting(end), SIGSEGV);
    if (length > 0) {
      CHECK_EQUAL(SignalOfWriting(end - 1), 0);
      CHECK_EQUAL(SignalOfWriting(secret->Contents(length)), 0);
    }
    secrets.pool.Return(secret);
  }
}

TEST("the byte before the pages is in a guard, also while they are open") {
  Secrets secrets;
  for (const size_t length : {size_t{1}, PageSize(), 3 * PageSize()}) {
    SecretMemory* secret = secrets.Take(length);
    CHECK(!secret->Allow(Access::kReadAndWrite));
    std::byte* start = secret->pages.start;
    CHECK_EQUAL(SignalOfReading(start - 1), SIGSEGV);
    CHECK_EQUAL(SignalOfWriting(start - 1), SIGSEGV);
    CHECK_EQUAL(SignalOfWriting(start), 0);
    secrets.pool.Return(secret);
  }
}

TEST("contents are aligned to the largest power of two that divides their length, up to a page") {
  Secrets secrets;
  for (const size_t length : {size_t{1}, size_t{6}, size_t{24}, size_t{64}, PageSize(), 2 * PageSize()}) {
    SecretMemory* secret = secrets.Take(length);
    const size_t alignment = std::min(length & (~length + 1), PageSize());
    CHECK_EQUAL(reinterpret_cast<uintptr_t>(secret->Contents(length)) % alignment, 0u);
    secrets.pool.Return(secret);
  }
}

#ifdef __linux__

TEST("the system keeps a secret locked, and out of core dumps and forked processes, open or not") {
  Secrets secrets;
  SecretMemory* secret = secrets.Take(3 * PageSize());
  for (const Access access : {Access::kNone, Access::kRead, Access::kReadAndWrite, Access::kNone}) {
    CHECK(!secret->Allow(access));
    const Mapping mapping(secret->pages.start);
    CHECK_EQUAL(mapping.Has("lo"), kLocks);
    CHECK(mapping.Has("dd"));
    CHECK(mapping.Has("wf"));
    CHECK_EQUAL(mapping.permissions.substr(0, 2),
                access == Access::kNone ? "--" : (access == Access::kRead ? "r-" : "rw"));
  }
  CHECK_EQUAL(Mapping(secret->pages.start - 1).permissions.substr(0, 3), "---");
  CHECK_EQUAL(Mapping(secret->pages.start + secret->pages.size).permissions.substr(0, 3), "---");
  secrets.pool.Return(secret);
}

TEST("a forked process finds zeros in place of a secret, open or not") {
  Secrets secrets;
  SecretMemory* secret = secrets.Take(32);
  std::byte* contents = secret->Contents(32);
  CHECK(!secret->While(Access::kReadAndWrite, [&] { std::memset(contents, 9, 32); }));
  CHECK(HoldsInFork([&] { return !secret->Allow(Access::kRead) && Holds(contents, 32, 0); }));
  CHECK(!secret->Allow(Access::kReadAndWrite));
  CHECK(HoldsInFork([&] { return Holds(contents, 32, 0); }));
  CHECK(Holds(contents, 32, 9));
  secrets.pool.Return(secret);
}

TEST("where the process may lock no memory, the failure says so, and nothing is left mapped") {
  CHECK(HoldsInFork([] {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    // Root may lock what it likes.
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && seteuid(65534) != 0)) return false;
    SecretPool pool;
    SystemFailure failure;
    const size_t before = Mappings();
    SecretMemory* secret = pool.Take(32, failure);
    const bool told = (failure.error == EPERM || failure.error == ENOMEM) && failure.syscall != nullptr &&
                      std::string(failure.syscall) == "mlock";
    return (secret == nullptr && told && Mappings() == before) || !kLocks;
  }));
}

#endif

TEST("whichever step of making one is refused, that is told, and nothing is left behind") {
  SystemFailure failure;
  int steps = 0;
  for (int request = 1; request < 100; ++request) {
    SecretPool pool;
    const size_t before = Mappings();
    failure = {};
    faults::Arm(faults::Mode::kFromThen, request);
    SecretMemory* secret = pool.Take(3 * PageSize(), failure);
    faults::Disarm();
    if (secret != nullptr) {
      pool.Return(secret);
      break;
    }
    ++steps;
    // The first request is for the record, which is no matter of the system.
    CHECK_EQUAL(static_cast<bool>(failure), request > 1);
    if (request > 1) CHECK_EQUAL(failure.error, ENOMEM);
    CHECK_EQUAL(Mappings(), before);
  }
  CHECK(steps >= 5);
  CHECK(steps < 99);
}

TEST("a request larger than any memory is refused") {
  SecretPool pool;
  SystemFailure failure;
  CHECK(pool.Take(SIZE_MAX, failure) == nullptr);
  CHECK(!failure);
  CHECK(pool.Take(size_t{1} << 46, failure) == nullptr);
  CHECK(failure);
}

TEST("comparing finds every single difference") {
  std::array<std::byte, 100> one{};
  std::array<std::byte, 100> other{};
  CHECK(EqualInConstantTime(one.data(), other.data(), 100));
  CHECK(EqualInConstantTime(one.data(), other.data(), 0));
  for (size_t index = 0; index < one.size(); ++index) {
    other[index] = std::byte{0x80};
    CHECK(!EqualInConstantTime(one.data(), other.data(), 100));
    CHECK(EqualInConstantTime(one.data(), other.data(), index));
    other[index] = std::byte{0};
  }
}

}  // namespace holdfast::test
