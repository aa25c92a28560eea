#ifndef HOLDFAST_BINDING_ENVIRONMENT_H_
#define HOLDFAST_BINDING_ENVIRONMENT_H_

#include <node_api.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "binding/collection_sentinel.h"
#include "binding/release_queue.h"
#include "binding/weak_targets.h"
#include "core/handle_table.h"
#include "core/ledger.h"
#include "core/native_limit.h"
#include "core/pool_gate.h"
#include "resources/memory.h"

namespace holdfast {

// The weak references of the handle table, in one engine environment.
class WeakReferences final : public OwnerReferences {
 public:
  explicit WeakReferences(napi_env env) : env_(env) {}
  bool IsCollected(void* reference) noexcept override;
  void Delete(void* reference) noexcept override;

 private:
  napi_env env_;
};

// Numbers that JavaScript reads without a call, as a Float64Array.
enum class Signal : uint32_t {
  kAttention,         // a set of AttentionFlags; JavaScript looks at it after every open
  kExternalViewRoom,  // how many bytes a new view may have that is not the engine's own; often infinite
  kRefusedByLimit,    // 1 when the native limit stood in the way of the last thing that wanted bytes
  kCountedSlot,       // 1 + the slot of a handle that JavaScript has closed and counted by itself; 0: none
  kCount,
};

enum AttentionFlags : uint32_t {
  kOrphansWait = 1,     // handles that JavaScript has to release
  kPressureIsHigh = 2,  // native bytes have grown by more than the allowance since the last sweep, or
                        // another thread asks to look for what can be released
  kLogWaits = 4,        // the finalization log has something to tell
};

// Everything Holdfast knows of one engine environment: of the main thread, or of one worker. Nothing of
// it is in a static: two environments share only the ledger.
class Environment {
 public:
  // nullptr when there is no memory, or the engine refused.
  static Environment* Create(napi_env env) noexcept;

  HandleTable& table() { return table_; }
  ThreadCounters& counters() { return counters_; }
  MemoryHeap& heap() { return *heap_; }
  WeakTargets& weak_targets() { return weak_targets_; }
  ReleaseQueue& release_queue() { return release_queue_; }
  PoolGate& pool_gate() { return *pool_gate_; }
  napi_value signals() const;
  double collections() const { return collections_; }
  double major_collections() const { return major_collections_; }

  // A Float64Array over the counters of the kinds on `page`; nullptr when the engine refused.
  napi_value CounterPage(uint32_t page) noexcept;

  // A Float64Array over the tallies of the handle table; nullptr when the engine refused.
  napi_value Tallies() noexcept;

  // A handle of `bytes` is about to be opened: from time to time looks whether the engine has
  // collected, and if so sweeps a little.
  void BeforeOpen(double bytes) noexcept;
  // Native bytes have changed: tells the engine, and JavaScript when they have grown too much.
  void AfterChange() noexcept;
  // Views have changed: tells JavaScript when too much waits for the event loop.
  void AfterViewChange() noexcept;

  // Tells JavaScript whether the native limit stands in the way. Returns what it was given.
  bool NoteAdmission(bool granted) noexcept;

  // Opens `resource` for `owner`; the id "none" when there was no memory for it.
  HandleId Open(napi_value owner, const ResourcePolicy& policy, void* resource, uint32_t kind, double bytes,
                Admission& admission) noexcept;
  // The same for what has no native bytes.
  HandleId Open(napi_value owner, const ResourcePolicy& policy, void* resource, uint32_t kind) noexcept;
  // The same for what another thread has sent, whose bytes are counted as live already.
  HandleId Receive(napi_value owner, const ResourcePolicy& policy, void* resource, uint32_t kind,
                   double bytes) noexcept;
  // `bytes` more, or fewer, than expected come from other threads.
  void ShiftExpectations(double bytes) noexcept;
  // The same as Open with the owner object of the slot that was reserved last; none when that is not `index`.
  HandleId Reopen(uint32_t index, const ResourcePolicy& policy, void* resource, uint32_t kind, double bytes,
                  Admission& admission) noexcept;
  void Resize(Slot& slot, double bytes, double bytes_held, Admission& admission) noexcept;

  // Native bytes that the program says it holds besides the handles.
  void SetPressure(double bytes) noexcept;
  // JavaScript wants to look at the memory of the process again when the bytes of all threads have grown by
  // `step`. Until then `room` bytes are left before it becomes scarce. Both may be infinite.
  void SetMemoryRoom(double step, double room) noexcept;
  void AskOtherThreadsToReclaim() noexcept;

  // Whether JavaScript has closed and counted the handle in that slot, without a call.
  bool IsCounted(uint32_t index) const noexcept {
    return signals_[static_cast<size_t>(Signal::kCountedSlot)] == index + 1.0;
  }
  // The handle in it is about to be opened again, or freed.
  void ForgetCountedSlot() noexcept { SetSignal(Signal::kCountedSlot, 0); }
  // Closes a handle that the program disposes of. What JavaScript is told is at closeForReuse.
  napi_value CloseForReuse(HandleId id) noexcept;
  // The same without its slow part, which goes to the release queue. False, and nothing has changed, when
  // there is none.
  bool DeferClose(HandleId id) noexcept;
  // Lets the collector of objects decide over the handle again. False when there was no memory for that.
  [[nodiscard]] bool Watch(HandleId id, napi_value owner) noexcept;

  // Asks the sentinels whether the engine has collected since the last time.
  void NoticeCollections() noexcept;
  // Goes on with a sweep that is under way. True when more of it is left.
  bool SweepSlice(size_t limit) noexcept;
  // Sweeps every slot, at once. Returns how many handles were closed; orphans are not.
  size_t SweepEverything() noexcept;
  // Finishes the sweep that the collections noticed so far have made due.
  size_t SweepPending() noexcept;
  // The newest handle whose owner was collected and that JavaScript has to release; none when all are.
  HandleId NextOrphan() noexcept;

 private:
  explicit Environment(napi_env env)
      : env_(env), owners_(env), table_(counters_, owners_), weak_targets_(env), sentinel_(env) {}
  ~Environment();

  static void OnEnvironmentEnd(void* environment);

  // open(reference) gets a weak reference to `owner`, which is deleted when it returns none.
  template <typename OpenSlot>
  HandleId OpenFor(napi_value owner, OpenSlot open) noexcept;

  size_t Sweep(size_t limit) noexcept;
  void TellEngine() noexcept;
  void Tell(int64_t untold) noexcept;
  void FreeCountedSlot() noexcept;
  void SetSignal(Signal signal, double value) noexcept;
  void RaiseAttention(AttentionFlags flag) noexcept;
  napi_value Referenced(napi_ref reference) const noexcept;
  int64_t OwnBytes() const;
  int64_t NativeBytes() const { return OwnBytes() + pressure_; }
  int64_t Allowed() const noexcept;
  double BytesOfThread() const noexcept;
  double ExternalViewRoom() const noexcept;
  double* AllocateForJavaScript(size_t count, napi_ref* array) noexcept;

  using Clock = std::chrono::steady_clock;

  napi_env env_;
  WeakReferences owners_;
  ThreadCounters counters_;
  HandleTable table_;
  MemoryHeap* heap_ = nullptr;
  PoolGate* pool_gate_ = nullptr;
  WeakTargets weak_targets_;
  ReleaseQueue release_queue_;
  CollectionSentinel sentinel_;

  double* signals_ = nullptr;
  napi_ref signals_array_ = nullptr;
  napi_ref tallies_array_ = nullptr;
  std::array<napi_ref, kCounterPages> counter_arrays_{};

  double collections_ = 0;
  double major_collections_ = 0;
  double unpolled_bytes_ = 0;
  int64_t pressure_ = 0;
  int64_t told_engine_ = 0;
  Clock::time_point tell_much_at_{};
  int64_t pressure_at_ = 0;                     // of native bytes; past it JavaScript is asked to collect
  double look_at_ = NativeLimit::kNone;         // of all bytes of the thread; the same
  double external_until_ = NativeLimit::kNone;  // of bytes under external ArrayBuffers
  size_t waiting_budget_ = MemoryHeap::kWaitingBudget;
  uint32_t seen_requests_ = NativeLimit::OfProcess().requests();
};

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_ENVIRONMENT_H_
