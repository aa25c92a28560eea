#include <cerrno>
#include <cstdlib>
#include <new>

#include "core/allocation.h"
#include "resources/shared_memory.h"

// Not there yet on Windows, where a name goes with the last process that has it open: docs/mapped-files.md.
// Whoever asks is told ENOSYS.
namespace holdfast {

namespace {

constexpr SystemFailure kMissing{.error = ENOSYS, .syscall = "shm_open"};

}  // namespace

SharedSegment* NewSharedSegment(const SegmentName&) noexcept {
  void* memory = Allocate(sizeof(SharedSegment));
  if (memory == nullptr) return nullptr;
  auto* segment = new (memory) SharedSegment;
  segment->free = [](ForeignMemory* self) noexcept {
    std::free(static_cast<SharedSegment*>(self));
    return 0;
  };
  return segment;
}

SystemFailure CreateSegment(SharedSegment&, size_t, bool) noexcept { return kMissing; }
SystemFailure OpenSegment(const SegmentName&, Descriptor&, uint64_t&) noexcept { return kMissing; }
SystemFailure MapSegment(const Descriptor&, size_t, SharedSegment&) noexcept { return kMissing; }
void LeaveName(SharedSegment&) noexcept {}
SystemFailure UnlinkSegment(const SegmentName&) noexcept { return kMissing; }

}  // namespace holdfast
