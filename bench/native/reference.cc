// What somebody would write by hand who needs native memory in JavaScript and trusts the caller: no
// table, no generations, no counters, no checks. An id is an address as a number; a stale one crashes.
// The benchmarks measure Holdfast against this, so it is as lean as it can honestly be.
#include <node_api.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

struct Record {
  napi_ref owner;  // weak
  void* memory;
};

template <size_t kCount>
std::array<napi_value, kCount> Arguments(napi_env env, napi_callback_info info) {
  std::array<napi_value, kCount> values{};
  size_t count = kCount;
  napi_get_cb_info(env, info, &count, values.data(), nullptr, nullptr);
  return values;
}

double Number(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return number;
}

void* Pointer(napi_env env, napi_value value) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(Number(env, value)));
}

napi_value Address(napi_env env, void* pointer) {
  napi_value value = nullptr;
  napi_create_double(env, static_cast<double>(reinterpret_cast<uintptr_t>(pointer)), &value);
  return value;
}

// open(owner, byteLength): the address of a record with a weak reference to `owner` and the memory
napi_value Open(napi_env env, napi_callback_info info) {
  const auto [owner, byte_length] = Arguments<2>(env, info);
  auto* record = static_cast<Record*>(std::malloc(sizeof(Record)));
  if (record == nullptr) return nullptr;
  record->memory = std::malloc(static_cast<size_t>(Number(env, byte_length)));
  napi_create_reference(env, owner, 0, &record->owner);
  return Address(env, record);
}

// close(record)
napi_value Close(napi_env env, napi_callback_info info) {
  const auto [address] = Arguments<1>(env, info);
  auto* record = static_cast<Record*>(Pointer(env, address));
  napi_delete_reference(env, record->owner);
  std::free(record->memory);
  std::free(record);
  return nullptr;
}

// allocate(byteLength): an address, and nothing that watches over it
napi_value Allocate(napi_env env, napi_callback_info info) {
  const auto [byte_length] = Arguments<1>(env, info);
  return Address(env, std::malloc(static_cast<size_t>(Number(env, byte_length))));
}

// free(address)
napi_value Free(napi_env env, napi_callback_info info) {
  const auto [address] = Arguments<1>(env, info);
  std::free(Pointer(env, address));
  return nullptr;
}

// view(address, byteLength): an external ArrayBuffer, which does not free the memory
napi_value View(napi_env env, napi_callback_info info) {
  const auto [address, byte_length] = Arguments<2>(env, info);
  napi_value buffer = nullptr;
  napi_create_external_arraybuffer(env, Pointer(env, address), static_cast<size_t>(Number(env, byte_length)),
                                   nullptr, nullptr, &buffer);
  return buffer;
}

// detachAndFree(arrayBuffer, address)
napi_value DetachAndFree(napi_env env, napi_callback_info info) {
  const auto [buffer, address] = Arguments<2>(env, info);
  napi_detach_arraybuffer(env, buffer);
  std::free(Pointer(env, address));
  return nullptr;
}

napi_property_descriptor Function(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

}  // namespace

NAPI_MODULE_INIT() {
  const std::array functions{
      Function("open", Open), Function("close", Close), Function("allocate", Allocate),
      Function("free", Free), Function("view", View),   Function("detachAndFree", DetachAndFree),
  };
  napi_define_properties(env, exports, functions.size(), functions.data());
  return exports;
}
