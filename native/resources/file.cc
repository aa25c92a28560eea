#include "resources/file.h"

#include <cstdlib>
#include <new>

#include "core/allocation.h"

namespace holdfast {

namespace {

struct DeferredClose : DeferredRelease {
  int descriptor;
};

int RunDeferredClose(DeferredRelease* self) noexcept {
  auto* deferred = static_cast<DeferredClose*>(self);
  const int error = CloseFile(deferred->descriptor);
  std::free(deferred);
  return error;
}

Released Release(void* resource, CloseReason) noexcept {
  return {.error = CloseFile(DescriptorOf(resource))};
}

// Closing may write what the system has kept back: over a network that takes its time.
DeferredRelease* Defer(void* resource) noexcept {
  void* record = Allocate(sizeof(DeferredClose));
  if (record == nullptr) return nullptr;
  return new (record) DeferredClose{{.run = RunDeferredClose, .next = nullptr}, DescriptorOf(resource)};
}

}  // namespace

const ResourcePolicy kFilePolicy{.release = Release, .defer = Defer};

}  // namespace holdfast
