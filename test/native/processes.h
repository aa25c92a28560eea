#ifndef HOLDFAST_TEST_NATIVE_PROCESSES_H_
#define HOLDFAST_TEST_NATIVE_PROCESSES_H_

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace holdfast::test {

// How a process ended: its exit code, or minus the signal that ended it.
inline int Outcome(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
  }
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

// Runs `body` in a process of its own. What it returns is the exit code; _exit() keeps the sanitizers from
// judging what it leaves behind.
template <typename Body>
int InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  return Outcome(child);
}

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_NATIVE_PROCESSES_H_
