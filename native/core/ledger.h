#ifndef HOLDFAST_CORE_LEDGER_H_
#define HOLDFAST_CORE_LEDGER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "core/resource_kind.h"

namespace holdfast {

// The columns of a counter row, in the order lib/statistics.ts reads them.
// opened == live + disposed + finalized + transferred_out - transferred_in, at every moment.
enum class Counter : uint32_t {
  kLive,
  kLiveBytes,
  kPeakLive,
  kPeakLiveBytes,
  kOpened,
  kDisposed,
  kFinalized,
  kTransferredIn,
  kTransferredOut,
};
inline constexpr size_t kCounters = 9;

// Written by the thread that owns it and read by any, hence atomic; never read-modify-written, so an
// update costs a plain load and store. JavaScript reads the same memory as a Float64Array.
using CounterCell = std::atomic<double>;
static_assert(sizeof(CounterCell) == sizeof(double) && CounterCell::is_always_lock_free,
              "JavaScript reads a counter as a plain double");

inline constexpr uint32_t kKindsPerPage = 64;
inline constexpr uint32_t kCounterPages = 16;
inline constexpr uint32_t kMaxKinds = kKindsPerPage * kCounterPages;
inline constexpr size_t kCountersPerPage = kKindsPerPage * kCounters;

// Row 0 belongs to no kind. It holds what cannot be added up from the other rows when somebody asks, or
// is asked for too often: live, live bytes and their peaks over all kinds. Its other columns stay 0.
inline constexpr uint32_t kAllKinds = 0;
// Where kinds beyond kMaxKinds are counted together.
inline constexpr uint32_t kOtherKinds = 1;

using CounterRow = std::array<double, kCounters>;

// Collections that the library made engines do.
struct ForcedCollections {
  double count = 0;
  double milliseconds = 0;
};

// The counts of one thread. Its memory comes in pages from outside, so that the binding can put them
// where JavaScript sees them.
class ThreadCounters {
 public:
  ThreadCounters() = default;
  ThreadCounters(const ThreadCounters&) = delete;
  ThreadCounters& operator=(const ThreadCounters&) = delete;

  bool has_page_for(uint32_t kind) const { return pages_[kind / kKindsPerPage] != nullptr; }
  // `cells` holds kCountersPerPage doubles and outlives this object.
  void AddPage(uint32_t page, double* cells) noexcept;

  void Opened(uint32_t kind, double bytes) noexcept;
  // The same for what another thread has sent.
  void Received(uint32_t kind, double bytes) noexcept;
  // What this thread has sent was released instead.
  void TransferFailed(uint32_t kind) noexcept;
  // `bytes_held` of the handle's bytes stay counted as live although the handle is closed: somebody
  // outside still uses the memory. BytesReleased ends that.
  void Closed(uint32_t kind, double bytes, double bytes_held, CloseReason reason) noexcept;
  void BytesReleased(uint32_t kind, double bytes) noexcept;
  void Resized(uint32_t kind, double bytes_before, double bytes_now) noexcept;
  void ResetPeaks() noexcept;

  double Read(uint32_t kind, Counter counter) const noexcept;

 private:
  CounterCell* Row(uint32_t kind) const {
    CounterCell* page = pages_[kind / kKindsPerPage].load(std::memory_order_acquire);
    return page + (kind % kKindsPerPage) * kCounters;
  }
  void Appeared(uint32_t kind, double bytes, Counter how) noexcept;
  static void Grow(CounterCell* row, uint32_t kind, double handles, double bytes) noexcept;
  static void Shrink(CounterCell* row, double handles, double bytes) noexcept;

  std::array<std::atomic<CounterCell*>, kCounterPages> pages_{};
};

// The counts of the process: the sum over its threads, and what ended threads left behind.
//
// Peaks over several threads are sampled, not exact: the sum is looked at whenever a thread reaches a
// peak of its own, whenever a thread ends and whenever somebody asks. With one thread they are exact.
class Ledger {
 public:
  static Ledger& OfProcess() noexcept;

  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // The number of the kind called `name`, the same in every thread; kOtherKinds when there are too
  // many kinds or no memory for another name.
  uint32_t RegisterKind(const char* name, size_t length) noexcept;
  uint32_t kind_count() const noexcept;
  // Empty past the last kind, and for the row of all kinds. Stays valid for the life of the process.
  std::string_view KindName(uint32_t kind) const noexcept;

  // False when the ledger cannot hold another thread; the process counts then leave that one out.
  bool AddThread(ThreadCounters* counters) noexcept;
  // Keeps what the thread has counted. Its live handles are gone by now, one way or the other.
  void RemoveThread(ThreadCounters* counters) noexcept;

  // Bytes that are live and in no thread: on their way from one to another.
  void AddTransitBytes(uint32_t kind, double bytes) noexcept;

  CounterRow Read(uint32_t kind) noexcept;
  // Over all threads and kinds, and on the way between threads.
  double LiveBytes() const noexcept;

  // Of any thread, for good: nothing of it belongs to a thread that ends.
  void CountForcedCollection(double milliseconds) noexcept;
  ForcedCollections forced_collections() const noexcept;

  size_t thread_count() const { return thread_count_.load(std::memory_order_relaxed); }
  void ResetPeaks() noexcept;

  // Called by ThreadCounters when a row reached a new peak; cheap while there is one thread.
  void OnThreadPeak(uint32_t kind) noexcept {
    if (thread_count() > 1) SamplePeaks(kind);
  }

 private:
  struct Kind {
    std::string_view name;
    CounterRow retired{};  // live bytes: of transfers
    double peak_live = 0;
    double peak_live_bytes = 0;
  };

  void SamplePeaks(uint32_t kind) noexcept;
  CounterRow SumLocked(uint32_t kind) noexcept;

  static constexpr size_t kMaxThreads = 1024;

  mutable std::mutex mutex_;
  std::array<Kind, kMaxKinds> kinds_{};
  uint32_t kind_count_ = 2;
  ForcedCollections forced_collections_;
  std::array<ThreadCounters*, kMaxThreads> threads_{};
  std::atomic<size_t> thread_count_{0};
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_LEDGER_H_
