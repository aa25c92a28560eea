#ifndef HOLDFAST_RESOURCES_SHARED_MEMORY_H_
#define HOLDFAST_RESOURCES_SHARED_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/exit_guard.h"
#include "core/system_failure.h"
#include "resources/file_map.h"

namespace holdfast {

// A name for the system, its leading '/' included, and a terminating 0. lib/resources/shared-memory.ts has
// the rule.
using SegmentName = std::array<char, 256>;

// What tells a segment from all others that exist at the same time, whatever they are called.
struct SegmentIdentity {
  uint64_t device = 0;
  uint64_t number = 0;

  bool operator==(const SegmentIdentity&) const = default;
};

// A name to remove, unless it means another segment by then.
struct NameRemoval : ExitTask {
  SegmentName name{};
  SegmentIdentity identity;
};

// Memory that processes share by a name. The name outlives all of them, so its owner removes it: when it
// closes, or at the end of the process (core/exit_guard.h). A process that is killed leaves it behind;
// somebody may take it over then, and an owner removes no name that means the segment of somebody else.
struct SharedSegment : FileMap {
  NameRemoval removal;  // on the list of the guard while this is the owner
};

// That of a MemoryBlock over a SharedSegment.
extern const ResourcePolicy kSharedMemoryPolicy;

// nullptr when there was no memory for it. Its `free` removes the name of an owner, unmaps and deletes it.
[[nodiscard]] SharedSegment* NewSharedSegment(const SegmentName& name) noexcept;

// Fills a new segment: zeros, in memory of its own. With `replace` a segment that has the name loses it; its
// maps are as they were.
[[nodiscard]] SystemFailure CreateSegment(SharedSegment& segment, size_t byte_length, bool replace) noexcept;

// Opens a segment that exists, and says how long it is. MapSegment maps it whole.
[[nodiscard]] SystemFailure OpenSegment(const SegmentName& name, Descriptor& file, uint64_t& size) noexcept;
[[nodiscard]] SystemFailure MapSegment(const Descriptor& file, size_t byte_length,
                                       SharedSegment& segment) noexcept;

// The name stays from now on, whatever becomes of its owner.
void LeaveName(SharedSegment& segment) noexcept;

// ENOENT when there is no such name.
[[nodiscard]] SystemFailure UnlinkSegment(const SegmentName& name) noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_SHARED_MEMORY_H_
