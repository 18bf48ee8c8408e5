// Preloaded into a replica: its wall clock is off by the seconds that stand in the file SALLYPORT_TEST_CLOCK_SHIFT, read anew
// each time. Debian's libfaketime does the same, but not in a program with AddressSanitizer.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long shift(void) {
  const char *path = getenv("SALLYPORT_TEST_CLOCK_SHIFT");
  char text[16] = {0};
  const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return 0;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  return length > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += shift();
  return result;
}
