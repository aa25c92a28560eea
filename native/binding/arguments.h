#ifndef HOLDFAST_BINDING_ARGUMENTS_H_
#define HOLDFAST_BINDING_ARGUMENTS_H_

#include <node_api.h>

#include <array>
#include <cstdint>

#include "binding/environment.h"
#include "core/handle_id.h"
#include "core/system_failure.h"

namespace holdfast {

// The arguments of one native call. JavaScript has validated them; nothing is checked again. The
// Node-API calls below can only fail for arguments of another type, and then leave the zero they found.
template <size_t kCount>
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = kCount;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values_.data(), nullptr, &data);
    environment_ = static_cast<Environment*>(data);
  }

  Environment& environment() const { return *environment_; }
  napi_value operator[](size_t index) const { return values_[index]; }

  double Number(size_t index) const {
    double value = 0;
    napi_get_value_double(env_, values_[index], &value);
    return value;
  }
  uint32_t Uint32(size_t index) const {
    uint32_t value = 0;
    napi_get_value_uint32(env_, values_[index], &value);
    return value;
  }
  HandleId Id(size_t index) const { return HandleId::FromNumber(Number(index)); }

  bool Boolean(size_t index) const {
    bool value = false;
    napi_get_value_bool(env_, values_[index], &value);
    return value;
  }
  // `text` holds the string and a terminating 0. False when the string is longer than fits.
  template <size_t kSize>
  bool Text(size_t index, std::array<char, kSize>& text) const {
    size_t length = 0;
    return napi_get_value_string_utf8(env_, values_[index], text.data(), kSize, &length) == napi_ok &&
           length < kSize - 1;
  }

  bool IsUndefined(size_t index) const {
    napi_valuetype type = napi_undefined;
    napi_typeof(env_, values_[index], &type);
    return type == napi_undefined;
  }

 private:
  napi_env env_;
  Environment* environment_ = nullptr;
  std::array<napi_value, kCount> values_{};
};

// Results. nullptr is `undefined` to JavaScript: what the engine could not make is reported that way.
inline napi_value ToValue(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

inline napi_value ToValue(napi_env env, bool boolean) {
  napi_value value = nullptr;
  napi_get_boolean(env, boolean, &value);
  return value;
}

inline napi_value ToValue(napi_env env, HandleId id) { return ToValue(env, id.ToNumber()); }

// { errno, syscall }. When the engine has no memory for that, the errno alone, as a number below kOutOfRange:
// nothing at all would look like success. lib/system-error.ts makes an error of either.
inline napi_value ToValue(napi_env env, const SystemFailure& failure) {
  napi_value object = nullptr;
  napi_value syscall = nullptr;
  const bool complete =
      napi_create_object(env, &object) == napi_ok &&
      napi_create_string_utf8(env, failure.syscall, NAPI_AUTO_LENGTH, &syscall) == napi_ok &&
      napi_set_named_property(env, object, "errno", ToValue(env, static_cast<double>(failure.error))) ==
          napi_ok &&
      napi_set_named_property(env, object, "syscall", syscall) == napi_ok;
  return complete ? object : ToValue(env, -1.0 - failure.error);
}

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_ARGUMENTS_H_
