#include "resources/shared_memory.h"

#include "binding/arguments.h"
#include "binding/functions.h"
#include "binding/map_binding.h"

namespace holdfast {

namespace {

// createSharedMemory(owner, kind, name, byteLength, replace): id, 0, or a failure. The owner removes the
// name.
napi_value CreateSharedMemory(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  Environment& environment = arguments.environment();
  const double bytes = arguments.Number(3);
  SegmentName name{};
  arguments.Text(2, name);
  environment.BeforeOpen(bytes);
  Admission admission(NativeLimit::OfProcess(), bytes);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, HandleId());
  SharedSegment* segment = NewSharedSegment(name);
  if (segment == nullptr) return ToValue(env, HandleId());
  const SystemFailure failure = CreateSegment(*segment, static_cast<size_t>(bytes), arguments.Boolean(4));
  return OpenMap(env, environment, arguments[0], kSharedMemoryPolicy, arguments.Uint32(1), segment, failure,
                 admission);
}

// openSharedMemory(owner, kind, name, range): id, 0, a failure, or -1 when it is too long for a map
napi_value OpenSharedMemory(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  Environment& environment = arguments.environment();
  SegmentName name{};
  arguments.Text(2, name);
  FileRange* range = FileRange::From(env, arguments[3]);
  if (range == nullptr) return nullptr;
  environment.BeforeOpen(0);
  Descriptor file;
  uint64_t size = 0;
  SystemFailure failure = OpenSegment(name, file, size);
  if (failure) return ToValue(env, failure);
  if (!range->Resolve(size)) return ToValue(env, kOutOfRange);
  Admission admission(NativeLimit::OfProcess(), range->byte_length);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, HandleId());
  SharedSegment* segment = NewSharedSegment(name);
  if (segment == nullptr) return ToValue(env, HandleId());
  failure = MapSegment(file, static_cast<size_t>(range->byte_length), *segment);
  return OpenMap(env, environment, arguments[0], kSharedMemoryPolicy, arguments.Uint32(1), segment, failure,
                 admission);
}

// leaveSharedMemoryName(id): closing the handle does not remove the name
napi_value LeaveSharedMemoryName(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  FileMap* map = MapOf(arguments.environment(), arguments.Id(0));
  if (map != nullptr) LeaveName(*static_cast<SharedSegment*>(map));
  return nullptr;
}

// unlinkSharedMemory(name): a failure, or nothing
napi_value UnlinkSharedMemory(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  SegmentName name{};
  arguments.Text(0, name);
  return OutcomeOf(env, UnlinkSegment(name));
}

constexpr NativeFunction kFunctions[] = {
    {"createSharedMemory", CreateSharedMemory},
    {"openSharedMemory", OpenSharedMemory},
    {"leaveSharedMemoryName", LeaveSharedMemoryName},
    {"unlinkSharedMemory", UnlinkSharedMemory},
};

}  // namespace

std::span<const NativeFunction> SharedMemoryFunctions() { return kFunctions; }

}  // namespace holdfast
