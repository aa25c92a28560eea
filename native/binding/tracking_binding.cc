#include "binding/arguments.h"
#include "binding/functions.h"

namespace holdfast {

namespace {

// How a handle is told of to JavaScript, in a row of a Float64Array: lib/tracking/handle-rows.ts reads it.
constexpr size_t kRow = 3;

double* WriteRow(double* row, HandleId id, uint32_t kind, double bytes) {
  row[0] = id.ToNumber();
  row[1] = kind;
  row[2] = bytes;
  return row + kRow;
}

// A Float64Array of that length; nullptr when the engine refused.
napi_value NewArray(napi_env env, size_t length, double** cells) {
  napi_value buffer;
  napi_value array;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, length * sizeof(double), &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_float64_array, length, buffer, 0, &array) != napi_ok) {
    return nullptr;
  }
  *cells = static_cast<double*>(data);
  return array;
}

// liveHandles(): a row for each handle that counts as live, newest first; undefined when there is no memory
// for that
napi_value LiveHandles(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  Environment& environment = arguments.environment();
  const auto for_each = [&](auto visit) {
    environment.table().ForEachLive([&](HandleId id, const Slot& slot) {
      if (!environment.IsCounted(id.index())) visit(id, slot);
    });
  };
  size_t count = 0;
  for_each([&](HandleId, const Slot&) { ++count; });
  double* row = nullptr;
  napi_value array = NewArray(env, count * kRow, &row);
  if (array == nullptr) return nullptr;
  for_each([&](HandleId id, const Slot& slot) { row = WriteRow(row, id, slot.kind, slot.bytes); });
  return array;
}

// describeHandle(slot, generation, target): writes the row of a handle into a Float64Array; is it open?
napi_value DescribeHandle(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  const HandleId id(arguments.Uint32(0), arguments.Uint32(1));
  const Slot* slot = arguments.environment().table().Find(id);
  void* target = nullptr;
  napi_get_typedarray_info(env, arguments[2], nullptr, nullptr, &target, nullptr, nullptr);
  if (slot != nullptr) WriteRow(static_cast<double*>(target), id, slot->kind, slot->bytes);
  return ToValue(env, slot != nullptr);
}

// logFinalizations(enabled): whether sweeps note what they close, from now on
napi_value LogFinalizations(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  arguments.environment().table().finalization_log().Enable(arguments.Boolean(0));
  return nullptr;
}

// takeFinalizations(): a row for each handle that sweeps have closed since the last time, behind the number
// of those that were not noted, for want of memory; undefined when the engine has none now
napi_value TakeFinalizations(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  FinalizationLog& log = arguments.environment().table().finalization_log();
  double* cell = nullptr;
  napi_value array = NewArray(env, 1 + log.handles().size() * kRow, &cell);
  if (array == nullptr) return nullptr;
  *cell++ = static_cast<double>(log.missing());
  for (const FinalizedHandle& handle : log.handles()) {
    cell = WriteRow(cell, handle.id, handle.kind, handle.bytes);
  }
  log.Clear();
  return array;
}

constexpr NativeFunction kFunctions[] = {
    {"liveHandles", LiveHandles},
    {"describeHandle", DescribeHandle},
    {"logFinalizations", LogFinalizations},
    {"takeFinalizations", TakeFinalizations},
};

}  // namespace

std::span<const NativeFunction> TrackingFunctions() { return kFunctions; }

}  // namespace holdfast
