#ifndef HOLDFAST_BINDING_RELEASE_QUEUE_H_
#define HOLDFAST_BINDING_RELEASE_QUEUE_H_

#include <node_api.h>

#include <cstddef>
#include <utility>

#include "core/resource_kind.h"

namespace holdfast {

// Slow releases that wait to be taken to the thread pool together: a trip there costs more than most of
// them.
class ReleaseQueue {
 public:
  ReleaseQueue() = default;
  // The thread ends.
  ~ReleaseQueue() { RunHere(nullptr); }
  ReleaseQueue(const ReleaseQueue&) = delete;
  ReleaseQueue& operator=(const ReleaseQueue&) = delete;

  void Add(DeferredRelease* release) noexcept;
  // A promise. When it is settled `errors`, which JavaScript keeps as long, holds for each of those that were
  // added, in that order, 0 or the error of the system. nullptr when the engine refused: they have been run.
  napi_value RunInPool(napi_env env, double* errors, size_t count) noexcept;

 private:
  // `errors` may be nullptr when nobody wants to know.
  void RunHere(double* errors) noexcept;

  DeferredRelease* first_ = nullptr;
  DeferredRelease** last_ = &first_;
  size_t count_ = 0;
};

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_RELEASE_QUEUE_H_
