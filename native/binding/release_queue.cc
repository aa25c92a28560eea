#include "binding/release_queue.h"

#include <algorithm>

#include "binding/pool_job.h"
#include "core/allocation.h"

namespace holdfast {

namespace {

class ReleaseJob final : public PoolJob {
 public:
  // `errors` has a cell for each release.
  ReleaseJob(DeferredRelease* first, double* errors, size_t count)
      : first_(first), errors_(errors), count_(count) {}
  // A job that the runtime gave up, or never took, still has releases to run.
  ~ReleaseJob() override {
    Run();
    std::free(errors_);
  }

  void Run() noexcept override {
    for (size_t index = 0; first_ != nullptr; ++index) {
      DeferredRelease* release = std::exchange(first_, first_->next);
      errors_[index] = release->run(release);
    }
  }

  napi_value Settle(napi_env env) noexcept override {
    void* cells = nullptr;
    napi_value buffer;
    napi_value array;
    if (napi_create_arraybuffer(env, count_ * sizeof(double), &cells, &buffer) != napi_ok ||
        napi_create_typedarray(env, napi_float64_array, count_, buffer, 0, &array) != napi_ok) {
      return nullptr;
    }
    std::copy_n(errors_, count_, static_cast<double*>(cells));
    return array;
  }

 private:
  DeferredRelease* first_;
  double* errors_;
  size_t count_;
};

ReleaseJob* MakeReleaseJob(DeferredRelease* first, size_t count) noexcept {
  auto* errors = static_cast<double*>(AllocateZeroed(count, sizeof(double)));
  if (errors == nullptr) return nullptr;
  auto* job = MakePoolJob<ReleaseJob>(first, errors, count);
  if (job == nullptr) std::free(errors);
  return job;
}

}  // namespace

void ReleaseQueue::Add(DeferredRelease* release) noexcept {
  release->next = nullptr;
  *last_ = release;
  last_ = &release->next;
  ++count_;
}

napi_value ReleaseQueue::RunInPool(napi_env env) noexcept {
  if (count_ == 0) return nullptr;
  ReleaseJob* job = MakeReleaseJob(first_, count_);
  if (job == nullptr) {
    RunHere();
    return nullptr;
  }
  napi_value promise = StartPoolJob(env, job);
  if (promise == nullptr) DeletePoolJob(job);
  first_ = nullptr;
  last_ = &first_;
  count_ = 0;
  return promise;
}

void ReleaseQueue::RunHere() noexcept {
  for (; count_ > 0; --count_) {
    DeferredRelease* release = std::exchange(first_, first_->next);
    release->run(release);
  }
  last_ = &first_;
}

}  // namespace holdfast
