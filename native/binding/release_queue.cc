#include "binding/release_queue.h"

#include <algorithm>

#include "binding/pool_job.h"
#include "core/allocation.h"

namespace holdfast {

namespace {

class ReleaseJob final : public PoolJob {
 public:
  // `errors` has a cell for each release, and so has `target`, which is JavaScript's: the thread pool must
  // not touch it, since it is gone when the thread ends.
  ReleaseJob(DeferredRelease* first, double* errors, double* target, size_t count)
      : first_(first), errors_(errors), target_(target), count_(count) {}
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

  napi_value Settle(napi_env) noexcept override {
    std::copy_n(errors_, count_, target_);
    return nullptr;
  }

 private:
  DeferredRelease* first_;
  double* errors_;
  double* target_;
  size_t count_;
};

ReleaseJob* MakeReleaseJob(DeferredRelease* first, double* target, size_t count) noexcept {
  auto* errors = static_cast<double*>(AllocateZeroed(count, sizeof(double)));
  if (errors == nullptr) return nullptr;
  auto* job = MakePoolJob<ReleaseJob>(first, errors, target, count);
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

napi_value ReleaseQueue::RunInPool(napi_env env, double* errors, size_t count) noexcept {
  if (count_ == 0 || count != count_) return nullptr;
  ReleaseJob* job = MakeReleaseJob(first_, errors, count_);
  if (job == nullptr) {
    RunHere(errors);
    return nullptr;
  }
  napi_value promise = StartPoolJob(env, job);
  if (promise == nullptr) {
    job->Run();
    job->Settle(env);
    DeletePoolJob(job);
  }
  first_ = nullptr;
  last_ = &first_;
  count_ = 0;
  return promise;
}

void ReleaseQueue::RunHere(double* errors) noexcept {
  for (; count_ > 0; --count_) {
    DeferredRelease* release = std::exchange(first_, first_->next);
    const int error = release->run(release);
    if (errors != nullptr) *errors++ = error;
  }
  last_ = &first_;
}

}  // namespace holdfast
