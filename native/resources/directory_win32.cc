#include <cerrno>

#include "resources/directory.h"
#include "resources/file.h"

namespace holdfast {

Directory::Directory(void* stream) noexcept : DeferredRelease{}, stream_(stream) {}

Directory* Directory::Open(const char*, SystemFailure& failure) noexcept {
  failure = {.error = ENOSYS, .syscall = "opendir"};
  return nullptr;
}

int Directory::Drop() noexcept { return 0; }

SystemFailure Directory::Read(DirectoryBatch&) noexcept { return {.error = ENOSYS, .syscall = "readdir"}; }

int Directory::descriptor() const noexcept { return kNoDescriptor; }

EntryKind KindOfEntry(int, const char*, unsigned char) noexcept { return EntryKind::kOther; }

const ResourcePolicy kDirectoryPolicy{.release = [](void* resource, CloseReason) noexcept -> Released {
                                        return {.error = static_cast<Directory*>(resource)->Drop()};
                                      },
                                      .defer = nullptr};

}  // namespace holdfast
