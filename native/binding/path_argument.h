#ifndef HOLDFAST_BINDING_PATH_ARGUMENT_H_
#define HOLDFAST_BINDING_PATH_ARGUMENT_H_

#include <node_api.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/system_failure.h"

namespace holdfast {

// A path that JavaScript gives as a string or, since a name may be any bytes, as a Uint8Array. It contains
// no 0. Made on the stack: no system has longer paths than fit.
class PathArgument {
 public:
  // `syscall` is what a path that is too long fails.
  PathArgument(napi_env env, napi_value value, const char* syscall) noexcept {
    if (!ReadBytes(env, value) && !ReadText(env, value)) {
      failure_ = {.error = ENAMETOOLONG, .syscall = syscall};
    }
  }

  const SystemFailure& failure() const { return failure_; }
  const char* get() const { return path_.data(); }
  size_t length() const { return length_; }

 private:
  static constexpr size_t kRoom = 8192;

  bool ReadText(napi_env env, napi_value value) noexcept {
    return napi_get_value_string_utf8(env, value, path_.data(), path_.size(), &length_) == napi_ok &&
           length_ < path_.size() - 1;
  }

  bool ReadBytes(napi_env env, napi_value value) noexcept {
    bool is_bytes = false;
    void* data = nullptr;
    if (napi_is_typedarray(env, value, &is_bytes) != napi_ok || !is_bytes ||
        napi_get_typedarray_info(env, value, nullptr, &length_, &data, nullptr, nullptr) != napi_ok ||
        length_ >= path_.size()) {
      return false;
    }
    if (length_ > 0) std::memcpy(path_.data(), data, length_);
    path_[length_] = '\0';
    return true;
  }

  std::array<char, kRoom> path_;
  size_t length_ = 0;
  SystemFailure failure_;
};

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_PATH_ARGUMENT_H_
