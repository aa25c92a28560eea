#ifndef HOLDFAST_CORE_RESOURCE_KIND_H_
#define HOLDFAST_CORE_RESOURCE_KIND_H_

#include <cstddef>
#include <cstdint>

namespace holdfast {

// Why a handle was closed. Exactly one of these is counted for every handle that was ever opened.
enum class CloseReason : uint8_t {
  kDisposed,     // the program said so
  kFinalized,    // the collector, or the end of the thread, said so
  kTransferred,  // its resource is on its way to another thread
};

struct Released {
  // How many of the resource's bytes somebody outside still uses; they stay counted until
  // ThreadCounters::BytesReleased.
  size_t bytes_held = 0;
  // What the system had to say (errno); the resource is gone all the same.
  int error = 0;
};

// The slow part of a release, for any thread. Running it deletes it.
struct DeferredRelease {
  // Returns what Released::error would be.
  int (*run)(DeferredRelease* self) noexcept;
  DeferredRelease* next;
};

// What the table knows of a kind of resource: its policy. Adding a kind adds one of these and the
// files that implement it; nothing else branches on it.
struct ResourcePolicy {
  // Runs exactly once for each resource, on the thread that owns the table. It must not call
  // JavaScript: the thread may be shutting down.
  // nullptr: JavaScript releases the resource, and the table only reports the slot as orphaned when
  // its owner was collected.
  Released (*release)(void* resource, CloseReason reason) noexcept;
  // Instead of `release`, when the program waits for the end without stopping for it: the resource is gone
  // from the thread, and what is returned does the rest. nullptr, and nothing has happened, when that does
  // not pay, or there is no memory for it.
  DeferredRelease* (*defer)(void* resource) noexcept = nullptr;

  constexpr bool released_by_javascript() const { return release == nullptr; }
};

inline constexpr ResourcePolicy kReleasedByJavaScript{nullptr};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_RESOURCE_KIND_H_
