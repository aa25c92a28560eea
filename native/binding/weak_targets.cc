#include "binding/weak_targets.h"

#include <cstdint>
#include <cstdlib>
#include <new>

#include "core/allocation.h"

namespace holdfast {

struct WeakTargets::Target {
  napi_ref reference;
  Target* newer;
  Target* older;

  // The number is the address: exact in a double, since addresses have at most 52 bits.
  double number() const { return static_cast<double>(reinterpret_cast<uintptr_t>(this)); }
  static Target* Of(double number) { return reinterpret_cast<Target*>(static_cast<uintptr_t>(number)); }
};

double WeakTargets::Add(napi_value target) noexcept {
  napi_ref reference;
  if (napi_create_reference(env_, target, 0, &reference) != napi_ok) return 0;
  void* memory = Allocate(sizeof(Target));
  if (memory == nullptr) {
    napi_delete_reference(env_, reference);
    return 0;
  }
  auto* added = new (memory) Target{.reference = reference, .newer = nullptr, .older = newest_};
  if (newest_ != nullptr) newest_->newer = added;
  newest_ = added;
  return added->number();
}

napi_value WeakTargets::Find(double number) const noexcept {
  napi_value target = nullptr;
  napi_get_reference_value(env_, Target::Of(number)->reference, &target);
  return target;
}

void WeakTargets::Remove(double number) noexcept {
  Target* target = Target::Of(number);
  if (target->older != nullptr) target->older->newer = target->newer;
  (target->newer == nullptr ? newest_ : target->newer->older) = target->older;
  napi_delete_reference(env_, target->reference);
  std::free(target);
}

void WeakTargets::RemoveAll() noexcept {
  while (newest_ != nullptr) Remove(newest_->number());
}

}  // namespace holdfast
