#include "binding/environment.h"

#include <algorithm>
#include <new>

#include "core/allocation.h"
#include "core/engine_flags.h"
#include "core/transit.h"

namespace holdfast {

namespace {

// How many slots one open, or one handle scope, visits: some tens of microseconds.
constexpr size_t kSlotsPerScope = 256;

// The sentinels are asked once per this many bytes opened, a handle itself counted as kBytesPerHandle.
// Asking costs about as much as a tenth of an open.
constexpr double kBytesPerPoll = 128 * 1024;
constexpr double kBytesPerHandle = 4 * 1024;

// Smaller changes of the native bytes are not worth telling the engine: each telling costs 40 to 70 ns.
constexpr int64_t kTellEngineFrom = int64_t{4} << 20;

// The engine is told of no more than this, of our own bytes and of the program's pressure. A single change
// of 2^60 and more aborts V8, and so does a sum that overflows. Any smaller total is harmless: V8 looks at
// what was added since its last major collection, and collects as often on top of 2^50 bytes as on top of
// none (docs/decisions.md).
constexpr int64_t kMostTold = int64_t{1} << 50;

// V8 looks through its whole heap at once when it is told of much more in one go. Such news may take this
// share of the time and waits its turn otherwise; a program that adds and removes gigabytes all the time
// would do little else.
constexpr int64_t kMuchAtOnce = int64_t{256} << 20;
constexpr int kMuchAtOnceDivisor = 10;

// How far native bytes may grow past what the last sweep left before JavaScript is asked to collect. A
// share of what is live, so that a program that only grows is not made to collect ever more; but not any
// share, since the program may have declared any number.
constexpr int64_t kAllowance = int64_t{32} << 20;
constexpr int64_t kAllowanceDivisor = 2;
constexpr int64_t kMostAllowance = int64_t{1} << 30;

// How many tallies a thread has: lib/collectors/tallies.ts gives them out.
constexpr size_t kTallies = 1024;

// What part of what memory is left may go to what does not come back at once: memory that waits for the
// event loop, and pages that are kept for reuse.
constexpr double kRoomDivisor = 4;

// Node-API is only called with a scope open; a sweep would otherwise pile up a local handle for each
// owner that is still alive.
class HandleScope {
 public:
  explicit HandleScope(napi_env env) : env_(env) { napi_open_handle_scope(env, &scope_); }
  ~HandleScope() { napi_close_handle_scope(env_, scope_); }
  HandleScope(const HandleScope&) = delete;
  HandleScope& operator=(const HandleScope&) = delete;

 private:
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
};

}  // namespace

bool WeakReferences::IsCollected(void* reference) noexcept {
  napi_value value = nullptr;
  const auto ref = static_cast<napi_ref>(reference);
  return napi_get_reference_value(env_, ref, &value) == napi_ok && value == nullptr;
}

void WeakReferences::Delete(void* reference) noexcept {
  napi_delete_reference(env_, static_cast<napi_ref>(reference));
}

Environment* Environment::Create(napi_env env) noexcept {
  void* memory = Allocate(sizeof(Environment));
  if (memory == nullptr) return nullptr;
  auto* environment = new (memory) Environment(env);
  environment->heap_ = MemoryHeap::Create(&environment->counters_);
  environment->pool_gate_ = PoolGate::Create();
  const bool complete = environment->heap_ != nullptr && environment->pool_gate_ != nullptr &&
                        (environment->signals_ = environment->AllocateForJavaScript(
                             static_cast<size_t>(Signal::kCount), &environment->signals_array_)) != nullptr &&
                        environment->CounterPage(0) != nullptr &&
                        napi_add_env_cleanup_hook(env, OnEnvironmentEnd, environment) == napi_ok;
  if (!complete) {
    if (environment->heap_ != nullptr) environment->heap_->Retire();
    environment->~Environment();
    std::free(memory);
    return nullptr;
  }
  Ledger::OfProcess().AddThread(&environment->counters_);
  environment->sentinel_.Poll();
  environment->pressure_at_ = environment->Allowed();
  return environment;
}

Environment::~Environment() {
  if (pool_gate_ != nullptr) pool_gate_->Drop();
}

// The thread's environment ends: by running dry, or, in a worker, in any way at all. The engine still
// has its references but runs no more JavaScript.
void Environment::OnEnvironmentEnd(void* data) {
  auto* environment = static_cast<Environment*>(data);
  UnlockEngineFlags(environment);
  environment->pool_gate_->ShutAndWait();
  environment->FreeCountedSlot();
  environment->table_.Drain();
  environment->pressure_ = 0;
  environment->TellEngine();
  environment->sentinel_.Disarm();
  environment->weak_targets_.RemoveAll();
  Transit::OfProcess().ReleaseFrom(environment->counters_);
  Ledger::OfProcess().RemoveThread(&environment->counters_);
  environment->heap_->Retire();
  environment->~Environment();
  std::free(environment);
}

// An array that lives as long as the environment, in memory that does not move: ArrayBuffers of the
// engine are allocated outside of its heap.
double* Environment::AllocateForJavaScript(size_t count, napi_ref* array) noexcept {
  const HandleScope scope(env_);
  void* cells = nullptr;
  napi_value buffer;
  napi_value view;
  if (napi_create_arraybuffer(env_, count * sizeof(double), &cells, &buffer) != napi_ok ||
      napi_create_typedarray(env_, napi_float64_array, count, buffer, 0, &view) != napi_ok ||
      napi_create_reference(env_, view, 1, array) != napi_ok) {
    return nullptr;
  }
  return static_cast<double*>(cells);
}

napi_value Environment::CounterPage(uint32_t page) noexcept {
  if (counter_arrays_[page] == nullptr) {
    double* cells = AllocateForJavaScript(kCountersPerPage, &counter_arrays_[page]);
    if (cells == nullptr) return nullptr;
    counters_.AddPage(page, cells);
  }
  return Referenced(counter_arrays_[page]);
}

napi_value Environment::Tallies() noexcept {
  if (tallies_array_ == nullptr) {
    double* cells = AllocateForJavaScript(kTallies, &tallies_array_);
    if (cells == nullptr) return nullptr;
    table_.UseTallies(cells);
  }
  return Referenced(tallies_array_);
}

napi_value Environment::signals() const { return Referenced(signals_array_); }

napi_value Environment::Referenced(napi_ref reference) const noexcept {
  napi_value value = nullptr;
  napi_get_reference_value(env_, reference, &value);
  return value;
}

void Environment::SetSignal(Signal signal, double value) noexcept {
  signals_[static_cast<size_t>(signal)] = value;
}

void Environment::FreeCountedSlot() noexcept {
  const auto counted = static_cast<uint32_t>(signals_[static_cast<size_t>(Signal::kCountedSlot)]);
  if (counted > 0) table_.FreeCounted(counted - 1);
}

void Environment::RaiseAttention(AttentionFlags flag) noexcept {
  const auto raised = static_cast<uint32_t>(signals_[static_cast<size_t>(Signal::kAttention)]);
  SetSignal(Signal::kAttention, raised | flag);
}

int64_t Environment::OwnBytes() const { return heap_->native_bytes() + table_.declared_bytes(); }

int64_t Environment::Allowed() const noexcept {
  const int64_t bytes = NativeBytes();
  return bytes + std::clamp(bytes / kAllowanceDivisor, kAllowance, kMostAllowance);
}

// A sweep is over before JavaScript has released the orphans that it found. What they held counts as live
// until then; left in the allowance it would grow by half with each collection, as if nothing came back.
HandleId Environment::NextOrphan() noexcept {
  const HandleId orphan = table_.NewestOrphan();
  if (orphan.is_none()) pressure_at_ = std::min(pressure_at_, Allowed());
  return orphan;
}

// What comes from another thread is in use, and what goes there is no garbage: nothing has to be collected.
void Environment::ShiftExpectations(double bytes) noexcept {
  pressure_at_ += static_cast<int64_t>(bytes);
  look_at_ += bytes;
}

void Environment::SetPressure(double bytes) noexcept {
  pressure_ = static_cast<int64_t>(bytes);
  AfterChange();
}

// All of it takes room: what is the engine's, what waits for the event loop, what the program knows of.
double Environment::BytesOfThread() const noexcept {
  return counters_.Read(kAllKinds, Counter::kLiveBytes) + static_cast<double>(pressure_);
}

void Environment::SetMemoryRoom(double step, double room) noexcept {
  // The other threads grow into the same room.
  const double threads = static_cast<double>(std::max<size_t>(Ledger::OfProcess().thread_count(), 1));
  const double share = room / threads / kRoomDivisor;
  waiting_budget_ = static_cast<size_t>(std::min<double>(MemoryHeap::kWaitingBudget, share));
  heap_->SetCacheBudget(static_cast<size_t>(
      std::clamp<double>(share, MemoryHeap::kLeastCacheBudget, MemoryHeap::kCacheBudget)));
  external_until_ = static_cast<double>(heap_->external_bytes()) + share;
  look_at_ = BytesOfThread() + step / threads;
  AfterViewChange();
}

bool Environment::NoteAdmission(bool granted) noexcept {
  SetSignal(Signal::kRefusedByLimit, granted ? 0 : 1);
  return granted;
}

void Environment::AskOtherThreadsToReclaim() noexcept {
  NativeLimit& limit = NativeLimit::OfProcess();
  limit.AskThreadsToReclaim();
  seen_requests_ = limit.requests();
}

void Environment::NoticeCollections() noexcept {
  unpolled_bytes_ = 0;
  AfterViewChange();
  if (const uint32_t requests = NativeLimit::OfProcess().requests(); requests != seen_requests_) {
    seen_requests_ = requests;
    RaiseAttention(kPressureIsHigh);
  }
  const Collection collection = sentinel_.Poll();
  if (collection == Collection::kNone) return;
  const bool major = collection == Collection::kMajor;
  ++collections_;
  if (major) {
    ++major_collections_;
    heap_->TrimUnused();
  }
  table_.OnCollection(major);
}

void Environment::BeforeOpen(double bytes) noexcept {
  unpolled_bytes_ += bytes + kBytesPerHandle;
  if (unpolled_bytes_ >= kBytesPerPoll) NoticeCollections();
  if (table_.sweep_pending()) SweepSlice(kSlotsPerScope);
}

void Environment::AfterViewChange() noexcept { SetSignal(Signal::kExternalViewRoom, ExternalViewRoom()); }

// Memory under an external ArrayBuffer that is dropped comes back in a turn of the event loop only, and is
// live until then. So where memory is short, it may take a part of it only; with more, a loop that never
// yields would come to be stuck with nothing left that collecting could bring back.
double Environment::ExternalViewRoom() const noexcept {
  if (heap_->event_loop_is_behind(waiting_budget_)) return 0;
  const NativeLimit& limit = NativeLimit::OfProcess();
  const auto threads = static_cast<double>(std::max<size_t>(Ledger::OfProcess().thread_count(), 1));
  const double until = std::min(limit.bytes() / threads / kRoomDivisor, external_until_);
  return std::max(0.0, until - static_cast<double>(heap_->external_bytes()));
}

void Environment::AfterChange() noexcept {
  TellEngine();
  if (NativeBytes() > pressure_at_ || BytesOfThread() > look_at_) RaiseAttention(kPressureIsHigh);
}

// The engine counts external ArrayBuffers and its own by itself; it is told of the rest, so that it
// collects when native bytes grow. What it was told is remembered and never taken back twice: more
// taken back than told kills the process.
void Environment::TellEngine() noexcept {
  const int64_t own = std::clamp<int64_t>(OwnBytes() - heap_->viewed_bytes(), 0, kMostTold);
  const int64_t untold = own + std::min(pressure_, kMostTold) - told_engine_;
  if (untold < kTellEngineFrom && untold > -kTellEngineFrom) return;
  if (untold < kMuchAtOnce) return Tell(untold);
  const Clock::time_point start = Clock::now();
  if (start < tell_much_at_) return;
  Tell(untold);
  const Clock::time_point end = Clock::now();
  tell_much_at_ = end + (end - start) * (kMuchAtOnceDivisor - 1);
}

void Environment::Tell(int64_t untold) noexcept {
  int64_t ignored;
  if (napi_adjust_external_memory(env_, untold, &ignored) == napi_ok) told_engine_ += untold;
}

template <typename OpenSlot>
HandleId Environment::OpenFor(napi_value owner, OpenSlot open) noexcept {
  napi_ref reference;
  if (napi_create_reference(env_, owner, 0, &reference) != napi_ok) return {};
  const HandleId id = open(reference);
  if (id.is_none()) napi_delete_reference(env_, reference);
  return id;
}

HandleId Environment::Open(napi_value owner, const ResourcePolicy& policy, void* resource, uint32_t kind,
                           double bytes, Admission& admission) noexcept {
  const HandleId id = OpenFor(owner, [&](napi_ref reference) {
    const HandleTable::Opening opening{
        .policy = &policy, .resource = resource, .owner = reference, .kind = kind, .bytes = bytes};
    return admission.Spend([&] { return table_.Open(opening); });
  });
  AfterChange();
  return id;
}

HandleId Environment::Open(napi_value owner, const ResourcePolicy& policy, void* resource,
                           uint32_t kind) noexcept {
  Admission nothing(NativeLimit::OfProcess(), 0);
  NoteAdmission(nothing.granted());
  return Open(owner, policy, resource, kind, 0, nothing);
}

HandleId Environment::Receive(napi_value owner, const ResourcePolicy& policy, void* resource, uint32_t kind,
                              double bytes) noexcept {
  const HandleId id = OpenFor(owner, [&](napi_ref reference) {
    return table_.Open({.policy = &policy,
                        .resource = resource,
                        .owner = reference,
                        .kind = kind,
                        .bytes = bytes,
                        .received = true});
  });
  if (!id.is_none()) ShiftExpectations(bytes);
  return id;
}

HandleId Environment::Reopen(uint32_t index, const ResourcePolicy& policy, void* resource, uint32_t kind,
                             double bytes, Admission& admission) noexcept {
  const HandleTable::Opening opening{
      .policy = &policy, .resource = resource, .owner = nullptr, .kind = kind, .bytes = bytes};
  const HandleId id = admission.Spend([&] { return table_.Reopen(index, opening); });
  AfterChange();
  return id;
}

napi_value Environment::CloseForReuse(HandleId id) noexcept {
  const HandleTable::Closed closed = table_.CloseAndReserve(id, CloseReason::kDisposed);
  AfterChange();
  if (closed == HandleTable::Closed::kReserved) return nullptr;
  napi_value freed = nullptr;
  napi_get_boolean(env_, closed == HandleTable::Closed::kFreed, &freed);
  return freed;
}

bool Environment::DeferClose(HandleId id) noexcept {
  DeferredRelease* release = table_.Defer(id);
  if (release == nullptr) return false;
  release_queue_.Add(release);
  AfterChange();
  return true;
}

bool Environment::Watch(HandleId id, napi_value owner) noexcept {
  napi_ref reference;
  if (napi_create_reference(env_, owner, 0, &reference) != napi_ok) return false;
  if (!table_.Watch(id, reference)) napi_delete_reference(env_, reference);
  return true;
}

void Environment::Resize(Slot& slot, double bytes, double bytes_held, Admission& admission) noexcept {
  admission.Spend([&] { table_.Resize(slot, bytes, bytes_held); });
  AfterChange();
}

size_t Environment::Sweep(size_t limit) noexcept {
  const HandleScope scope(env_);
  const size_t orphans = table_.orphans();
  const size_t found = table_.Sweep(limit);
  if (!table_.finalization_log().empty()) RaiseAttention(kLogWaits);
  return found - (table_.orphans() - orphans);
}

bool Environment::SweepSlice(size_t limit) noexcept {
  Sweep(limit);
  if (table_.orphans() > 0) RaiseAttention(kOrphansWait);
  AfterViewChange();
  if (table_.sweep_pending()) return true;
  TellEngine();
  pressure_at_ = Allowed();
  return false;
}

size_t Environment::SweepEverything() noexcept {
  NoticeCollections();
  table_.RequestFullSweep();
  return SweepPending();
}

size_t Environment::SweepPending() noexcept {
  size_t closed = 0;
  while (table_.sweep_pending()) closed += Sweep(kSlotsPerScope);
  SweepSlice(0);
  return closed;
}

}  // namespace holdfast
