#include "resources/shared_memory.h"

namespace holdfast {

const ResourcePolicy kSharedMemoryPolicy{
    .release = [](void* resource, CloseReason reason) noexcept -> Released {
      auto* block = static_cast<MemoryBlock*>(resource);
      // At once, also when the memory has to wait for an ArrayBuffer that it was moved into.
      const int error = ExitGuard::OfProcess().Run(static_cast<SharedSegment*>(block->memory.base)->removal);
      Released released = kMemoryPolicy.release(resource, reason);
      if (released.error == 0) released.error = error;
      return released;
    },
    .defer = [](void* resource) noexcept { return kMemoryPolicy.defer(resource); }};

}  // namespace holdfast
