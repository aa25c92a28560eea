#include <sys/mman.h>

#include <csignal>
#include <cstdlib>

#include "file_fixtures.h"
#include "harness.h"
#include "processes.h"

// Signals that have nothing to do with our maps. Each test has a process of its own; this one must map
// nothing, or the children would find the signal taken.
namespace holdfast::test {

namespace {

size_t Pages(size_t count) { return count * PageSize(); }

// A page of a file of no bytes, which nobody guards.
volatile char* UnguardedPage() {
  char path[] = "/tmp/holdfast-test-XXXXXX";
  const int fd = mkstemp(path);
  unlink(path);
  return static_cast<char*>(mmap(nullptr, PageSize(), PROT_READ, MAP_SHARED, fd, 0));
}

// A sanitizer may have it.
void UseDefaultAction() { signal(SIGBUS, SIG_DFL); }

// Maps a file, so that the signal is ours.
void TakeSignal() {
  const PagedFile file(Pages(1));
  const Map map(file, {.length = Pages(1)});
}

volatile sig_atomic_t calls = 0;
volatile bool blocked_itself = false;
volatile bool blocked_other = false;

void ReadMask() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  blocked_itself = sigismember(&mask, SIGBUS) == 1;
  blocked_other = sigismember(&mask, SIGUSR2) == 1;
}

void EndByTouch(int) { _exit(41); }
void EndWithInfo(int, siginfo_t* info, void*) { _exit(info->si_code == BUS_ADRERR ? 50 : 51); }
void Count(int) {
  calls = calls + 1;
  ReadMask();
}

void Install(void (*handler)(int), int flags = 0) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

TEST("a touch of somebody else's lost page ends the process as it would have without us") {
  const int outcome = InChild([] {
    UseDefaultAction();
    TakeSignal();
    return static_cast<int>(*UnguardedPage());
  });
  CHECK_EQUAL(outcome, -SIGBUS);
}

TEST("a signal that is sent ends the process as it would have without us") {
  CHECK_EQUAL(InChild([] {
                UseDefaultAction();
                TakeSignal();
                return raise(SIGBUS);
              }),
              -SIGBUS);
  CHECK_EQUAL(InChild([] {
                UseDefaultAction();
                TakeSignal();
                kill(getpid(), SIGBUS);
                for (;;) pause();
                return 0;
              }),
              -SIGBUS);
}

TEST("a signal that is sent and was ignored is still ignored, a touch is not") {
  CHECK_EQUAL(InChild([] {
                signal(SIGBUS, SIG_IGN);
                TakeSignal();
                raise(SIGBUS);
                return 7;
              }),
              7);
  CHECK_EQUAL(InChild([] {
                signal(SIGBUS, SIG_IGN);
                TakeSignal();
                return static_cast<int>(*UnguardedPage());
              }),
              -SIGBUS);
}

TEST("the handler of before gets what is not ours, with what it asked for") {
  CHECK_EQUAL(InChild([] {
                Install(EndByTouch);
                TakeSignal();
                return static_cast<int>(*UnguardedPage());
              }),
              41);
  CHECK_EQUAL(InChild([] {
                struct sigaction action = {};
                action.sa_sigaction = EndWithInfo;
                action.sa_flags = SA_SIGINFO;
                sigaction(SIGBUS, &action, nullptr);
                TakeSignal();
                return static_cast<int>(*UnguardedPage());
              }),
              50);
}

TEST("the handler of before runs with its own mask, and the mask is as it was afterwards") {
  for (const int flags : {0, SA_NODEFER}) {
    const int outcome = InChild([flags] {
      Install(Count, flags);
      TakeSignal();
      raise(SIGBUS);
      if (calls != 1 || !blocked_other || blocked_itself != (flags == 0)) return 1;
      ReadMask();
      return blocked_other || blocked_itself ? 2 : 0;
    });
    CHECK_EQUAL(outcome, 0);
  }
}

TEST("a handler of before that wanted one call gets one") {
  CHECK_EQUAL(InChild([] {
                Install(Count, SA_RESETHAND);
                TakeSignal();
                raise(SIGBUS);
                if (calls != 1) return 1;
                raise(SIGBUS);
                return 2;
              }),
              -SIGBUS);
}

TEST("when somebody took the signal and gave it back, the next map takes it again") {
  CHECK_EQUAL(InChild([] {
                TakeSignal();
                UseDefaultAction();
                const PagedFile file(Pages(1));
                const Map map(file, {.length = Pages(1)});
                file.Truncate(0);
                return map[0] == 0 && HasLostPages(*map) ? 0 : 1;
              }),
              0);
}

TEST("a handler that came after us stays, and may pass on to us") {
  static struct sigaction ours;
  CHECK_EQUAL(InChild([] {
                UseDefaultAction();
                TakeSignal();
                struct sigaction action = {};
                action.sa_flags = SA_SIGINFO;
                action.sa_sigaction = [](int signal, siginfo_t* info, void* context) {
                  calls = calls + 1;
                  ours.sa_sigaction(signal, info, context);
                };
                sigaction(SIGBUS, &action, &ours);
                {
                  const PagedFile file(Pages(1));
                  const Map map(file, {.length = Pages(1)});
                  file.Truncate(0);
                  if (map[0] != 0 || calls != 1) return 1;
                }
                return static_cast<int>(*UnguardedPage());
              }),
              -SIGBUS);
}

}  // namespace holdfast::test
