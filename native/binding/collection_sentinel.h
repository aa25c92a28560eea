#ifndef HOLDFAST_BINDING_COLLECTION_SENTINEL_H_
#define HOLDFAST_BINDING_COLLECTION_SENTINEL_H_

#include <node_api.h>

namespace holdfast {

enum class Collection { kNone, kMinor, kMajor };

// Tells that the engine has collected, without a callback from it, and so in synchronous code too. Two
// objects that nothing but a weak reference knows: a plain one, which dies in any collection because it
// is young, and a function, which the engine allocates in the old space and which dies only in a major
// one.
class CollectionSentinel {
 public:
  explicit CollectionSentinel(napi_env env) : env_(env) {}
  // Says what has happened since the last call. The answer is "none" while the engine is short of
  // memory for new sentinels.
  Collection Poll() noexcept;
  void Disarm() noexcept;

 private:
  bool IsGone(napi_ref sentinel) const noexcept;
  void ArmMinor() noexcept;
  void ArmMajor() noexcept;

  napi_env env_;
  napi_ref minor_ = nullptr;
  napi_ref major_ = nullptr;
};

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_COLLECTION_SENTINEL_H_
