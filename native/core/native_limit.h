#ifndef HOLDFAST_CORE_NATIVE_LIMIT_H_
#define HOLDFAST_CORE_NATIVE_LIMIT_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <utility>

#include "core/ledger.h"

namespace holdfast {

// A ceiling for the live bytes of all threads together, as the ledger counts them. Never passed by
// anything opened after it was set, however many threads open at once; set below what is live it frees
// nothing and only refuses.
//
// The ledger's counters stay the only account of what is live. Whoever wants more asks for an Admission,
// allocates, and counts what it got with Admission::Spend. Between the two the bytes are reserved; at
// Spend they pass from reserved to live under the lock, so that no other thread sees them twice or not
// at all. Closing takes no lock: bytes that are given back are at worst seen too late.
//
// While no limit is set, all of this is one load.
class NativeLimit {
 public:
  static constexpr double kNone = std::numeric_limits<double>::infinity();

  static NativeLimit& OfProcess() noexcept;

  explicit NativeLimit(Ledger& ledger) : ledger_(ledger) {}
  NativeLimit(const NativeLimit&) = delete;
  NativeLimit& operator=(const NativeLimit&) = delete;

  // kNone: no limit. What other threads are opening at this very moment may still have been let through
  // by the limit of before.
  void Set(double bytes) noexcept;
  double bytes() const { return bytes_.load(std::memory_order_relaxed); }
  bool is_set() const { return bytes() != kNone; }

  // Calls `read` while no thread counts anything as opened: sums over threads are not above the limit
  // then. Without a limit they are as good as they are.
  template <typename Read>
  void WhileNothingOpens(Read read) noexcept {
    if (!is_set()) return read();
    std::lock_guard lock(mutex_);
    read();
  }

  // A thread was refused although it has released all it could: the others are asked to look whether they
  // hold something that nobody uses. They do when they open next.
  void AskThreadsToReclaim() noexcept { requests_.fetch_add(1, std::memory_order_relaxed); }
  // How often they were asked.
  uint32_t requests() const { return requests_.load(std::memory_order_relaxed); }

 private:
  friend class Admission;

  bool Reserve(double bytes) noexcept;
  void Return(double bytes) noexcept;

  Ledger& ledger_;
  std::atomic<double> bytes_{kNone};
  std::atomic<uint32_t> requests_{0};
  // Taken before that of the ledger, never after it.
  std::mutex mutex_;
  double reserved_ = 0;
};

// The permission to open something of `bytes` bytes, or to grow something by them. Nothing is needed for
// zero bytes, or fewer: they always fit.
class Admission {
 public:
  Admission(NativeLimit& limit, double bytes) noexcept : limit_(limit) { granted_ = Extend(bytes); }
  ~Admission() {
    if (reserved_ > 0) limit_.Return(reserved_);
  }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  bool granted() const { return granted_; }

  // Asks for more. False: there is no room for it, and what was granted before still holds.
  [[nodiscard]] bool Extend(double bytes) noexcept {
    if (bytes <= 0 || !limit_.is_set()) return true;
    if (!limit_.Reserve(bytes)) return false;
    reserved_ += bytes;
    return true;
  }

  // Calls `count`, which counts the bytes as live, or fails and counts nothing. Must not call JavaScript.
  template <typename Count>
  auto Spend(Count count) noexcept {
    if (reserved_ == 0) return count();
    std::lock_guard lock(limit_.mutex_);
    limit_.reserved_ -= std::exchange(reserved_, 0);
    return count();
  }

 private:
  NativeLimit& limit_;
  double reserved_ = 0;
  bool granted_;
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_NATIVE_LIMIT_H_
