#include "resources/map_faults.h"

#include <pthread.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "core/allocation.h"
#include "resources/pages.h"

namespace holdfast {

// Invariant: `start` and `end` belong together whenever `start` is not 0 and `handlers` is not 0. `end` is
// written before `start`, and neither is written again before `handlers` was seen to be 0 after `start` was
// set to 0. All of it is sequentially consistent: either the handler sees that the range is gone, or
// UnguardMap sees the handler.
struct GuardedRange {
  std::atomic<uintptr_t> start{0};  // 0: not in use
  std::atomic<uintptr_t> end{0};
  std::atomic<uint32_t> handlers{0};  // how many work on it at this moment
  std::atomic<bool> lost{false};
  GuardedRange* next_free = nullptr;  // under the lock of the registry

  bool Contains(uintptr_t address) const { return IsIn(address, start.load()); }
  bool IsIn(uintptr_t address, uintptr_t from) const {
    return from != 0 && from <= address && address < end.load();
  }
};
static_assert(std::atomic<uintptr_t>::is_always_lock_free, "a signal handler cannot wait for a lock");

namespace {

struct RangeChunk {
  std::array<GuardedRange, 64> ranges;
  std::atomic<RangeChunk*> next{nullptr};
};

// What the handler reads. Never destroyed, and ready before anything runs.
constinit RangeChunk first_chunk;
const struct sigaction kDefaultAction = {};
// Written before a pointer to them is published, and never again.
constinit struct sigaction action_found = {};
constinit struct sigaction ignoring_action = {};
constinit std::atomic<const struct sigaction*> previous_action{&kDefaultAction};

// Zeros that can be written, in the place of whatever is mapped there. mmap is on no list of functions that
// are safe in a handler; on the systems we know it is a bare system call.
bool PutZeros(uintptr_t start, uintptr_t end) {
  return mmap(reinterpret_cast<void*>(start), end - start, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

// The range stays mapped meanwhile.
bool ReplacePage(GuardedRange& range, uintptr_t address) {
  range.lost.store(true);
  const uintptr_t page = address & ~(uintptr_t{PageSize()} - 1);
  if (PutZeros(page, page + PageSize())) return true;
  // A process may have so many maps, and a page in the middle of one makes three of it. The rest of the
  // range costs one less, and is better lost than the process.
  return PutZeros(page, range.end.load());
}

// Runs inside the signal handler.
bool ReplaceLostPage(uintptr_t address) {
  for (RangeChunk* chunk = &first_chunk; chunk != nullptr; chunk = chunk->next.load()) {
    for (GuardedRange& range : chunk->ranges) {
      if (!range.Contains(address)) continue;
      range.handlers.fetch_add(1);
      const bool still = range.Contains(address);
      const bool replaced = still && ReplacePage(range, address);
      range.handlers.fetch_sub(1);
      if (still) return replaced;
    }
  }
  return false;
}

// As opposed to a misaligned access, broken memory, and a signal that somebody sent.
bool IsMissingPage(const siginfo_t& info) {
#ifdef __APPLE__
  return info.si_code > 0;  // its codes for this signal differ between processors
#else
  return info.si_code == BUS_ADRERR;
#endif
}

// The instruction that caused it will be tried again.
bool WillRepeat(const siginfo_t& info) {
  return info.si_code == BUS_ADRERR || info.si_code == BUS_ADRALN || info.si_code == BUS_OBJERR;
}

bool HasFunction(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

// As the system would have called it. Whether it wanted another stack we cannot see to any more: ours, if
// the thread has one, is as good.
void Call(const struct sigaction& action, int signal, siginfo_t* info, void* context) {
  if ((action.sa_flags & SA_RESETHAND) != 0) {
    const struct sigaction* expected = &action;
    previous_action.compare_exchange_strong(expected, &kDefaultAction);
  }
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, &action.sa_mask, &blocked);
  if ((action.sa_flags & SA_NODEFER) != 0) {
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, signal);
    pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  }
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, context);
  } else {
    action.sa_handler(signal);
  }
  pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
}

void PassOn(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = *previous_action.load();
  if (HasFunction(previous)) return Call(previous, signal, info, context);
  // The system does not let a thread ignore what it did itself, but it can be sent the signal in vain.
  if (previous.sa_handler == SIG_IGN && !WillRepeat(*info)) return;
  sigaction(signal, &kDefaultAction, nullptr);
  // A touch comes again by itself, and a core dump then shows it. Anything else has to be sent again; it is
  // delivered when this handler returns.
  if (!WillRepeat(*info)) raise(signal);
}

void OnBusError(int signal, siginfo_t* info, void* context) {
  const int saved = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  if (!IsMissingPage(*info) || !ReplaceLostPage(address)) PassOn(signal, info, context);
  errno = saved;
}

class Registry {
 public:
  static Registry& OfProcess() noexcept {
    // Never destroyed: worker threads may still unmap while the main thread runs static destructors.
    alignas(Registry) static std::byte storage[sizeof(Registry)];
    static Registry& registry = *new (storage) Registry;
    return registry;
  }

  GuardedRange* Take() noexcept {
    std::lock_guard lock(mutex_);
    if (!TakeSignal() || (free_ == nullptr && !AddChunk())) return nullptr;
    return std::exchange(free_, free_->next_free);
  }

  void Return(GuardedRange* range) noexcept {
    std::lock_guard lock(mutex_);
    range->next_free = std::exchange(free_, range);
  }

 private:
  Registry() {
    ignoring_action.sa_handler = SIG_IGN;
    AddFree(first_chunk);
  }

  void AddFree(RangeChunk& chunk) noexcept {
    for (GuardedRange& range : chunk.ranges) range.next_free = std::exchange(free_, &range);
  }

  bool AddChunk() noexcept {
    void* memory = Allocate(sizeof(RangeChunk));
    if (memory == nullptr) return false;
    auto* chunk = new (memory) RangeChunk;
    AddFree(*chunk);
    last_->next.store(chunk);
    last_ = chunk;
    return true;
  }

  // Looks each time, since others may take the signal from us. One that has done so and has a function may
  // pass on to us what it does not want: to pass on to it in turn would be a circle, so it stays.
  bool TakeSignal() noexcept {
    struct sigaction current;
    if (sigaction(SIGBUS, nullptr, &current) != 0) return false;
    if (installed_ && HasFunction(current)) return true;
    (void)PageSize();  // the handler must not be the first to ask
    // Before the handler can run. The second time nobody had a function.
    if (installed_) {
      previous_action.store(current.sa_handler == SIG_IGN ? &ignoring_action : &kDefaultAction);
    } else {
      action_found = current;
      previous_action.store(&action_found);
    }
    struct sigaction action = {};
    action.sa_sigaction = OnBusError;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, nullptr) != 0) return false;
    installed_ = true;
    return true;
  }

  std::mutex mutex_;
  GuardedRange* free_ = nullptr;
  RangeChunk* last_ = &first_chunk;
  bool installed_ = false;
};

}  // namespace

GuardedRange* GuardMap(void* pages, size_t size) noexcept {
  GuardedRange* range = Registry::OfProcess().Take();
  if (range == nullptr) return nullptr;
  const auto start = reinterpret_cast<uintptr_t>(pages);
  range->lost.store(false);
  range->end.store(start + size);
  range->start.store(start);
  return range;
}

void UnguardMap(GuardedRange* range) noexcept {
  range->start.store(0);
  // Some microseconds at most, and seldom at all: somebody touched what is about to be unmapped.
  while (range->handlers.load() != 0) std::this_thread::yield();
  Registry::OfProcess().Return(range);
}

bool HasLostPages(const GuardedRange& range) noexcept { return range.lost.load(); }

}  // namespace holdfast
