#ifndef HOLDFAST_RESOURCES_DIRECTORY_H_
#define HOLDFAST_RESOURCES_DIRECTORY_H_

#include <array>
#include <atomic>
#include <cstddef>

#include "core/resource_kind.h"
#include "core/system_failure.h"

namespace holdfast {

// What is read of a directory in one go. Each entry is a letter for its kind and the name; a slash, which no
// name contains, stands between two. Nothing at all is the end of the directory.
struct DirectoryBatch {
  static constexpr size_t kMaxEntries = 256;
  // In bytes. Systems allow 255, some of them characters.
  static constexpr size_t kLongestName = 1024;

  std::array<char, size_t{16} * 1024> text;
  size_t length = 0;

  bool HasRoom() const { return length + kLongestName + 2 <= text.size(); }
};

// lib/resources/directory-entries.ts knows the same letters.
enum class EntryKind : char { kFile = 'f', kDirectory = 'd', kSymlink = 'l', kOther = 'o' };

// A directory that is read. Two threads may hold it, to keep it open, but only one may read at a time.
class Directory final : private DeferredRelease {
 public:
  // nullptr when the system refused: `failure` says why, or there was no memory for the record. The caller
  // is its only holder.
  static Directory* Open(const char* path, SystemFailure& failure) noexcept;

  // Another holder, on any thread.
  void Hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  // One less. The last one closes, and gets the error of the system, if any.
  int Drop() noexcept;
  // Drop() for later, on any thread.
  DeferredRelease* DeferDrop() noexcept { return this; }

  // Appends the next entries to a batch that is empty, without `.` and `..`. An error comes after the
  // entries that were read before it.
  SystemFailure Read(DirectoryBatch& batch) noexcept;
  int descriptor() const noexcept;

 private:
  explicit Directory(void* stream) noexcept;
  ~Directory() = default;

  void* stream_;  // a DIR*; nullptr on Windows
  int error_ = 0;
  std::atomic<int> holders_{1};
};

// What an entry is. `type` is what the directory itself says of it; where it says nothing, the system is
// asked.
EntryKind KindOfEntry(int directory, const char* name, unsigned char type) noexcept;

extern const ResourcePolicy kDirectoryPolicy;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_DIRECTORY_H_
