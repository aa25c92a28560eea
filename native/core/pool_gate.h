#ifndef HOLDFAST_CORE_POOL_GATE_H_
#define HOLDFAST_CORE_POOL_GATE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <thread>

#include "core/allocation.h"

namespace holdfast {

// Stands between a thread that ends and jobs on the thread pool that use what is the thread's: descriptors
// that its end closes, memory that goes with its engine. Node lets its threads wait for all jobs; other
// runtimes forget some, and run others when the thread has gone. So the thread shuts the gate, waits for who
// is inside, and who comes later does nothing.
class PoolGate {
 public:
  // nullptr when there was no memory. The caller is its only holder.
  static PoolGate* Create() noexcept {
    void* memory = Allocate(sizeof(PoolGate));
    return memory == nullptr ? nullptr : new (memory) PoolGate;
  }
  PoolGate(const PoolGate&) = delete;
  PoolGate& operator=(const PoolGate&) = delete;

  // On any thread. Jobs may outlive the thread, and with them their gate.
  void Hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void Drop() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    this->~PoolGate();
    std::free(this);
  }

  // False when it is shut: nothing of the thread may be touched. On any thread, as Leave.
  [[nodiscard]] bool Enter() noexcept {
    if ((state_.fetch_add(1, std::memory_order_acquire) & kShut) == 0) return true;
    Leave();
    return false;
  }
  void Leave() noexcept { state_.fetch_sub(1, std::memory_order_release); }

  // Looks again and again who is left: a condition variable asks for a newer C++ library than the addon may,
  // and there is hardly ever anybody.
  void ShutAndWait() noexcept {
    state_.fetch_or(kShut, std::memory_order_acq_rel);
    while (state_.load(std::memory_order_acquire) != kShut) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  PoolGate() = default;
  ~PoolGate() = default;

  static constexpr uint32_t kShut = uint32_t{1} << 31;

  std::atomic<uint32_t> state_{0};  // kShut, and how many are inside
  std::atomic<uint32_t> holders_{1};
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_POOL_GATE_H_
