#include "core/exit_guard.h"

#include <cstddef>
#include <cstdlib>
#include <new>

#ifdef _WIN32
#include <process.h>
#else
#include <unistd.h>
#endif

#include "core/allocation.h"

namespace holdfast {

namespace {

long ProcessId() noexcept {
#ifdef _WIN32
  return _getpid();
#else
  return getpid();
#endif
}

}  // namespace

ExitGuard& ExitGuard::OfProcess() noexcept {
  // Never destroyed: worker threads may still close handles while the main thread runs static destructors.
  alignas(ExitGuard) static std::byte storage[sizeof(ExitGuard)];
  static ExitGuard& guard = *new (storage) ExitGuard;
  return guard;
}

bool ExitGuard::Register(long process) noexcept {
  if (process_ != 0) return true;
  if (std::atexit([] { OfProcess().RunAll(); }) != 0) return false;
#ifdef __GLIBC__
  // Some runtimes end by quick_exit(). Each of the two runs only its own list.
  if (std::at_quick_exit([] { OfProcess().RunAll(); }) != 0) return false;
#endif
  process_ = process;
  return true;
}

bool ExitGuard::Add(ExitTask& task) noexcept {
  const long process = ProcessId();
  if (process_ != 0 && process_ != process) {
    // After a fork(), and before this process has a second thread. One that was not copied may have held the
    // lock. What was registered with the C library still is.
    new (&mutex_) std::mutex;
    newest_ = nullptr;
    process_ = process;
  }
  std::lock_guard lock(mutex_);
  if (!Register(process)) return false;
  task.older = newest_;
  task.newer = nullptr;
  task.process = process;
  if (newest_ != nullptr) newest_->newer = &task;
  newest_ = &task;
  return true;
}

// A process that was forked and has no list of its own must not take the lock, for the same reason.
int ExitGuard::Run(ExitTask& task) noexcept {
  if (process_ != ProcessId()) return 0;
  std::lock_guard lock(mutex_);
  if (task.process != process_) return 0;
  Unlink(task);
  return task.run(&task);
}

void ExitGuard::Forget(ExitTask& task) noexcept {
  if (process_ != ProcessId()) return;
  std::lock_guard lock(mutex_);
  if (task.process == process_) Unlink(task);
}

void ExitGuard::Unlink(ExitTask& task) noexcept {
  (task.newer == nullptr ? newest_ : task.newer->older) = task.older;
  if (task.older != nullptr) task.older->newer = task.newer;
  task.process = 0;
}

// At the end of the process, on the thread that ends it; others may still run.
void ExitGuard::RunAll() noexcept {
  if (process_ != ProcessId()) return;
  std::lock_guard lock(mutex_);
  while (newest_ != nullptr) {
    ExitTask& task = *newest_;
    Unlink(task);
    task.run(&task);
  }
}

}  // namespace holdfast
