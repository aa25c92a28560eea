#include "resources/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/allocation.h"
#include "fixtures.h"
#include "harness.h"

namespace holdfast::test {

namespace {

bool IsOpen(int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; }

struct Files : Table {
  Handle OpenNull() {
    void* owner = owners.Add();
    const OpenedFile file = OpenFile("/dev/null", O_RDONLY, 0);
    const HandleId id = table.Open({.policy = &kFilePolicy,
                                    .resource = ToResource(file.descriptor),
                                    .owner = owner,
                                    .kind = kKind,
                                    .bytes = 0});
    return {id, owner, nullptr};
  }
  int Descriptor(const Handle& handle) { return DescriptorOf(table.Find(handle.id)->resource); }
};

}  // namespace

TEST("every descriptor is a resource that is not nullptr") {
  for (const int descriptor : {0, 1, 1 << 20, INT32_MAX}) {
    CHECK(ToResource(descriptor) != nullptr);
    CHECK_EQUAL(DescriptorOf(ToResource(descriptor)), descriptor);
  }
}

TEST("a file that is opened is not inherited by other programs") {
  const OpenedFile file = OpenFile("/dev/null", O_RDWR, 0);
  REQUIRE(!file.failure);
  CHECK_EQUAL(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  CHECK_EQUAL(CloseFile(file.descriptor), 0);
  CHECK(!IsOpen(file.descriptor));
}

TEST("a file that cannot be opened says why") {
  const OpenedFile file = OpenFile("/dev/null/nothing", O_RDONLY, 0);
  CHECK_EQUAL(file.descriptor, kNoDescriptor);
  CHECK_EQUAL(file.failure.error, ENOTDIR);
}

TEST("what the system says to closing is returned, and errno is kept") {
  errno = 77;
  CHECK_EQUAL(CloseFile(1 << 20), EBADF);
  CHECK_EQUAL(errno, 77);
}

TEST("a handle closes its file when it is disposed of, and when its owner was collected") {
  Files test;
  const auto disposed = test.OpenNull();
  const int first = test.Descriptor(disposed);
  test.table.Close(disposed.id, CloseReason::kDisposed);
  CHECK(!IsOpen(first));
  const auto dropped = test.OpenNull();
  const int second = test.Descriptor(dropped);
  test.owners.Collect(dropped.owner);
  test.table.OnCollection(/*major=*/true);
  test.SweepAll();
  CHECK(!IsOpen(second));
}

TEST("a failing close can be asked for, also when it was deferred") {
  Files test;
  const auto now = test.OpenNull();
  const auto later = test.OpenNull();
  close(test.Descriptor(now));
  close(test.Descriptor(later));
  test.table.Close(now.id, CloseReason::kDisposed);
  CHECK_EQUAL(test.table.TakeReleaseError(), EBADF);
  DeferredRelease* release = test.table.Defer(later.id);
  REQUIRE(release != nullptr);
  CHECK_EQUAL(release->run(release), EBADF);
}

TEST("a deferred close leaves the file open until it is run") {
  Files test;
  const auto handle = test.OpenNull();
  const int descriptor = test.Descriptor(handle);
  DeferredRelease* release = test.table.Defer(handle.id);
  REQUIRE(release != nullptr);
  CHECK(IsOpen(descriptor));
  CHECK_EQUAL(release->run(release), 0);
  CHECK(!IsOpen(descriptor));
}

TEST("without memory to remember it a close is not deferred, and the file is still open") {
  Files test;
  const auto handle = test.OpenNull();
  FaultInjection::RefuseFrom(1);
  CHECK(test.table.Defer(handle.id) == nullptr);
  FaultInjection::Stop();
  CHECK(IsOpen(test.Descriptor(handle)));
  test.table.Close(handle.id, CloseReason::kDisposed);
}

TEST("the process knows how many descriptors it may have") { CHECK(DescriptorLimit() > 2); }

}  // namespace holdfast::test
