#ifndef HOLDFAST_BINDING_VIEWS_H_
#define HOLDFAST_BINDING_VIEWS_H_

#include <node_api.h>

#include "binding/environment.h"
#include "resources/memory.h"

namespace holdfast {

// ArrayBuffers over memory that is not the engine's.

// nullptr when the runtime refuses such, or has no memory for one. At most one for each block: two over the
// same memory abort older engines.
napi_value OpenView(napi_env env, Environment& environment, MemoryBlock& block) noexcept;

// True when nobody can reach the memory through `buffer` any more. False when it had been detached
// already, which means that its memory was moved into another ArrayBuffer, or when the engine refused.
bool Detach(napi_env env, napi_value buffer) noexcept;
// The same by a function of JavaScript, which says whether nobody can.
bool CallDetach(napi_env env, napi_value detach) noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_VIEWS_H_
