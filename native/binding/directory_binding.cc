#include "binding/arguments.h"
#include "binding/functions.h"
#include "binding/path_argument.h"
#include "binding/pool_job.h"
#include "resources/directory.h"
#include "resources/file.h"

namespace holdfast {

namespace {

Directory* DirectoryOf(Environment& environment, HandleId id) {
  const Slot* slot = environment.table().Find(id);
  return slot == nullptr ? nullptr : static_cast<Directory*>(slot->resource);
}

// openDirectory(token, kind, path): id; what the system refused; 0 when there is no memory for it
napi_value OpenDirectory(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  const PathArgument path(env, arguments[2], "opendir");
  if (path.failure()) return ToValue(env, path.failure());
  environment.BeforeOpen(0);
  SystemFailure failure;
  Directory* directory = Directory::Open(path.get(), failure);
  if (failure) return ToValue(env, failure);
  if (directory == nullptr) return ToValue(env, HandleId());
  const HandleId id = environment.Open(arguments[0], kDirectoryPolicy, directory, arguments.Uint32(1));
  if (id.is_none()) directory->Drop();
  return ToValue(env, id);
}

// directoryDescriptor(id): of a handle that is open
napi_value DirectoryDescriptor(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Directory* directory = DirectoryOf(arguments.environment(), arguments.Id(0));
  return ToValue(env, static_cast<double>(directory == nullptr ? kNoDescriptor : directory->descriptor()));
}

// nullptr when the engine has no memory for the text.
napi_value ToValue(napi_env env, const DirectoryBatch& batch) {
  napi_value text = nullptr;
  napi_create_string_utf8(env, batch.text.data(), batch.length, &text);
  return text;
}

// readDirectory(id): the next entries as one string, see DirectoryBatch; what the system refused; nothing
// when the engine has no memory
napi_value ReadDirectory(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Directory* directory = DirectoryOf(arguments.environment(), arguments.Id(0));
  if (directory == nullptr) return nullptr;
  DirectoryBatch batch;
  const SystemFailure failure = directory->Read(batch);
  return failure ? ToValue(env, failure) : ToValue(env, batch);
}

// JavaScript holds a reference meanwhile, but the thread may end and close the handle.
class ReadDirectoryJob final : public PoolJob {
 public:
  explicit ReadDirectoryJob(Directory& directory) : directory_(directory) { directory_.Hold(); }
  ~ReadDirectoryJob() override { directory_.Drop(); }

  void Run() noexcept override { failure_ = directory_.Read(batch_); }
  napi_value Settle(napi_env env) noexcept override {
    return failure_ ? ToValue(env, failure_) : ToValue(env, batch_);
  }

 private:
  Directory& directory_;
  SystemFailure failure_;
  DirectoryBatch batch_;
};

// readDirectoryOffLoop(id): a promise of the same; nothing when there was no memory for that. Not again
// before it is settled.
napi_value ReadDirectoryOffLoop(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Directory* directory = DirectoryOf(arguments.environment(), arguments.Id(0));
  if (directory == nullptr) return nullptr;
  auto* job = MakePoolJob<ReadDirectoryJob>(*directory);
  if (job == nullptr) return nullptr;
  napi_value promise = StartPoolJob(env, job);
  if (promise == nullptr) DeletePoolJob(job);
  return promise;
}

constexpr NativeFunction kFunctions[] = {
    {"openDirectory", OpenDirectory},
    {"directoryDescriptor", DirectoryDescriptor},
    {"readDirectory", ReadDirectory},
    {"readDirectoryOffLoop", ReadDirectoryOffLoop},
};

}  // namespace

std::span<const NativeFunction> DirectoryFunctions() { return kFunctions; }

}  // namespace holdfast
