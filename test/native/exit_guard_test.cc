#include "core/exit_guard.h"

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "faults/faults.h"
#include "harness.h"
#include "processes.h"

namespace holdfast::test {

namespace {

int pipe_ends[2];

// Says its number on a pipe when it is run.
struct Noted : ExitTask {
  char number;
  int error = 0;

  explicit Noted(char its_number) : ExitTask{.run = Note}, number(its_number) {}
  static int Note(ExitTask* self) noexcept {
    const auto* noted = static_cast<Noted*>(self);
    (void)!write(pipe_ends[1], &noted->number, 1);
    return noted->error;
  }
};

ExitGuard& Guard() { return ExitGuard::OfProcess(); }

// What tasks have said when a process that did `body` is over.
template <typename Body>
std::string NotesOf(Body body) {
  (void)!pipe(pipe_ends);
  // Not InChild: the end itself is under test.
  const pid_t child = fork();
  if (child == 0) {
    body();
    std::exit(0);
  }
  close(pipe_ends[1]);
  Outcome(child);
  std::string notes(16, 0);
  const ssize_t length = read(pipe_ends[0], notes.data(), notes.size());
  close(pipe_ends[0]);
  notes.resize(length < 0 ? 0 : length);
  return notes;
}

Noted a('a');
Noted b('b');
Noted c('c');

void AddAll() {
  for (Noted* task : {&a, &b, &c}) CHECK(Guard().Add(*task));
}

}  // namespace

TEST("what is left at the end of the process is run, newest first") {
  CHECK_EQUAL(NotesOf(AddAll), "cba");
  CHECK_EQUAL(NotesOf([] {
                AddAll();
                std::quick_exit(0);
              }),
              "cba");
}

TEST("what was run before is not run again, and its error is returned") {
  CHECK_EQUAL(NotesOf([] {
                AddAll();
                b.error = 5;
                if (Guard().Run(b) != 5 || Guard().Run(b) != 0) std::_Exit(1);
              }),
              "bca");
}

TEST("what was forgotten is never run") {
  CHECK_EQUAL(NotesOf([] {
                AddAll();
                Guard().Forget(a);
                Guard().Forget(c);
                Guard().Forget(c);
                Guard().Run(c);
              }),
              "b");
}

TEST("a task may be added again") {
  CHECK_EQUAL(NotesOf([] {
                AddAll();
                Guard().Run(c);
                (void)!Guard().Add(c);
              }),
              "ccba");
}

TEST("a process that was forked runs none of them, neither at its end nor when it is told to, but its own") {
  CHECK_EQUAL(NotesOf([] {
                AddAll();
                const pid_t child = fork();
                if (child == 0) {
                  Guard().Run(a);
                  Guard().Forget(b);
                  static Noted own('d');
                  Guard().Run(own);
                  if (Guard().Add(own)) Guard().Run(a);
                  std::exit(0);
                }
                Outcome(child);
              }),
              "dcba");
}

TEST("threads may add and run at the same time, and each task is run once") {
  CHECK_EQUAL(NotesOf([] {
                AddAll();
                std::vector<std::thread> threads;
                for (int thread = 0; thread < 4; ++thread) {
                  threads.emplace_back([] {
                    for (int round = 0; round < 1000; ++round) {
                      ExitTask task{.run = [](ExitTask*) noexcept { return 0; }};
                      if (Guard().Add(task)) Guard().Run(task);
                    }
                    Guard().Run(b);
                  });
                }
                for (std::thread& thread : threads) thread.join();
              }),
              "bca");
}

TEST("when the end of the process cannot be listened for, nothing is added") {
  CHECK_EQUAL(NotesOf([] {
                faults::Arm(faults::Mode::kFromThen, 1);
                if (Guard().Add(a)) a.run(&a);
                faults::Disarm();
              }),
              "");
}

}  // namespace holdfast::test
