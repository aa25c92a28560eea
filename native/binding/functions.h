#ifndef HOLDFAST_BINDING_FUNCTIONS_H_
#define HOLDFAST_BINDING_FUNCTIONS_H_

#include <node_api.h>

#include <span>

namespace holdfast {

// One function that lib/binding.ts declares under the same name. Its data pointer is the Environment.
struct NativeFunction {
  const char* name;
  napi_callback callback;
};

std::span<const NativeFunction> ArenaFunctions();
std::span<const NativeFunction> DirectoryFunctions();
#ifdef HOLDFAST_FAULT_INJECTION
std::span<const NativeFunction> FaultFunctions();
#endif
std::span<const NativeFunction> FileFunctions();
std::span<const NativeFunction> HandleFunctions();
std::span<const NativeFunction> LimitFunctions();
std::span<const NativeFunction> MappedFileFunctions();
std::span<const NativeFunction> MemoryFunctions();
std::span<const NativeFunction> SecretFunctions();
std::span<const NativeFunction> SharedMemoryFunctions();
std::span<const NativeFunction> StatisticsFunctions();
std::span<const NativeFunction> TrackingFunctions();
std::span<const NativeFunction> TransferFunctions();

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_FUNCTIONS_H_
