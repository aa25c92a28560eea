#include <node_api.h>

#include <algorithm>
#include <iterator>

#include "binding/environment.h"
#include "binding/functions.h"
#include "core/module_pin.h"

namespace holdfast {

namespace {

bool Define(napi_env env, napi_value exports, std::span<const NativeFunction> functions,
            Environment* environment) {
  for (const NativeFunction& function : functions) {
    napi_value value;
    if (napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.callback, environment, &value) !=
            napi_ok ||
        napi_set_named_property(env, exports, function.name, value) != napi_ok) {
      return false;
    }
  }
  return true;
}

// One for each file of functions.
constexpr std::span<const NativeFunction> (*kTables[])() = {
    ArenaFunctions,        DirectoryFunctions,  FileFunctions,     HandleFunctions,
    LimitFunctions,        MappedFileFunctions, MemoryFunctions,   SecretFunctions,
    SharedMemoryFunctions, StatisticsFunctions, TrackingFunctions, TransferFunctions,
#ifdef HOLDFAST_FAULT_INJECTION
    FaultFunctions,
#endif
};

bool Initialize(napi_env env, napi_value exports) {
  if (!PinModule()) return false;
  Environment* environment = Environment::Create(env);
  return environment != nullptr && std::all_of(std::begin(kTables), std::end(kTables), [&](auto functions) {
           return Define(env, exports, functions(), environment);
         });
}

}  // namespace

}  // namespace holdfast

// Runs once in each environment that loads the addon: in the main thread and in every worker.
NAPI_MODULE_INIT() {
  if (!holdfast::Initialize(env, exports)) {
    napi_throw_error(env, "ERR_HOLDFAST_INITIALIZATION",
                     "holdfast could not set up its native part: out of memory, or the system "
                     "refused to keep the addon loaded");
  }
  return exports;
}
