#include "binding/views.h"

namespace holdfast {

namespace {

// Called by the runtime in a turn of the event loop, or while it ends.
void OnArrayBufferFinalized(napi_env, void*, void* view) {
  auto* memory_view = static_cast<MemoryView*>(view);
  memory_view->heap->OnViewFinalized(memory_view);
}

}  // namespace

napi_value OpenView(napi_env env, Environment& environment, MemoryBlock& block) noexcept {
  if (block.view != nullptr || !block.native()) return nullptr;
  MemoryView* view = environment.heap().OpenView(block);
  if (view == nullptr) return nullptr;
  // Before the engine counts the same bytes by itself: twice as many might make it collect.
  environment.AfterChange();
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, block.Expose(), block.byte_length, OnArrayBufferFinalized, view,
                                       &buffer) != napi_ok) {
    environment.heap().CancelView(view);
    environment.AfterChange();
    return nullptr;
  }
  environment.AfterViewChange();
  return buffer;
}

bool Detach(napi_env env, napi_value buffer) noexcept {
  bool detached = true;
  if (napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok || detached) return false;
  return napi_detach_arraybuffer(env, buffer) == napi_ok;
}

bool CallDetach(napi_env env, napi_value detach) noexcept {
  napi_value receiver;
  napi_value result;
  bool unreachable = false;
  return napi_get_undefined(env, &receiver) == napi_ok &&
         napi_call_function(env, receiver, detach, 0, nullptr, &result) == napi_ok &&
         napi_get_value_bool(env, result, &unreachable) == napi_ok && unreachable;
}

}  // namespace holdfast
