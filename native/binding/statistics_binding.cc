#include <algorithm>
#include <cstdlib>

#include "binding/arguments.h"
#include "binding/functions.h"
#include "core/allocation.h"

namespace holdfast {

namespace {

// registerKind(name): the number of the kind, the same in every thread; undefined when the engine had
// no memory for its counters
napi_value RegisterKind(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  size_t length = 0;
  if (napi_get_value_string_utf8(env, arguments[0], nullptr, 0, &length) != napi_ok) return nullptr;
  auto* name = static_cast<char*>(Allocate(length + 1));
  if (name == nullptr) return nullptr;
  napi_get_value_string_utf8(env, arguments[0], name, length + 1, &length);
  const uint32_t kind = Ledger::OfProcess().RegisterKind(name, length);
  std::free(name);
  if (arguments.environment().CounterPage(kind / kKindsPerPage) == nullptr) return nullptr;
  return ToValue(env, static_cast<double>(kind));
}

// kindName(kind): empty past the last kind
napi_value KindName(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const std::string_view name = Ledger::OfProcess().KindName(arguments.Uint32(0));
  napi_value value = nullptr;
  napi_create_string_utf8(env, name.data(), name.size(), &value);
  return value;
}

// kindCount(): every kind of the process, the two rows without a name included
napi_value KindCount(napi_env env, napi_callback_info) {
  return ToValue(env, static_cast<double>(Ledger::OfProcess().kind_count()));
}

// counterPage(page): the live counters of this thread, kKindsPerPage rows of them
napi_value CounterPage(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  return arguments.environment().CounterPage(arguments.Uint32(0));
}

// readProcessCounters(target): fills a Float64Array with the rows of the whole process, one for each kind
// from 0 on, as many as fit
napi_value ReadProcessCounters(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  void* target = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, arguments[0], nullptr, &length, &target, nullptr, nullptr);
  NativeLimit::OfProcess().WhileNothingOpens([&] {
    for (uint32_t kind = 0; kind < length / kCounters; ++kind) {
      const CounterRow row = Ledger::OfProcess().Read(kind);
      std::copy(row.begin(), row.end(), static_cast<double*>(target) + kind * kCounters);
    }
  });
  return nullptr;
}

// countForcedCollection(milliseconds): this thread made its engine collect
napi_value CountForcedCollection(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Ledger::OfProcess().CountForcedCollection(arguments.Number(0));
  return nullptr;
}

// readForcedCollections(target): fills a Float64Array with how many there were in the whole process, and
// their milliseconds
napi_value ReadForcedCollections(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  void* target = nullptr;
  napi_get_typedarray_info(env, arguments[0], nullptr, nullptr, &target, nullptr, nullptr);
  const auto [count, milliseconds] = Ledger::OfProcess().forced_collections();
  auto* numbers = static_cast<double*>(target);
  numbers[0] = count;
  numbers[1] = milliseconds;
  return nullptr;
}

// resetPeaks(): of this thread, and of the process as far as other threads have not reached them
napi_value ResetPeaks(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  arguments.environment().counters().ResetPeaks();
  Ledger::OfProcess().ResetPeaks();
  return nullptr;
}

// signals(): the Float64Array of Signal
napi_value Signals(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  return arguments.environment().signals();
}

constexpr NativeFunction kFunctions[] = {
    {"registerKind", RegisterKind},
    {"kindName", KindName},
    {"kindCount", KindCount},
    {"counterPage", CounterPage},
    {"readProcessCounters", ReadProcessCounters},
    {"countForcedCollection", CountForcedCollection},
    {"readForcedCollections", ReadForcedCollections},
    {"resetPeaks", ResetPeaks},
    {"signals", Signals},
};

}  // namespace

std::span<const NativeFunction> StatisticsFunctions() { return kFunctions; }

}  // namespace holdfast
