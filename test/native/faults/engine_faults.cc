#include <node_api.h>

#include "faults.h"

// Replacements of functions of Node-API: engine.rsp. All of them say napi_generic_failure when refused, as
// when an exception is pending, the thread is being terminated, or there is no memory.

#define REFUSES_COUNTED(name, parameters, call)                                    \
  napi_status __real_##name parameters;                                            \
  napi_status __wrap_##name parameters {                                           \
    return Refuse(#name, napi_generic_failure) == 0 ? call : napi_generic_failure; \
  }
#define REFUSES(name, parameters, arguments) REFUSES_COUNTED(name, parameters, __real_##name arguments)

// What is counted and never refused.
#define GIVES_BACK(name, parameters, arguments, kind) \
  napi_status __real_##name parameters;               \
  napi_status __wrap_##name parameters { return Counted(kind, -1, __real_##name arguments); }

namespace {

using holdfast::faults::Kind;
using holdfast::faults::Refuse;

napi_status Counted(Kind kind, int64_t change, napi_status status) {
  if (status == napi_ok) holdfast::faults::Count(kind, change);
  return status;
}

}  // namespace

extern "C" {

REFUSES_COUNTED(napi_create_reference, (napi_env env, napi_value value, uint32_t count, napi_ref* result),
                Counted(Kind::kReferences, 1, __real_napi_create_reference(env, value, count, result)))
GIVES_BACK(napi_delete_reference, (node_api_basic_env env, napi_ref reference), (env, reference),
           Kind::kReferences)
REFUSES_COUNTED(napi_create_async_work,
                (napi_env env, napi_value resource, napi_value name, napi_async_execute_callback execute,
                 napi_async_complete_callback complete, void* data, napi_async_work* result),
                Counted(Kind::kAsyncWorks, 1,
                        __real_napi_create_async_work(env, resource, name, execute, complete, data, result)))
GIVES_BACK(napi_delete_async_work, (napi_env env, napi_async_work work), (env, work), Kind::kAsyncWorks)

REFUSES(napi_create_object, (napi_env env, napi_value* result), (env, result))
REFUSES(napi_create_array, (napi_env env, napi_value* result), (env, result))
REFUSES(napi_create_array_with_length, (napi_env env, size_t length, napi_value* result),
        (env, length, result))
REFUSES(napi_create_string_utf8, (napi_env env, const char* text, size_t length, napi_value* result),
        (env, text, length, result))
REFUSES(napi_create_arraybuffer, (napi_env env, size_t length, void** data, napi_value* result),
        (env, length, data, result))
REFUSES(napi_create_external_arraybuffer,
        (napi_env env, void* data, size_t length, napi_finalize finalize, void* hint, napi_value* result),
        (env, data, length, finalize, hint, result))
REFUSES(napi_create_typedarray,
        (napi_env env, napi_typedarray_type type, size_t length, napi_value buffer, size_t offset,
         napi_value* result),
        (env, type, length, buffer, offset, result))
REFUSES(napi_create_function,
        (napi_env env, const char* name, size_t length, napi_callback callback, void* data,
         napi_value* result),
        (env, name, length, callback, data, result))
REFUSES(napi_create_promise, (napi_env env, napi_deferred* deferred, napi_value* promise),
        (env, deferred, promise))
REFUSES(napi_queue_async_work, (node_api_basic_env env, napi_async_work work), (env, work))
REFUSES(napi_set_named_property, (napi_env env, napi_value object, const char* name, napi_value value),
        (env, object, name, value))
REFUSES(napi_set_element, (napi_env env, napi_value object, uint32_t index, napi_value value),
        (env, object, index, value))
REFUSES(napi_call_function,
        (napi_env env, napi_value receiver, napi_value function, size_t count, const napi_value* arguments,
         napi_value* result),
        (env, receiver, function, count, arguments, result))
REFUSES(napi_detach_arraybuffer, (napi_env env, napi_value buffer), (env, buffer))
REFUSES(napi_open_handle_scope, (napi_env env, napi_handle_scope* result), (env, result))
REFUSES(napi_add_env_cleanup_hook, (node_api_basic_env env, napi_cleanup_hook hook, void* data),
        (env, hook, data))
REFUSES(napi_adjust_external_memory, (node_api_basic_env env, int64_t change, int64_t* result),
        (env, change, result))

}  // extern "C"
