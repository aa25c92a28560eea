#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "core/allocation.h"
#include "resources/directory.h"
#include "resources/file.h"

namespace holdfast {

namespace {

constexpr const char* kOpen = "opendir";
constexpr const char* kRead = "readdir";

DIR* StreamOf(void* stream) { return static_cast<DIR*>(stream); }

bool IsDots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

void Append(DirectoryBatch& batch, EntryKind kind, const char* name, size_t length) {
  char* end = batch.text.data() + batch.length;
  if (batch.length > 0) *end++ = '/';
  *end++ = static_cast<char>(kind);
  std::memcpy(end, name, length);
  batch.length = static_cast<size_t>(end - batch.text.data()) + length;
}

DIR* OpenStream(const char* path, SystemFailure& failure) {
  const OpenedFile opened = OpenFile(path, O_RDONLY | O_DIRECTORY, 0);
  if (opened.failure) {
    failure = {.error = opened.failure.error, .syscall = kOpen};
    return nullptr;
  }
  DIR* stream = fdopendir(opened.descriptor);
  if (stream == nullptr) CloseFile(opened.descriptor);
  return stream;
}

}  // namespace

Directory::Directory(void* stream) noexcept : DeferredRelease{}, stream_(stream) {
  run = [](DeferredRelease* self) noexcept { return static_cast<Directory*>(self)->Drop(); };
  next = nullptr;
}

Directory* Directory::Open(const char* path, SystemFailure& failure) noexcept {
  void* memory = Allocate(sizeof(Directory));
  if (memory == nullptr) return nullptr;
  DIR* stream = OpenStream(path, failure);
  if (stream != nullptr) return new (memory) Directory(stream);
  std::free(memory);
  return nullptr;
}

int Directory::Drop() noexcept {
  if (holders_.fetch_sub(1, std::memory_order_acq_rel) > 1) return 0;
  const int saved = errno;
  int error = closedir(StreamOf(stream_)) == 0 ? 0 : errno;
  if (error == EINTR) error = 0;
  errno = saved;
  this->~Directory();
  std::free(this);
  return error;
}

SystemFailure Directory::Read(DirectoryBatch& batch) noexcept {
  if (error_ != 0) return {.error = std::exchange(error_, 0), .syscall = kRead};
  const int saved = errno;
  for (size_t count = 0; count < DirectoryBatch::kMaxEntries && batch.HasRoom();) {
    errno = 0;
    const dirent* entry = readdir(StreamOf(stream_));
    if (entry == nullptr) {
      error_ = errno;
      break;
    }
    if (IsDots(entry->d_name)) continue;
    const size_t length = strnlen(entry->d_name, DirectoryBatch::kLongestName + 1);
    if (length > DirectoryBatch::kLongestName) {
      error_ = ENAMETOOLONG;
      break;
    }
    Append(batch, KindOfEntry(descriptor(), entry->d_name, entry->d_type), entry->d_name, length);
    ++count;
  }
  errno = saved;
  return batch.length == 0 && error_ != 0 ? SystemFailure{.error = std::exchange(error_, 0), .syscall = kRead}
                                          : SystemFailure{};
}

int Directory::descriptor() const noexcept { return dirfd(StreamOf(stream_)); }

EntryKind KindOfEntry(int directory, const char* name, unsigned char type) noexcept {
  if (type == DT_UNKNOWN) {
    struct stat status;
    // It may have gone meanwhile: then nobody can say what it was.
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return EntryKind::kOther;
    type = static_cast<unsigned char>(IFTODT(status.st_mode));
  }
  switch (type) {
    case DT_REG:
      return EntryKind::kFile;
    case DT_DIR:
      return EntryKind::kDirectory;
    case DT_LNK:
      return EntryKind::kSymlink;
    default:
      return EntryKind::kOther;
  }
}

const ResourcePolicy kDirectoryPolicy{
    .release = [](void* resource, CloseReason) noexcept -> Released {
      return {.error = static_cast<Directory*>(resource)->Drop()};
    },
    .defer = [](void* resource) noexcept { return static_cast<Directory*>(resource)->DeferDrop(); }};

}  // namespace holdfast
