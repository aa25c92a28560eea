#ifndef HOLDFAST_BINDING_WEAK_TARGETS_H_
#define HOLDFAST_BINDING_WEAK_TARGETS_H_

#include <node_api.h>

namespace holdfast {

// Objects that JavaScript wants to find again as long as something else keeps them, each under a number.
// A WeakRef of JavaScript would keep its target to the end of the job, and in synchronous code for ever.
// Each is removed by JavaScript, but they are linked for the thread that ends before it could.
class WeakTargets {
 public:
  explicit WeakTargets(napi_env env) : env_(env) {}
  WeakTargets(const WeakTargets&) = delete;
  WeakTargets& operator=(const WeakTargets&) = delete;

  // 0 when there was no memory for it.
  double Add(napi_value target) noexcept;
  // nullptr once it was collected.
  napi_value Find(double number) const noexcept;
  void Remove(double number) noexcept;
  void RemoveAll() noexcept;

 private:
  struct Target;

  napi_env env_;
  Target* newest_ = nullptr;
};

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_WEAK_TARGETS_H_
