#include <algorithm>
#include <cstring>

#include "binding/arguments.h"
#include "binding/functions.h"
#include "resources/secret_memory.h"

namespace holdfast {

namespace {

// One that is open: its memory and how much of it is the secret.
struct Secret {
  SecretMemory* memory = nullptr;
  std::byte* contents = nullptr;
  size_t byte_length = 0;

  Secret(Environment& environment, HandleId id) {
    const Slot* slot = environment.table().Find(id);
    if (slot == nullptr) return;
    const auto* block = static_cast<MemoryBlock*>(slot->resource);
    memory = static_cast<SecretMemory*>(static_cast<ForeignMemory*>(block->memory.base));
    contents = block->memory.data;
    byte_length = block->byte_length;
  }
  explicit operator bool() const { return memory != nullptr; }
};

struct Bytes {
  const std::byte* data = nullptr;
  size_t length = 0;

  Bytes(napi_env env, napi_value array) {
    napi_typedarray_type type;
    void* start = nullptr;
    if (napi_get_typedarray_info(env, array, &type, &length, &start, nullptr, nullptr) != napi_ok) length = 0;
    data = static_cast<const std::byte*>(start);
  }
};

napi_value FailureToValue(napi_env env, const SystemFailure& failure) {
  return failure ? ToValue(env, failure) : nullptr;
}

// openSecret(token, kind, byteLength): id; 0 when there was no memory for it, or the native limit refused; or
// why the system refused. Its bytes are 0, and cannot be read or written.
napi_value OpenSecret(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  const double bytes = arguments.Number(2);
  environment.BeforeOpen(bytes);
  Admission admission(NativeLimit::OfProcess(), bytes);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, HandleId());

  const auto byte_length = static_cast<size_t>(static_cast<int64_t>(bytes));
  MemoryHeap& heap = environment.heap();
  SystemFailure failure;
  SecretMemory* secret = heap.secrets().Take(byte_length, failure);
  if (secret == nullptr) return failure ? ToValue(env, failure) : ToValue(env, HandleId());
  MemoryBlock* block = heap.Adopt(secret, secret->Contents(byte_length), byte_length, arguments.Uint32(1));
  if (block == nullptr) {
    heap.secrets().Return(secret);
    return ToValue(env, HandleId());
  }
  const HandleId id =
      environment.Open(arguments[0], kSecretPolicy, block, arguments.Uint32(1), bytes, admission);
  if (id.is_none()) heap.Close(block);
  return ToValue(env, id);
}

// unsealSecret(id): the bytes can be read and written from now on. Nothing, or why the system refused.
napi_value UnsealSecret(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Secret secret(arguments.environment(), arguments.Id(0));
  return secret ? FailureToValue(env, secret.memory->Allow(Access::kReadAndWrite)) : nullptr;
}

// sealSecret(id): touching the bytes is a fault from now on
napi_value SealSecret(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Secret secret(arguments.environment(), arguments.Id(0));
  return secret ? FailureToValue(env, secret.memory->Allow(Access::kNone)) : nullptr;
}

// writeSecret(id, bytes): copies as many of them as fit
napi_value WriteSecret(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Secret secret(arguments.environment(), arguments.Id(0));
  const Bytes source(env, arguments[1]);
  const size_t length = std::min(source.length, secret.byte_length);
  if (length == 0) return nullptr;
  return FailureToValue(env, secret.memory->While(Access::kReadAndWrite, [&] {
    std::memcpy(secret.contents, source.data, length);
  }));
}

// secretHolds(id, bytes): are these its contents? How long that takes depends on the lengths only.
napi_value SecretHolds(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Secret secret(arguments.environment(), arguments.Id(0));
  const Bytes other(env, arguments[1]);
  if (!secret || other.length != secret.byte_length) return ToValue(env, false);
  bool equal = false;
  const SystemFailure failure = secret.memory->While(
      Access::kRead, [&] { equal = EqualInConstantTime(secret.contents, other.data, other.length); });
  return failure ? ToValue(env, failure) : ToValue(env, equal);
}

// secretsEqual(id, other): the same for the contents of another secret, or of this one
napi_value SecretsEqual(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Secret secret(arguments.environment(), arguments.Id(0));
  const Secret other(arguments.environment(), arguments.Id(1));
  if (!secret || !other || secret.byte_length != other.byte_length) return ToValue(env, false);
  bool equal = false;
  SystemFailure inner;
  const SystemFailure outer = secret.memory->While(Access::kRead, [&] {
    inner = other.memory->While(Access::kRead, [&] {
      equal = EqualInConstantTime(secret.contents, other.contents, secret.byte_length);
    });
  });
  if (outer || inner) return ToValue(env, outer ? outer : inner);
  return ToValue(env, equal);
}

constexpr NativeFunction kFunctions[] = {
    {"openSecret", OpenSecret},   {"unsealSecret", UnsealSecret}, {"sealSecret", SealSecret},
    {"writeSecret", WriteSecret}, {"secretHolds", SecretHolds},   {"secretsEqual", SecretsEqual},
};

}  // namespace

std::span<const NativeFunction> SecretFunctions() { return kFunctions; }

}  // namespace holdfast
