#ifndef HOLDFAST_CORE_EXIT_GUARD_H_
#define HOLDFAST_CORE_EXIT_GUARD_H_

#include <atomic>
#include <mutex>

namespace holdfast {

// Something that would outlive the process: a name in the system that has to be removed.
struct ExitTask {
  // On any thread; with the lock of the guard held, so it must not come back to it. Returns the error of
  // the system, if any.
  int (*run)(ExitTask* self) noexcept;
  ExitTask* older = nullptr;
  ExitTask* newer = nullptr;
  long process = 0;  // that has it on its list; 0: none
};

// What has to be done however the process ends, as long as it still runs code.
//
// process.exit() and an uncaught exception on the main thread run no cleanup hooks and no finalizers, only
// what is registered with the C library. So tasks are listed here as long as their owner is open, and the
// end of the process runs what is left, newest first. Each task runs once, at one place or the other.
//
// A signal that is not handled, abort() and _exit() run nothing at all.
//
// A process that fork() made has a copy of the list, but what is on it belongs to its parent: there,
// nothing of it is run. The image has to be pinned (module_pin.h), or the C library runs the tasks when it
// unmaps it, with threads of the process still at work.
class ExitGuard {
 public:
  static ExitGuard& OfProcess() noexcept;

  ExitGuard() = default;
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;

  // Any thread. False, and the task is not on the list, when the C library could not register us.
  [[nodiscard]] bool Add(ExitTask& task) noexcept;
  // Runs the task now instead of at the end, if it was not run yet. Any thread.
  int Run(ExitTask& task) noexcept;
  // The task is not to be run any more.
  void Forget(ExitTask& task) noexcept;

 private:
  bool Register(long process) noexcept;
  void Unlink(ExitTask& task) noexcept;
  void RunAll() noexcept;

  std::mutex mutex_;
  ExitTask* newest_ = nullptr;
  // Whose list this is; 0 before the first task.
  std::atomic<long> process_{0};
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_EXIT_GUARD_H_
