#include "binding/collection_sentinel.h"

namespace holdfast {

namespace {

napi_value DoNothing(napi_env, napi_callback_info) { return nullptr; }

}  // namespace

bool CollectionSentinel::IsGone(napi_ref sentinel) const noexcept {
  napi_value value = nullptr;
  return napi_get_reference_value(env_, sentinel, &value) == napi_ok && value == nullptr;
}

void CollectionSentinel::ArmMinor() noexcept {
  if (minor_ != nullptr) napi_delete_reference(env_, minor_);
  minor_ = nullptr;
  napi_value object;
  if (napi_create_object(env_, &object) != napi_ok) return;
  if (napi_create_reference(env_, object, 0, &minor_) != napi_ok) minor_ = nullptr;
}

void CollectionSentinel::ArmMajor() noexcept {
  if (major_ != nullptr) napi_delete_reference(env_, major_);
  major_ = nullptr;
  napi_value function;
  if (napi_create_function(env_, nullptr, 0, DoNothing, nullptr, &function) != napi_ok) return;
  if (napi_create_reference(env_, function, 0, &major_) != napi_ok) major_ = nullptr;
}

Collection CollectionSentinel::Poll() noexcept {
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return Collection::kNone;
  const bool minor = minor_ != nullptr && IsGone(minor_);
  const bool major = major_ != nullptr && IsGone(major_);
  if (minor || minor_ == nullptr) ArmMinor();
  if (major || major_ == nullptr) ArmMajor();
  napi_close_handle_scope(env_, scope);
  if (major) return Collection::kMajor;
  return minor ? Collection::kMinor : Collection::kNone;
}

void CollectionSentinel::Disarm() noexcept {
  if (minor_ != nullptr) napi_delete_reference(env_, minor_);
  if (major_ != nullptr) napi_delete_reference(env_, major_);
  minor_ = major_ = nullptr;
}

}  // namespace holdfast
