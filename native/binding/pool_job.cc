#include "binding/pool_job.h"

namespace holdfast {

namespace {

// A job on its way through the pool.
struct Running {
  PoolJob* job;
  napi_deferred promise;
  napi_async_work work;
};

void Execute(napi_env, void* data) { static_cast<Running*>(data)->job->Run(); }

// While the thread ends, the runtime may call this with no JavaScript left to tell.
void Complete(napi_env env, napi_status status, void* data) {
  auto* running = static_cast<Running*>(data);
  if (status == napi_ok) {
    napi_value result = running->job->Settle(env);
    if (result == nullptr) napi_get_undefined(env, &result);
    napi_resolve_deferred(env, running->promise, result);
  }
  napi_delete_async_work(env, running->work);
  DeletePoolJob(running->job);
  std::free(running);
}

bool Queue(napi_env env, Running& running, napi_value& promise) {
  napi_value name;
  if (napi_create_string_utf8(env, "holdfast", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, nullptr, name, Execute, Complete, &running, &running.work) != napi_ok) {
    return false;
  }
  if (napi_create_promise(env, &running.promise, &promise) == napi_ok) {
    if (napi_queue_async_work(env, running.work) == napi_ok) return true;
    // Frees what the engine keeps for the promise, which nobody has seen.
    napi_resolve_deferred(env, running.promise, name);
  }
  napi_delete_async_work(env, running.work);
  return false;
}

}  // namespace

napi_value StartPoolJob(napi_env env, PoolJob* job) noexcept {
  void* memory = Allocate(sizeof(Running));
  if (memory == nullptr) return nullptr;
  auto* running = new (memory) Running{.job = job, .promise = nullptr, .work = nullptr};
  napi_value promise = nullptr;
  if (Queue(env, *running, promise)) return promise;
  std::free(running);
  return nullptr;
}

}  // namespace holdfast
