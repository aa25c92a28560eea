#include "binding/arguments.h"
#include "binding/functions.h"
#include "faults.h"

// What test/faults/visit.mjs calls; only in addons that are built with `faults=1` or with sanitizers.
namespace holdfast {

namespace {

// armFaults(mode, point): see faults::Arm
napi_value ArmFaults(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  faults::Arm(static_cast<faults::Mode>(arguments.Uint32(0)), arguments.Uint32(1));
  return nullptr;
}

// disarmFaults(): how many points were visited
napi_value DisarmFaults(napi_env env, napi_callback_info) {
  return ToValue(env, static_cast<double>(faults::Disarm()));
}

// lastRefused(): the name of the function
napi_value LastRefused(napi_env env, napi_callback_info) {
  napi_value name = nullptr;
  napi_create_string_utf8(env, faults::LastRefused(), NAPI_AUTO_LENGTH, &name);
  return name;
}

// outstanding(): see faults::Outstanding
napi_value Outstanding(napi_env env, napi_callback_info) {
  napi_value numbers = nullptr;
  napi_create_array(env, &numbers);
  uint32_t index = 0;
  for (const int64_t number : faults::ReadOutstanding()) {
    napi_set_element(env, numbers, index++, ToValue(env, static_cast<double>(number)));
  }
  return numbers;
}

constexpr NativeFunction kFunctions[] = {
    {"armFaults", ArmFaults},
    {"disarmFaults", DisarmFaults},
    {"lastRefused", LastRefused},
    {"outstanding", Outstanding},
};

}  // namespace

std::span<const NativeFunction> FaultFunctions() { return kFunctions; }

}  // namespace holdfast
