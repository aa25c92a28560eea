#include "resources/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "faults/faults.h"
#include "fixtures.h"
#include "harness.h"

namespace holdfast::test {

namespace {

bool IsOpen(int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; }

// Open for reading and writing, and gone after the test.
struct Digits {
  std::string path = "/tmp/holdfast-file-XXXXXX";
  int descriptor = mkstemp(path.data());

  Digits() { CHECK_EQUAL(write(descriptor, "0123456789", 10), 10); }
  ~Digits() {
    close(descriptor);
    unlink(path.c_str());
  }
  Digits(const Digits&) = delete;
  Digits& operator=(const Digits&) = delete;

  std::string Contents() const {
    std::array<char, 64> text{};
    const ssize_t length = pread(descriptor, text.data(), text.size(), 0);
    return {text.data(), static_cast<size_t>(length)};
  }
};

// Memory to move, with the request for it.
struct Moving {
  std::array<char, 8> text{};

  explicit Moving(std::string_view contents = {}) { contents.copy(text.data(), text.size()); }
  FileTransfer With(int descriptor, int64_t position = kCurrentPosition) {
    return {.descriptor = descriptor,
            .bytes = reinterpret_cast<std::byte*>(text.data()),
            .length = text.size(),
            .position = position};
  }
  std::string_view First(size_t length) const { return {text.data(), length}; }
};

// Two ends of a pipe that do not block.
struct Pipe {
  std::array<int, 2> ends{};

  Pipe() {
    CHECK_EQUAL(pipe(ends.data()), 0);
    for (const int end : ends) fcntl(end, F_SETFL, O_NONBLOCK);
  }
  ~Pipe() {
    for (const int end : ends) close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
};

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
  faults::Arm(faults::Mode::kFromThen, 1);
  CHECK(test.table.Defer(handle.id) == nullptr);
  faults::Disarm();
  CHECK(IsOpen(test.Descriptor(handle)));
  test.table.Close(handle.id, CloseReason::kDisposed);
}

TEST("a file is read from a position, or from the current one, which moves on") {
  const Digits file;
  Moving moving;
  CHECK_EQUAL(ReadFile(moving.With(file.descriptor, 1)).length, 8U);
  CHECK_EQUAL(moving.First(8), "12345678");
  CHECK_EQUAL(lseek(file.descriptor, 0, SEEK_CUR), 10);
  lseek(file.descriptor, 4, SEEK_SET);
  const Transferred last = ReadFile(moving.With(file.descriptor));
  CHECK_EQUAL(last.length, 6U);
  CHECK_EQUAL(moving.First(6), "456789");
  const Transferred end = ReadFile(moving.With(file.descriptor));
  CHECK(!end.failure);
  CHECK_EQUAL(end.length, 0U);
}

TEST("a file is written at a position, or at the current one, which moves on") {
  const Digits file;
  Moving moving("abcdefgh");
  CHECK_EQUAL(WriteFile(moving.With(file.descriptor, 1)).length, 8U);
  CHECK_EQUAL(file.Contents(), "0abcdefgh9");
  CHECK_EQUAL(WriteFile(moving.With(file.descriptor)).length, 8U);
  CHECK_EQUAL(file.Contents(), "0abcdefgh9abcdefgh");
  CHECK(!SyncFile({.descriptor = file.descriptor}).failure);
}

TEST("less than was asked for is no failure, and neither is going on waited for") {
  const Pipe pipe;
  Moving moving("abcdefgh");
  CHECK_EQUAL(write(pipe.ends[1], "xyz", 3), 3);
  CHECK_EQUAL(ReadFile(moving.With(pipe.ends[0])).length, 3U);
  CHECK_EQUAL(moving.First(8), "xyzdefgh");
  CHECK_EQUAL(ReadFile(moving.With(pipe.ends[0])).failure.error, EAGAIN);
  while (!WriteFile(moving.With(pipe.ends[1])).failure) {
  }
  const SystemFailure full = WriteFile(moving.With(pipe.ends[1])).failure;
  CHECK_EQUAL(full.error, EAGAIN);
  CHECK_EQUAL(std::string_view(full.syscall), "write");
}

TEST("what the system refuses is told, with what was called") {
  Moving moving;
  const OpenedFile folder = OpenFile("/", O_RDONLY, 0);
  const SystemFailure read = ReadFile(moving.With(folder.descriptor, 0)).failure;
  CHECK_EQUAL(read.error, EISDIR);
  CHECK_EQUAL(std::string_view(read.syscall), "read");
  CHECK_EQUAL(WriteFile(moving.With(folder.descriptor, 0)).failure.error, EBADF);
  CloseFile(folder.descriptor);
  const SystemFailure sync = SyncFile({.descriptor = folder.descriptor}).failure;
  CHECK_EQUAL(sync.error, EBADF);
  CHECK_EQUAL(std::string_view(sync.syscall), "fsync");
}

TEST("what a signal interrupts is tried again") {
  const Digits file;
  Moving moving;
  const auto interrupted = [](auto call) {
    faults::Arm(faults::Mode::kInterrupted, 1);
    const Transferred result = call();
    CHECK_EQUAL(faults::Disarm(), 2);
    CHECK(!result.failure);
    return result.length;
  };
  for (const int64_t position : {int64_t{0}, kCurrentPosition}) {
    lseek(file.descriptor, 0, SEEK_SET);
    CHECK_EQUAL(interrupted([&] { return ReadFile(moving.With(file.descriptor, position)); }), 8U);
    CHECK_EQUAL(interrupted([&] { return WriteFile(moving.With(file.descriptor, position)); }), 8U);
  }
  interrupted([&] { return SyncFile({.descriptor = file.descriptor}); });
}

TEST("the process knows how many descriptors it may have") { CHECK(DescriptorLimit() > 2); }

}  // namespace holdfast::test
