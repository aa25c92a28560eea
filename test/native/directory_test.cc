#include "resources/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "faults/faults.h"
#include "harness.h"

namespace holdfast::test {

namespace {

// A directory on the disk that goes with the test.
struct Folder {
  std::string path = "/tmp/holdfast-directory-XXXXXX";
  std::set<std::string> names;

  Folder() { CHECK(mkdtemp(path.data()) != nullptr); }
  ~Folder() {
    for (const std::string& name : names) {
      const std::string inside = path + "/" + name;
      if (unlink(inside.c_str()) != 0) rmdir(inside.c_str());
    }
    rmdir(path.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string Inside(const std::string& name) {
    names.insert(name);
    return path + "/" + name;
  }
  void AddFile(const std::string& name) { close(open(Inside(name).c_str(), O_CREAT | O_WRONLY, 0600)); }
};

bool IsOpen(int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; }

std::string_view TextOf(const DirectoryBatch& batch) { return {batch.text.data(), batch.length}; }

// Adds the entries of a batch, and says how many there are.
size_t Split(const DirectoryBatch& batch, std::multiset<std::string>& entries) {
  size_t count = 0;
  std::string_view text = TextOf(batch);
  while (!text.empty()) {
    const size_t end = std::min(text.find('/'), text.size());
    entries.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++count;
  }
  return count;
}

}  // namespace

TEST("a directory is read with the kinds of what it contains, without itself and its parent") {
  Folder folder;
  folder.AddFile("file");
  mkdir(folder.Inside("directory").c_str(), 0700);
  CHECK(symlink("nowhere", folder.Inside("link").c_str()) == 0);
  mkfifo(folder.Inside("pipe").c_str(), 0600);
  SystemFailure failure;
  Directory* directory = Directory::Open(folder.path.c_str(), failure);
  REQUIRE(directory != nullptr);
  DirectoryBatch batch;
  CHECK(!directory->Read(batch));
  std::multiset<std::string> entries;
  Split(batch, entries);
  CHECK((entries == std::multiset<std::string>{"ffile", "ddirectory", "llink", "opipe"}));
  DirectoryBatch end;
  CHECK(!directory->Read(end));
  CHECK_EQUAL(end.length, 0U);
  CHECK_EQUAL(directory->Drop(), 0);
}

TEST("a large directory comes in batches, each entry once, also those with the longest names") {
  Folder folder;
  std::multiset<std::string> expected;
  for (int index = 0; index < 700; ++index) {
    std::string name = std::to_string(index);
    if (index % 2 == 0) name.append(255 - name.size(), 'x');
    folder.AddFile(name);
    expected.insert("f" + name);
  }
  SystemFailure failure;
  Directory* directory = Directory::Open(folder.path.c_str(), failure);
  REQUIRE(directory != nullptr);
  std::multiset<std::string> entries;
  for (;;) {
    DirectoryBatch batch;
    CHECK(!directory->Read(batch));
    const size_t count = Split(batch, entries);
    CHECK(count <= DirectoryBatch::kMaxEntries);
    if (count == 0) break;
  }
  CHECK(entries == expected);
  directory->Drop();
}

TEST("where the directory does not say what an entry is, the system is asked, and links are not followed") {
  Folder folder;
  folder.AddFile("file");
  mkdir(folder.Inside("directory").c_str(), 0700);
  CHECK(symlink("file", folder.Inside("link").c_str()) == 0);
  mkfifo(folder.Inside("pipe").c_str(), 0600);
  const int descriptor = open(folder.path.c_str(), O_RDONLY | O_DIRECTORY);
  CHECK_EQUAL(KindOfEntry(descriptor, "file", DT_UNKNOWN), EntryKind::kFile);
  CHECK_EQUAL(KindOfEntry(descriptor, "directory", DT_UNKNOWN), EntryKind::kDirectory);
  CHECK_EQUAL(KindOfEntry(descriptor, "link", DT_UNKNOWN), EntryKind::kSymlink);
  CHECK_EQUAL(KindOfEntry(descriptor, "pipe", DT_UNKNOWN), EntryKind::kOther);
  CHECK_EQUAL(KindOfEntry(descriptor, "gone", DT_UNKNOWN), EntryKind::kOther);
  close(descriptor);
}

TEST("what is no directory is refused, and says why") {
  SystemFailure failure;
  CHECK(Directory::Open("/dev/null", failure) == nullptr);
  CHECK_EQUAL(failure.error, ENOTDIR);
  CHECK_EQUAL(std::string_view(failure.syscall), "opendir");
}

TEST("it is not inherited by other programs") {
  SystemFailure failure;
  Directory* directory = Directory::Open("/", failure);
  REQUIRE(directory != nullptr);
  CHECK_EQUAL(fcntl(directory->descriptor(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  directory->Drop();
}

TEST("an error comes after the entries that were read before it, once") {
  Folder folder;
  folder.AddFile("file");
  SystemFailure failure;
  Directory* directory = Directory::Open(folder.path.c_str(), failure);
  REQUIRE(directory != nullptr);
  close(directory->descriptor());
  DirectoryBatch batch;
  CHECK_EQUAL(directory->Read(batch).error, EBADF);
  CHECK_EQUAL(batch.length, 0U);
  CHECK_EQUAL(directory->Drop(), EBADF);
}

TEST("it stays open until its last holder drops it, on whichever thread") {
  SystemFailure failure;
  Directory* directory = Directory::Open("/", failure);
  REQUIRE(directory != nullptr);
  const int descriptor = directory->descriptor();
  directory->Hold();
  DeferredRelease* release = directory->DeferDrop();
  std::thread([&] { CHECK_EQUAL(release->run(release), 0); }).join();
  CHECK(IsOpen(descriptor));
  DirectoryBatch batch;
  CHECK(!directory->Read(batch));
  CHECK_EQUAL(directory->Drop(), 0);
  CHECK(!IsOpen(descriptor));
}

TEST("refused at any step, it leaves no descriptor behind") {
  const int probe = dup(0);
  close(probe);
  for (long request = 1;; ++request) {
    SystemFailure failure;
    faults::Arm(faults::Mode::kFromThen, request);
    Directory* directory = Directory::Open("/", failure);
    faults::Disarm();
    if (directory != nullptr) {
      CHECK_EQUAL(request, 4);
      directory->Drop();
      break;
    }
    const int next = dup(0);
    CHECK_EQUAL(next, probe);
    close(next);
  }
}

TEST("a handle that is closed closes the directory, and says whether that went well") {
  SystemFailure failure;
  Directory* directory = Directory::Open("/", failure);
  REQUIRE(directory != nullptr);
  const int descriptor = directory->descriptor();
  CHECK_EQUAL(kDirectoryPolicy.release(directory, CloseReason::kDisposed).error, 0);
  CHECK(!IsOpen(descriptor));
}

}  // namespace holdfast::test
