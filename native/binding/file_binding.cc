#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "binding/arguments.h"
#include "binding/functions.h"
#include "binding/path_argument.h"
#include "binding/pool_job.h"
#include "resources/file.h"

namespace holdfast {

namespace {

// openFile(token, kind, path, flags, mode): id; what the system refused; 0 when there is no memory for
// another handle
napi_value OpenFileNow(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  Environment& environment = arguments.environment();
  const PathArgument path(env, arguments[2], "open");
  if (path.failure()) return ToValue(env, path.failure());
  environment.BeforeOpen(0);
  const OpenedFile opened = OpenFile(path.get(), static_cast<int>(arguments.Uint32(3)), arguments.Uint32(4));
  if (opened.failure) return ToValue(env, opened.failure);
  const HandleId id =
      environment.Open(arguments[0], kFilePolicy, ToResource(opened.descriptor), arguments.Uint32(1));
  if (id.is_none()) CloseFile(opened.descriptor);
  return ToValue(env, id);
}

// The file is the job's until a handle has it, so that it is closed if the thread ends in between.
class OpenFileJob final : public PoolJob {
 public:
  OpenFileJob(Environment& environment, uint32_t kind, char* path, int flags, uint32_t mode)
      : environment_(environment), kind_(kind), path_(path), flags_(flags), mode_(mode) {}
  ~OpenFileJob() override {
    if (opened_.descriptor != kNoDescriptor) CloseFile(opened_.descriptor);
    std::free(path_);
  }

  bool KeepOwner(napi_env env, napi_value owner) {
    return napi_create_reference(env, owner, 1, &owner_) == napi_ok;
  }
  void DropOwner(napi_env env) { napi_delete_reference(env, std::exchange(owner_, nullptr)); }

  void Run() noexcept override { opened_ = OpenFile(path_, flags_, mode_); }

  napi_value Settle(napi_env env) noexcept override {
    napi_value owner = nullptr;
    napi_get_reference_value(env, owner_, &owner);
    DropOwner(env);
    if (opened_.failure) return ToValue(env, opened_.failure);
    if (owner == nullptr) return nullptr;
    const HandleId id = environment_.Open(owner, kFilePolicy, ToResource(opened_.descriptor), kind_);
    if (!id.is_none()) opened_.descriptor = kNoDescriptor;
    return ToValue(env, id);
  }

 private:
  Environment& environment_;
  uint32_t kind_;
  char* path_;
  int flags_;
  uint32_t mode_;
  napi_ref owner_ = nullptr;
  OpenedFile opened_;
};

OpenFileJob* MakeOpenFileJob(Environment& environment, uint32_t kind, const PathArgument& path, int flags,
                             uint32_t mode) {
  auto* copy = static_cast<char*>(Allocate(path.length() + 1));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, path.get(), path.length() + 1);
  auto* job = MakePoolJob<OpenFileJob>(environment, kind, copy, flags, mode);
  if (job == nullptr) std::free(copy);
  return job;
}

// openFileOffLoop(token, kind, path, flags, mode): a promise of what openFile returns; nothing when there was
// no memory for that. A path that is too long fails at once.
napi_value OpenFileOffLoop(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  Environment& environment = arguments.environment();
  const PathArgument path(env, arguments[2], "open");
  if (path.failure()) return ToValue(env, path.failure());
  environment.BeforeOpen(0);
  OpenFileJob* job = MakeOpenFileJob(environment, arguments.Uint32(1), path,
                                     static_cast<int>(arguments.Uint32(3)), arguments.Uint32(4));
  if (job == nullptr) return nullptr;
  if (job->KeepOwner(env, arguments[0])) {
    napi_value promise = StartPoolJob(env, job);
    if (promise != nullptr) return promise;
    job->DropOwner(env);
  }
  DeletePoolJob(job);
  return nullptr;
}

// The arguments (descriptor, bytes, offset, length, position): a Uint8Array, where in it and how much, and
// where in the file.
FileTransfer TransferOf(napi_env env, const Arguments<5>& arguments) {
  void* data = nullptr;
  napi_get_typedarray_info(env, arguments[1], nullptr, nullptr, &data, nullptr, nullptr);
  return {.descriptor = static_cast<int>(arguments.Number(0)),
          .bytes = static_cast<std::byte*>(data) + static_cast<size_t>(arguments.Number(2)),
          .length = static_cast<size_t>(arguments.Number(3)),
          .position = static_cast<int64_t>(arguments.Number(4))};
}

napi_value OutcomeOf(napi_env env, const Transferred& result) {
  return result.failure ? ToValue(env, result.failure) : ToValue(env, static_cast<double>(result.length));
}

using FileOperation = Transferred (*)(const FileTransfer& transfer) noexcept;

// Neither the file nor the memory is the job's. JavaScript keeps both from being released, and the memory is
// reachable from here; a thread that ends shuts the gate.
class TransferJob final : public PoolJob {
 public:
  TransferJob(PoolGate& gate, FileOperation operation, const FileTransfer& transfer)
      : gate_(gate), operation_(operation), transfer_(transfer) {
    gate_.Hold();
  }
  ~TransferJob() override { gate_.Drop(); }

  bool KeepBytes(napi_env env, napi_value bytes) {
    return napi_create_reference(env, bytes, 1, &bytes_) == napi_ok;
  }
  void DropBytes(napi_env env) {
    if (bytes_ != nullptr) napi_delete_reference(env, std::exchange(bytes_, nullptr));
  }

  void Run() noexcept override {
    if (!gate_.Enter()) return;
    result_ = operation_(transfer_);
    gate_.Leave();
  }
  napi_value Settle(napi_env env) noexcept override {
    DropBytes(env);
    return OutcomeOf(env, result_);
  }

 private:
  PoolGate& gate_;
  FileOperation operation_;
  FileTransfer transfer_;
  napi_ref bytes_ = nullptr;
  Transferred result_;
};

// `bytes` may be nullptr.
napi_value StartTransfer(napi_env env, Environment& environment, FileOperation operation,
                         const FileTransfer& transfer, napi_value bytes) {
  auto* job = MakePoolJob<TransferJob>(environment.pool_gate(), operation, transfer);
  if (job == nullptr) return nullptr;
  if (bytes == nullptr || job->KeepBytes(env, bytes)) {
    napi_value promise = StartPoolJob(env, job);
    if (promise != nullptr) return promise;
    job->DropBytes(env);
  }
  DeletePoolJob(job);
  return nullptr;
}

// readFile, writeFile(descriptor, bytes, offset, length, position): how many bytes were moved, or what the
// system refused. The current position when that is negative.
template <FileOperation kOperation>
napi_value TransferNow(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  return OutcomeOf(env, kOperation(TransferOf(env, arguments)));
}

// readFileOffLoop, writeFileOffLoop: a promise of the same; nothing when there was no memory for that. File
// and memory have to stay open until it is settled.
template <FileOperation kOperation>
napi_value TransferOffLoop(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  return StartTransfer(env, arguments.environment(), kOperation, TransferOf(env, arguments), arguments[1]);
}

// syncFileOffLoop(descriptor): a promise of 0 or what the system refused; nothing as above
napi_value SyncFileOffLoop(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const FileTransfer transfer{.descriptor = static_cast<int>(arguments.Number(0))};
  return StartTransfer(env, arguments.environment(), SyncFile, transfer, nullptr);
}

// fileDescriptor(id): of a handle that is open
napi_value FileDescriptor(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Slot* slot = arguments.environment().table().Find(arguments.Id(0));
  return ToValue(env, static_cast<double>(slot == nullptr ? kNoDescriptor : DescriptorOf(slot->resource)));
}

// descriptorLimit(): how many descriptors the process may have at once; may be infinite
napi_value GetDescriptorLimit(napi_env env, napi_callback_info) { return ToValue(env, DescriptorLimit()); }

constexpr NativeFunction kFunctions[] = {
    {"openFile", OpenFileNow},
    {"openFileOffLoop", OpenFileOffLoop},
    {"readFile", TransferNow<ReadFile>},
    {"readFileOffLoop", TransferOffLoop<ReadFile>},
    {"writeFile", TransferNow<WriteFile>},
    {"writeFileOffLoop", TransferOffLoop<WriteFile>},
    {"syncFileOffLoop", SyncFileOffLoop},
    {"fileDescriptor", FileDescriptor},
    {"descriptorLimit", GetDescriptorLimit},
};

}  // namespace

std::span<const NativeFunction> FileFunctions() { return kFunctions; }

}  // namespace holdfast
