#include "resources/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "faults/faults.h"
#include "harness.h"
#include "processes.h"
#include "resources/pages.h"

namespace holdfast::test {

namespace {

// One that no other run has.
SegmentName Name() {
  SegmentName name{};
  const std::string text = "/holdfast-test-" + std::to_string(getpid());
  std::copy(text.begin(), text.end(), name.begin());
  return name;
}

struct Segment {
  SharedSegment* segment;
  SystemFailure failure;

  explicit Segment(const SegmentName& name) : segment(NewSharedSegment(name)) {}
  ~Segment() { Free(); }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  int Free() {
    if (segment == nullptr) return 0;
    SharedSegment* freed = segment;
    segment = nullptr;
    return freed->free(freed);
  }
  SharedSegment* operator->() const { return segment; }
};

struct Created : Segment {
  Created(const SegmentName& name, size_t byte_length, bool replace = false) : Segment(name) {
    failure = CreateSegment(*segment, byte_length, replace);
  }
};

struct Opened : Segment {
  explicit Opened(const SegmentName& name) : Segment(name) {
    Descriptor file;
    uint64_t size = 0;
    failure = OpenSegment(name, file, size);
    if (!failure) failure = MapSegment(file, size, *segment);
  }
};

bool Exists(const SegmentName& name) {
  Descriptor file;
  uint64_t size = 0;
  return !OpenSegment(name, file, size);
}

}  // namespace

TEST("what one writes the other reads, and the owner removes the name") {
  const SegmentName name = Name();
  Created created(name, 5000);
  REQUIRE(!created.failure);
  Opened opened(name);
  REQUIRE(!opened.failure);
  CHECK_EQUAL(opened->byte_length, 5000U);
  CHECK_EQUAL(static_cast<int>(opened->data[4999]), 0);
  created->data[7] = std::byte{9};
  CHECK_EQUAL(static_cast<int>(opened->data[7]), 9);
  CHECK_EQUAL(opened.Free(), 0);
  CHECK(Exists(name));
  CHECK_EQUAL(created.Free(), 0);
  CHECK(!Exists(name));
}

TEST("a name is given once, unless it is replaced; then the old segment stays with its maps") {
  const SegmentName name = Name();
  Created old(name, 100);
  old->data[0] = std::byte{1};
  CHECK_EQUAL(Created(name, 100).failure.error, EEXIST);
  CHECK(Exists(name));  // refusing has removed nothing
  Created replacement(name, 200, true);
  REQUIRE(!replacement.failure);
  CHECK_EQUAL(static_cast<int>(replacement->data[0]), 0);
  CHECK_EQUAL(static_cast<int>(old->data[0]), 1);
  CHECK_EQUAL(old.Free(), 0);
  CHECK(Exists(name));  // it was not the old owner's any more
  CHECK_EQUAL(Opened(name)->byte_length, 200U);
  replacement.Free();
  CHECK(!Exists(name));
}

TEST("replacing where there is nothing is creating") {
  const SegmentName name = Name();
  CHECK(!Created(name, 10, true).failure);
  CHECK(!Exists(name));
}

TEST("a segment of no bytes has a name and no map") {
  const SegmentName name = Name();
  const Created created(name, 0);
  CHECK(!created.failure);
  CHECK(created->pages == nullptr);
  const Opened opened(name);
  CHECK(!opened.failure);
  CHECK_EQUAL(opened->byte_length, 0U);
}

TEST("a name can be left behind, and be removed by anybody") {
  const SegmentName name = Name();
  Created created(name, 10);
  LeaveName(*created.segment);
  created.Free();
  CHECK(Exists(name));
  CHECK(!UnlinkSegment(name));
  CHECK_EQUAL(UnlinkSegment(name).error, ENOENT);
}

TEST("an owner whose name is gone already closes without an error") {
  const SegmentName name = Name();
  Created created(name, 10);
  CHECK(!UnlinkSegment(name));
  CHECK_EQUAL(created.Free(), 0);
}

TEST("the owner needs no descriptor to remove its name") {
  const int outcome = InChild([] {
    const SegmentName name = Name();
    Created created(name, 10);
    while (dup(0) >= 0) {
    }
    if (created.Free() != 0) return 1;
    return UnlinkSegment(name).error == ENOENT ? 0 : 2;
  });
  CHECK_EQUAL(outcome, 0);
}

TEST("the name goes with the process, and not with one that was forked from it") {
  const SegmentName name = Name();
  const pid_t child = fork();
  if (child == 0) {
    static SharedSegment* segment = NewSharedSegment(name);
    if (CreateSegment(*segment, 10, false)) std::_Exit(1);
    const pid_t grandchild = fork();
    if (grandchild == 0) std::exit(0);
    Outcome(grandchild);
    if (!Exists(name)) std::_Exit(2);
    std::exit(0);
  }
  CHECK_EQUAL(Outcome(child), 0);
  CHECK(!Exists(name));
}

TEST("a killed owner leaves the name, which can be taken over") {
  const SegmentName name = Name();
  const int outcome = InChild([&] {
    auto* segment = NewSharedSegment(name);
    if (!CreateSegment(*segment, 10, false)) raise(SIGKILL);
    return 1;
  });
  CHECK_EQUAL(outcome, -SIGKILL);
  CHECK(Exists(name));
  CHECK(!Created(name, 10, true).failure);
  CHECK(!Exists(name));
}

TEST("more than there is room for is refused at once, and leaves no name") {
  const SegmentName name = Name();
  Created created(name, size_t{1} << 50);
  CHECK(created.failure.error == ENOSPC || created.failure.error == EFBIG || created.failure.error == EINVAL);
  CHECK_EQUAL(created.Free(), 0);
  CHECK(!Exists(name));
}

TEST("a segment that somebody makes shorter reads as zeros") {
  const SegmentName name = Name();
  Created created(name, 2 * PageSize());
  const Opened opened(name);
  const Descriptor file(shm_open(name.data(), O_RDWR, 0));
  created->data[PageSize()] = std::byte{1};
  CHECK(ftruncate(file.get(), 1) == 0);
  CHECK_EQUAL(static_cast<int>(*const_cast<volatile std::byte*>(opened->data + PageSize())), 0);
  CHECK(HasLostPages(*opened.segment));
}

TEST("whatever is refused while a segment is made, nothing of it is left") {
  const SegmentName name = Name();
  for (long refused = 1;; ++refused) {
    faults::Arm(faults::Mode::kFromThen, refused);
    SharedSegment* segment = NewSharedSegment(name);
    const bool made = segment != nullptr && !CreateSegment(*segment, 10, false);
    faults::Disarm();
    if (segment != nullptr) segment->free(segment);
    CHECK(!Exists(name));
    if (made) break;
    CHECK(refused < 20);
  }
}

}  // namespace holdfast::test
