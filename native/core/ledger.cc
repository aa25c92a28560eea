#include "core/ledger.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/allocation.h"

namespace holdfast {

namespace {

constexpr size_t Column(Counter counter) { return static_cast<size_t>(counter); }

double Load(const CounterCell* row, Counter counter) {
  return row[Column(counter)].load(std::memory_order_acquire);
}

void Store(CounterCell* row, Counter counter, double value) {
  row[Column(counter)].store(value, std::memory_order_release);
}

double Add(CounterCell* row, Counter counter, double amount) {
  const double sum = Load(row, counter) + amount;
  Store(row, counter, sum);
  return sum;
}

// Raises `peak` to `value`; true when that was news.
bool Raise(CounterCell* row, Counter peak, double value) {
  if (value <= Load(row, peak)) return false;
  Store(row, peak, value);
  return true;
}

Counter CounterOf(CloseReason reason) {
  switch (reason) {
    case CloseReason::kDisposed:
      return Counter::kDisposed;
    case CloseReason::kFinalized:
      return Counter::kFinalized;
    case CloseReason::kTransferred:
      break;
  }
  return Counter::kTransferredOut;
}

}  // namespace

void ThreadCounters::AddPage(uint32_t page, double* cells) noexcept {
  auto* row = reinterpret_cast<CounterCell*>(cells);
  for (size_t cell = 0; cell < kCountersPerPage; ++cell) new (&row[cell]) CounterCell(0);
  pages_[page].store(row, std::memory_order_release);
}

void ThreadCounters::Grow(CounterCell* row, uint32_t kind, double handles, double bytes) noexcept {
  const bool most = Raise(row, Counter::kPeakLive, Add(row, Counter::kLive, handles));
  const bool most_bytes = Raise(row, Counter::kPeakLiveBytes, Add(row, Counter::kLiveBytes, bytes));
  if (most || most_bytes) Ledger::OfProcess().OnThreadPeak(kind);
}

void ThreadCounters::Shrink(CounterCell* row, double handles, double bytes) noexcept {
  Add(row, Counter::kLive, -handles);
  Add(row, Counter::kLiveBytes, -bytes);
}

void ThreadCounters::Opened(uint32_t kind, double bytes) noexcept { Appeared(kind, bytes, Counter::kOpened); }

void ThreadCounters::Received(uint32_t kind, double bytes) noexcept {
  Appeared(kind, bytes, Counter::kTransferredIn);
}

void ThreadCounters::Appeared(uint32_t kind, double bytes, Counter how) noexcept {
  CounterCell* row = Row(kind);
  Add(row, how, 1);
  Grow(row, kind, 1, bytes);
  Grow(Row(kAllKinds), kAllKinds, 1, bytes);
}

void ThreadCounters::TransferFailed(uint32_t kind) noexcept {
  CounterCell* row = Row(kind);
  Add(row, Counter::kTransferredOut, -1);
  Add(row, Counter::kFinalized, 1);
}

void ThreadCounters::Closed(uint32_t kind, double bytes, double bytes_held, CloseReason reason) noexcept {
  CounterCell* row = Row(kind);
  Add(row, CounterOf(reason), 1);
  Shrink(row, 1, bytes - bytes_held);
  Shrink(Row(kAllKinds), 1, bytes - bytes_held);
}

void ThreadCounters::BytesReleased(uint32_t kind, double bytes) noexcept {
  Shrink(Row(kind), 0, bytes);
  Shrink(Row(kAllKinds), 0, bytes);
}

void ThreadCounters::Resized(uint32_t kind, double bytes_before, double bytes_now) noexcept {
  Grow(Row(kind), kind, 0, bytes_now - bytes_before);
  Grow(Row(kAllKinds), kAllKinds, 0, bytes_now - bytes_before);
}

void ThreadCounters::ResetPeaks() noexcept {
  for (uint32_t kind = 0; kind < kMaxKinds; ++kind) {
    if (!has_page_for(kind)) continue;
    CounterCell* row = Row(kind);
    Store(row, Counter::kPeakLive, Load(row, Counter::kLive));
    Store(row, Counter::kPeakLiveBytes, Load(row, Counter::kLiveBytes));
  }
}

double ThreadCounters::Read(uint32_t kind, Counter counter) const noexcept {
  return has_page_for(kind) ? Load(Row(kind), counter) : 0;
}

Ledger& Ledger::OfProcess() noexcept {
  // Never destroyed: worker threads may still count while the main thread runs static destructors.
  alignas(Ledger) static std::byte storage[sizeof(Ledger)];
  static Ledger& ledger = *new (storage) Ledger;
  return ledger;
}

uint32_t Ledger::RegisterKind(const char* name, size_t length) noexcept {
  std::lock_guard lock(mutex_);
  for (uint32_t kind = kOtherKinds + 1; kind < kind_count_; ++kind) {
    if (kinds_[kind].name == std::string_view(name, length)) return kind;
  }
  if (kind_count_ == kMaxKinds) return kOtherKinds;
  auto* copy = static_cast<char*>(Allocate(std::max<size_t>(length, 1)));
  if (copy == nullptr) return kOtherKinds;
  std::memcpy(copy, name, length);
  // Never freed: kinds stay for the life of the process.
  kinds_[kind_count_].name = std::string_view(copy, length);  // NOLINT(clang-analyzer-unix.Malloc)
  return kind_count_++;
}

uint32_t Ledger::kind_count() const noexcept {
  std::lock_guard lock(mutex_);
  return kind_count_;
}

std::string_view Ledger::KindName(uint32_t kind) const noexcept {
  std::lock_guard lock(mutex_);
  if (kind == kOtherKinds) return "(other)";
  return kind < kind_count_ ? kinds_[kind].name : std::string_view();
}

bool Ledger::AddThread(ThreadCounters* counters) noexcept {
  std::lock_guard lock(mutex_);
  const size_t count = thread_count();
  if (count == kMaxThreads) return false;
  threads_[count] = counters;
  thread_count_.store(count + 1, std::memory_order_relaxed);
  return true;
}

void Ledger::RemoveThread(ThreadCounters* counters) noexcept {
  std::lock_guard lock(mutex_);
  const size_t count = thread_count();
  ThreadCounters** end = threads_.data() + count;
  ThreadCounters** place = std::find(threads_.data(), end, counters);
  if (place == end) return;

  for (uint32_t kind = 0; kind < kind_count_; ++kind) {
    SumLocked(kind);  // for the peaks, while this thread still takes part
    for (Counter counter : {Counter::kOpened, Counter::kDisposed, Counter::kFinalized,
                            Counter::kTransferredIn, Counter::kTransferredOut}) {
      kinds_[kind].retired[Column(counter)] += counters->Read(kind, counter);
    }
  }
  *place = *(end - 1);
  thread_count_.store(count - 1, std::memory_order_relaxed);
}

void Ledger::AddTransitBytes(uint32_t kind, double bytes) noexcept {
  std::lock_guard lock(mutex_);
  for (const uint32_t row : {kind, kAllKinds}) kinds_[row].retired[Column(Counter::kLiveBytes)] += bytes;
}

CounterRow Ledger::SumLocked(uint32_t kind) noexcept {
  Kind& entry = kinds_[kind];
  CounterRow sum = entry.retired;
  const size_t count = thread_count();
  // Threads go on counting while they are read. Columns are read in this order everywhere, closed handles
  // before opened ones, so that the difference of the two is never negative.
  for (Counter counter : {Counter::kDisposed, Counter::kFinalized, Counter::kTransferredOut,
                          Counter::kTransferredIn, Counter::kOpened, Counter::kLive, Counter::kLiveBytes}) {
    for (size_t thread = 0; thread < count; ++thread) {
      sum[Column(counter)] += threads_[thread]->Read(kind, counter);
    }
  }
  for (size_t thread = 0; thread < count; ++thread) {
    entry.peak_live = std::max(entry.peak_live, threads_[thread]->Read(kind, Counter::kPeakLive));
    entry.peak_live_bytes =
        std::max(entry.peak_live_bytes, threads_[thread]->Read(kind, Counter::kPeakLiveBytes));
  }
  entry.peak_live = std::max(entry.peak_live, sum[Column(Counter::kLive)]);
  entry.peak_live_bytes = std::max(entry.peak_live_bytes, sum[Column(Counter::kLiveBytes)]);
  sum[Column(Counter::kPeakLive)] = entry.peak_live;
  sum[Column(Counter::kPeakLiveBytes)] = entry.peak_live_bytes;
  return sum;
}

CounterRow Ledger::Read(uint32_t kind) noexcept {
  std::lock_guard lock(mutex_);
  if (kind >= kind_count_) return {};
  CounterRow row = SumLocked(kind);
  if (kind == kAllKinds) return row;
  // Live as the difference of what was opened and closed: the row adds up, whatever the threads have done
  // while it was read. It may be some handles ahead of the peak then.
  double& live = row[Column(Counter::kLive)];
  live = row[Column(Counter::kOpened)] + row[Column(Counter::kTransferredIn)] -
         row[Column(Counter::kDisposed)] - row[Column(Counter::kFinalized)] -
         row[Column(Counter::kTransferredOut)];
  return row;
}

double Ledger::LiveBytes() const noexcept {
  std::lock_guard lock(mutex_);
  double bytes = kinds_[kAllKinds].retired[Column(Counter::kLiveBytes)];
  for (size_t thread = 0; thread < thread_count(); ++thread) {
    bytes += threads_[thread]->Read(kAllKinds, Counter::kLiveBytes);
  }
  return bytes;
}

void Ledger::CountForcedCollection(double milliseconds) noexcept {
  std::lock_guard lock(mutex_);
  forced_collections_.count += 1;
  forced_collections_.milliseconds += milliseconds;
}

ForcedCollections Ledger::forced_collections() const noexcept {
  std::lock_guard lock(mutex_);
  return forced_collections_;
}

void Ledger::SamplePeaks(uint32_t kind) noexcept {
  std::lock_guard lock(mutex_);
  SumLocked(kind);
}

void Ledger::ResetPeaks() noexcept {
  std::lock_guard lock(mutex_);
  for (Kind& kind : kinds_) kind.peak_live = kind.peak_live_bytes = 0;
}

}  // namespace holdfast
