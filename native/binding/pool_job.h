#ifndef HOLDFAST_BINDING_POOL_JOB_H_
#define HOLDFAST_BINDING_POOL_JOB_H_

#include <node_api.h>

#include <cstdlib>
#include <new>
#include <utility>

#include "core/allocation.h"

namespace holdfast {

// Something that takes too long for the thread of JavaScript. It owns all it works on: the thread that
// wants to know may end meanwhile, and then Settle is not called.
class PoolJob {
 public:
  PoolJob() = default;
  virtual ~PoolJob() = default;
  PoolJob(const PoolJob&) = delete;
  PoolJob& operator=(const PoolJob&) = delete;

  // On a thread of the pool: no Node-API.
  virtual void Run() noexcept = 0;
  // Back on the thread of JavaScript: what the promise resolves with. nullptr is `undefined`.
  virtual napi_value Settle(napi_env env) noexcept = 0;
};

// nullptr when there was no memory.
template <typename Job, typename... Fields>
Job* MakePoolJob(Fields&&... fields) noexcept {
  void* memory = Allocate(sizeof(Job));
  return memory == nullptr ? nullptr : new (memory) Job(std::forward<Fields>(fields)...);
}

inline void DeletePoolJob(PoolJob* job) noexcept {
  job->~PoolJob();
  std::free(job);
}

// Takes `job` over, and returns a promise. nullptr when the engine refused; the job is still the caller's.
napi_value StartPoolJob(napi_env env, PoolJob* job) noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_POOL_JOB_H_
