/* PID 1 of the smallest test image: waits for ever, reaps orphans, ends with 0 on SIGTERM or SIGINT.
 * A shell's `sleep` would not do: as PID 1 it ignores SIGTERM, so that each stop costs the whole grace period. */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int number) {
  (void)number;
  _exit(0);
}

static void reap(int number) {
  (void)number;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
}

int main(void) {
  signal(SIGTERM, end);
  signal(SIGINT, end);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
