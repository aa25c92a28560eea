#include "binding/arguments.h"
#include "binding/functions.h"
#include "core/memory_settings.h"

namespace holdfast {

namespace {

// setNativeLimit(bytes): for the live bytes of the process; Infinity for none
napi_value SetNativeLimit(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  NativeLimit::OfProcess().Set(arguments.Number(0));
  arguments.environment().AfterViewChange();
  return nullptr;
}

// nativeLimit(): Infinity when there is none
napi_value GetNativeLimit(napi_env env, napi_callback_info) {
  return ToValue(env, NativeLimit::OfProcess().bytes());
}

// processLiveBytes(): what the native limit is compared with
napi_value ProcessLiveBytes(napi_env env, napi_callback_info) {
  double bytes = 0;
  NativeLimit::OfProcess().WhileNothingOpens([&] { bytes = Ledger::OfProcess().LiveBytes(); });
  return ToValue(env, bytes);
}

// askThreadsToReclaim(): every other thread collects when it opens next
napi_value AskThreadsToReclaim(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  arguments.environment().AskOtherThreadsToReclaim();
  return nullptr;
}

// setMemoryPressure(bytes): what the program has added and not removed, in this thread
napi_value SetMemoryPressure(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  arguments.environment().SetPressure(arguments.Number(0));
  return nullptr;
}

// setMemoryRoom(step, room): see Environment::SetMemoryRoom
napi_value SetMemoryRoom(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  arguments.environment().SetMemoryRoom(arguments.Number(0), arguments.Number(1));
  return nullptr;
}

// memorySetting(setting): 0 as long as no thread has set it
napi_value GetMemorySetting(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const auto setting = static_cast<MemorySetting>(arguments.Uint32(0));
  return ToValue(env, MemorySettings::OfProcess().Get(setting));
}

// setMemorySetting(setting, value)
napi_value SetMemorySetting(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const auto setting = static_cast<MemorySetting>(arguments.Uint32(0));
  MemorySettings::OfProcess().Set(setting, arguments.Number(1));
  return nullptr;
}

constexpr NativeFunction kFunctions[] = {
    {"setNativeLimit", SetNativeLimit},       {"nativeLimit", GetNativeLimit},
    {"processLiveBytes", ProcessLiveBytes},   {"askThreadsToReclaim", AskThreadsToReclaim},
    {"setMemoryPressure", SetMemoryPressure}, {"setMemoryRoom", SetMemoryRoom},
    {"memorySetting", GetMemorySetting},      {"setMemorySetting", SetMemorySetting},
};

}  // namespace

std::span<const NativeFunction> LimitFunctions() { return kFunctions; }

}  // namespace holdfast
