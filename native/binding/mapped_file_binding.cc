#include <algorithm>
#include <cstdint>

#include "binding/arguments.h"
#include "binding/functions.h"
#include "binding/map_binding.h"
#include "binding/path_argument.h"
#include "binding/pool_job.h"
#include "resources/file_map.h"

namespace holdfast {

namespace {

// Bits of the argument `flags` of openMappedFile: lib/resources/mapped-file.ts.
enum OpenFlags : uint32_t { kWritable = 1, kPopulate = 2 };

// openMappedFile(owner, kind, path, flags, advice, range): id, 0, a failure, or -1 when the range cannot be
// mapped
napi_value OpenMappedFile(napi_env env, napi_callback_info info) {
  const Arguments<6> arguments(env, info);
  Environment& environment = arguments.environment();
  const PathArgument path(env, arguments[2], "open");
  if (path.failure()) return ToValue(env, path.failure());
  const uint32_t flags = arguments.Uint32(3);
  FileRange* range = FileRange::From(env, arguments[5]);
  if (range == nullptr) return nullptr;
  environment.BeforeOpen(std::max(0.0, range->length));

  Descriptor file;
  uint64_t size = 0;
  SystemFailure failure = OpenToMap(path.get(), (flags & kWritable) != 0, file, size);
  if (failure) return ToValue(env, failure);
  if (!range->Resolve(size)) return ToValue(env, kOutOfRange);
  Admission admission(NativeLimit::OfProcess(), range->byte_length);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, HandleId());
  FileMap* map = NewFileMap();
  if (map == nullptr) return ToValue(env, HandleId());
  failure = MapFile(file,
                    {.offset = static_cast<uint64_t>(range->offset),
                     .length = static_cast<size_t>(range->byte_length),
                     .shared = (flags & kWritable) != 0,
                     .populate = (flags & kPopulate) != 0,
                     .advice = static_cast<Advice>(arguments.Uint32(4))},
                    *map);
  return OpenMap(env, environment, arguments[0], kMemoryPolicy, arguments.Uint32(1), map, failure, admission);
}

// mapHasLostPages(id): has a touch found that a page cannot be had any more?
napi_value MapHasLostPages(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const FileMap* map = MapOf(arguments.environment(), arguments.Id(0));
  return ToValue(env, map != nullptr && HasLostPages(*map));
}

// adviseMap(id, advice, offset, length): a failure, or nothing
napi_value AdviseMapped(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  const FileMap* map = MapOf(arguments.environment(), arguments.Id(0));
  if (map == nullptr) return nullptr;
  return OutcomeOf(
      env, AdviseMap(*map, static_cast<size_t>(arguments.Number(2)), static_cast<size_t>(arguments.Number(3)),
                     static_cast<Advice>(arguments.Uint32(1))));
}

PageRange PagesOf(const Arguments<3>& arguments) {
  const FileMap* map = MapOf(arguments.environment(), arguments.Id(0));
  if (map == nullptr) return {.start = nullptr, .size = 0};
  return PagesAround(*map, static_cast<size_t>(arguments.Number(1)),
                     static_cast<size_t>(arguments.Number(2)));
}

// flushMap(id, offset, length): waits until the bytes are in the file. A failure, or nothing.
napi_value FlushMap(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  return OutcomeOf(env, FlushPages(PagesOf(arguments)));
}

// A worker that is terminated meanwhile unmaps the pages under its feet. That is harmless: the system finds
// them gone, or writes out somebody else's a little earlier.
class FlushJob final : public PoolJob {
 public:
  explicit FlushJob(PageRange pages) : pages_(pages) {}
  void Run() noexcept override { failure_ = FlushPages(pages_); }
  napi_value Settle(napi_env env) noexcept override { return OutcomeOf(env, failure_); }

 private:
  PageRange pages_;
  SystemFailure failure_;
};

// flushMapInPool(id, offset, length): a promise of a failure or nothing, while which the handle has to stay
// open; nothing when the engine refused
napi_value FlushMapInPool(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  auto* job = MakePoolJob<FlushJob>(PagesOf(arguments));
  if (job == nullptr) return nullptr;
  napi_value promise = StartPoolJob(env, job);
  if (promise == nullptr) DeletePoolJob(job);
  return promise;
}

constexpr NativeFunction kFunctions[] = {
    {"openMappedFile", OpenMappedFile}, {"mapHasLostPages", MapHasLostPages},
    {"adviseMap", AdviseMapped},        {"flushMap", FlushMap},
    {"flushMapInPool", FlushMapInPool},
};

}  // namespace

std::span<const NativeFunction> MappedFileFunctions() { return kFunctions; }

}  // namespace holdfast
