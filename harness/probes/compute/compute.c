/*
 * Work for processors and memory, the same program on hosts and in guests: what is compared is the machine below it.
 * It measures and prints; what the figures mean is for others to say.
 *
 *   compute rate KIND SECONDS          work done in that time: integer, float, memory, syscalls, switches
 *   compute faults small|huge MIB      the first touch of each page of fresh memory, one by one
 *   compute pace SECONDS               the same small piece of work again and again, a millisecond apart
 *   compute burn SECONDS MIB           keeps every processor busy, and that much memory
 *   compute hold SECONDS MIB           the same pages in whichever guest it runs; then writes to each of them, twice
 *   compute churn SECONDS MIB          takes and gives back pages at random; then half of them, every other one, for a while
 *
 * First line: the command, then key=value. Then lists, one a line: a name, then numbers (those of _ns in nanoseconds).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KIB 1024ul
#define MIB (1024ul * KIB)
#define SMALL (4 * KIB)
#define HUGE (2 * MIB)
#define MOST_SAMPLES 262144
/* Of what the churn leaves: time enough to look at it. */
#define HELD_SECONDS 15

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static uint64_t wall(void) { return nanoseconds(CLOCK_MONOTONIC); }

static void fail(const char *what) {
  fprintf(stderr, "compute: %s: %s\n", what, errno == 0 ? "not understood" : strerror(errno));
  exit(1);
}

static unsigned long number(const char *word, unsigned long least, unsigned long most) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(word, &end, 10);
  if (*word == 0 || *end != 0 || errno != 0 || value < least || value > most) {
    fprintf(stderr, "compute: %s is not a whole number of %lu to %lu\n", word, least, most);
    exit(2);
  }
  return value;
}

static void *fresh(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("no memory");
  return memory;
}

static void list(const char *name, const uint32_t *samples, size_t count) {
  printf("%s", name);
  for (size_t i = 0; i < count; i++) printf(" %u", samples[i]);
  printf("\n");
}

static uint32_t clamped(uint64_t ns) { return ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns; }

/* What reading the clock twice costs: the least of many. */
static uint64_t clock_cost(void) {
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < 1000; i++) {
    uint64_t before = wall(), took = wall() - before;
    if (took < least) least = took;
  }
  return least;
}

/* ───────────── pieces of work: each is one unit, and gives a number that is the same wherever it is done ───────────── */

static uint64_t mix(uint64_t seed, int rounds) {
  for (int i = 0; i < rounds; i++) {
    seed ^= seed >> 33;
    seed *= 0xff51afd7ed558ccdull;
    seed ^= seed >> 29;
    seed += (uint64_t)i;
  }
  return seed;
}

static uint64_t integer_unit(uint64_t seed) { return mix(seed, 10000); }

static uint64_t float_unit(uint64_t seed) {
  volatile double start = 1.0 + (double)(seed % 1000) / 1000.0;
  double x = start, sum = 0;
  for (int i = 0; i < 10000; i++) {
    x = x * 1.000000119 + 0.25;
    if (x > 2.0) x = sqrt(x) * 0.75;
    sum += x / 3.0;
  }
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  return bits;
}

/* Larger than what caches hold: one unit is 1 MiB copied, at the next place. */
static uint64_t memory_unit(uint64_t seed) {
  enum { places = 32 };
  static char *from, *to;
  if (from == NULL) {
    from = fresh(places * MIB);
    to = fresh(places * MIB);
    for (size_t i = 0; i < places * MIB / 8; i++) ((uint64_t *)from)[i] = mix(i, 1);
    memset(to, 1, places * MIB);
  }
  size_t at = seed % places * MIB;
  memcpy(to + at, from + at, MIB);
  return ((uint64_t *)(to + at))[seed % (MIB / 8)];
}

static uint64_t syscalls_unit(uint64_t seed) {
  uint64_t sum = 0;
  for (int i = 0; i < 100; i++) sum += syscall(SYS_getpid) > 0;
  return sum + seed - seed;
}

/* Two processes on one processor hand a byte to and fro: one unit is there and back, two switches. */
static uint64_t switches_unit(uint64_t seed) {
  static int there[2], back[2], ready;
  char byte = (char)(seed & 0x7f), answer = 0;
  if (!ready) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) fail("sched_setaffinity");
    if (pipe(there) != 0 || pipe(back) != 0) fail("pipe");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      close(there[1]);
      char each;
      while (read(there[0], &each, 1) == 1)
        if (write(back[1], &each, 1) != 1) break;
      _exit(0);
    }
    close(there[0]);
    ready = 1;
  }
  if (write(there[1], &byte, 1) != 1 || read(back[0], &answer, 1) != 1 || answer != byte) fail("pipe");
  return (uint64_t)answer;
}

static const struct kind {
  const char *name;
  uint64_t (*unit)(uint64_t seed);
} kinds[] = {
  {"integer", integer_unit},
  {"float", float_unit},
  {"memory", memory_unit},
  {"syscalls", syscalls_unit},
  {"switches", switches_unit},
};

static const struct kind *kind_named(const char *name) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
  fprintf(stderr, "compute: no kind of work is called %s\n", name);
  exit(2);
}

/* ───────────────────────────── commands ───────────────────────────── */

static void rate(const char *name, unsigned long seconds) {
  const struct kind *kind = kind_named(name);
  /* The first units make ready, warm up, and show that the same comes out as elsewhere. */
  uint64_t check = 0, units = 0;
  for (uint64_t i = 0; i < 8; i++) check = mix(check ^ kind->unit(i), 1);
  struct rusage use;
  uint64_t cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID), begin = wall(), end = begin + seconds * 1000000000ull, now;
  volatile uint64_t kept = 0;
  do {
    kept += kind->unit(units++);
    now = wall();
  } while (now < end);
  cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  getrusage(RUSAGE_SELF, &use);
  printf("rate kind=%s units=%lu wall_ns=%lu cpu_ns=%lu preempted=%ld check=%016lx\n", name, (unsigned long)units,
         (unsigned long)(now - begin), (unsigned long)cpu, use.ru_nivcsw, (unsigned long)check);
}

/* Of this very piece of memory, in bytes. */
static unsigned long huge_bytes(const void *memory) {
  FILE *maps = fopen("/proc/self/smaps", "r");
  if (maps == NULL) fail("/proc/self/smaps");
  char line[512];
  unsigned long kib = 0, from, to, found = 0;
  int inside = 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    if (sscanf(line, "%lx-%lx ", &from, &to) == 2) inside = from <= (unsigned long)memory && (unsigned long)memory < to;
    if (inside && sscanf(line, "AnonHugePages: %lu kB", &kib) == 1) found = kib * KIB;
  }
  fclose(maps);
  return found;
}

static void faults(const char *pages, unsigned long mebibytes) {
  int huge = strcmp(pages, "huge") == 0;
  if (!huge && strcmp(pages, "small") != 0) {
    fprintf(stderr, "compute: pages are small or huge, not %s\n", pages);
    exit(2);
  }
  size_t step = huge ? HUGE : SMALL, bytes = mebibytes * MIB, count = bytes / step;
  char *all = fresh(bytes + HUGE), *memory = (char *)(((uintptr_t)all + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
  if (madvise(memory, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) != 0) fail("madvise");
  uint32_t *took = fresh(count * sizeof *took);
  memset(took, 1, count * sizeof *took);
  uint64_t cost = clock_cost();
  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  for (size_t i = 0; i < count; i++) {
    uint64_t begin = wall();
    ((volatile char *)memory)[i * step] = 1;
    took[i] = clamped(wall() - begin);
  }
  getrusage(RUSAGE_SELF, &after);
  printf("faults pages=%s page_bytes=%lu count=%lu minor=%ld major=%ld huge_bytes=%lu clock_ns=%lu\n", pages, step, count,
         after.ru_minflt - before.ru_minflt, after.ru_majflt - before.ru_majflt, huge_bytes(memory), (unsigned long)cost);
  list("touch_ns", took, count);
}

static void pace(unsigned long seconds) {
  uint32_t *work = fresh(MOST_SAMPLES * sizeof *work), *late = fresh(MOST_SAMPLES * sizeof *late);
  size_t count = 0;
  volatile uint64_t kept = 0;
  const struct timespec pause = {0, 1000000};
  uint64_t begin = wall(), end = begin + seconds * 1000000000ull;
  while (wall() < end && count < MOST_SAMPLES) {
    uint64_t asleep = wall();
    nanosleep(&pause, NULL);
    uint64_t awake = wall();
    kept += mix(count, 20000);
    work[count] = clamped(wall() - awake);
    late[count] = awake - asleep > 1000000 ? clamped(awake - asleep - 1000000) : 0;
    count++;
  }
  printf("pace count=%lu wall_ns=%lu\n", count, (unsigned long)(wall() - begin));
  list("work_ns", work, count);
  list("late_ns", late, count);
}

/* Time of all processors together, in ticks, and what of it the hypervisor gave to others. */
static void ticks(unsigned long *all, unsigned long *stolen) {
  unsigned long part[8] = {0};
  FILE *stat = fopen("/proc/stat", "r");
  if (stat == NULL) fail("/proc/stat");
  int found = fscanf(stat, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", part, part + 1, part + 2, part + 3, part + 4, part + 5, part + 6, part + 7);
  fclose(stat);
  if (found != 8) fail("/proc/stat");
  *all = 0;
  for (int i = 0; i < 8; i++) *all += part[i];
  *stolen = part[7];
}

static void burn(unsigned long seconds, unsigned long mebibytes) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  char *memory = fresh(mebibytes * MIB + SMALL);
  /* Each processor's units, second by second: who burns beside others is compared over the seconds that all had. */
  uint32_t *each_second = mmap(NULL, (size_t)processors * seconds * sizeof *each_second, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (each_second == MAP_FAILED) fail("no memory");
  unsigned long all, stolen, all_before, stolen_before;
  ticks(&all_before, &stolen_before);
  uint64_t begin = wall(), end = begin + seconds * 1000000000ull, units = 0, now;
  int told[2];
  if (pipe(told) != 0) fail("pipe");
  printf("burn processors=%ld mebibytes=%lu seconds=%lu", processors, mebibytes, seconds);
  fflush(stdout);
  for (long i = 0; i < processors; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child > 0) continue;
    volatile uint64_t kept = 0;
    size_t share = mebibytes * MIB / (size_t)processors, at = 0;
    char *own = memory + (size_t)i * share;
    while ((now = wall()) < end) {
      kept += integer_unit(units++);
      each_second[(size_t)i * seconds + (now - begin) / 1000000000ull]++;
      for (int n = 0; n < 16 && share >= SMALL; n++, at = (at + SMALL) % (share - SMALL + 1)) own[at]++;
    }
    _exit(write(told[1], &units, sizeof units) == sizeof units ? 0 : 1);
  }
  close(told[1]);
  uint64_t each, sum = 0;
  while (read(told[0], &each, sizeof each) == sizeof each) sum += each;
  while (wait(NULL) > 0) {}
  ticks(&all, &stolen);
  printf(" units=%lu ticks=%lu stolen=%lu\n", (unsigned long)sum, all - all_before, stolen - stolen_before);
  for (size_t i = 1; i < (size_t)processors; i++)
    for (size_t second = 0; second < seconds; second++) each_second[second] += each_second[i * seconds + second];
  list("second_units", each_second, seconds);
}

/* Page by page something else, so that no page is merged with another one of the same guest. */
static void lay(uint64_t *page, size_t index) {
  for (size_t i = 0; i < SMALL / 8; i++) page[i] = mix(index * 1000003 + i, 1);
}

/* Never the same in two guests. */
static void write_each(char *memory, size_t count, const char *name) {
  uint32_t *took = fresh(count * sizeof *took);
  memset(took, 1, count * sizeof *took);
  for (size_t i = 0; i < count; i++) {
    uint64_t begin = wall();
    *(volatile uint64_t *)(memory + i * SMALL) = begin;
    took[i] = clamped(wall() - begin);
  }
  list(name, took, count);
}

static void hold(unsigned long seconds, unsigned long mebibytes) {
  size_t count = mebibytes * MIB / SMALL, wrong = 0;
  char *memory = fresh(mebibytes * MIB);
  if (madvise(memory, mebibytes * MIB, MADV_NOHUGEPAGE) != 0) fail("madvise");
  for (size_t i = 0; i < count; i++) lay((uint64_t *)(memory + i * SMALL), i);
  sleep((unsigned)seconds);
  uint64_t wanted[SMALL / 8];
  for (size_t i = 0; i < count; i++) {
    lay(wanted, i);
    wrong += memcmp(wanted, memory + i * SMALL, SMALL) != 0;
  }
  printf("hold pages=%lu wrong=%lu\n", count, wrong);
  /* What was merged is parted by the first write, and is the guest's own at the second. */
  write_each(memory, count, "write_ns");
  write_each(memory, count, "again_ns");
}

static void churn(unsigned long seconds, unsigned long mebibytes) {
  size_t count = mebibytes * MIB / SMALL;
  char *memory = fresh(mebibytes * MIB);
  if (madvise(memory, mebibytes * MIB, MADV_NOHUGEPAGE) != 0) fail("madvise");
  memset(memory, 1, mebibytes * MIB);
  uint64_t given = 0, begin = wall(), end = begin + seconds * 1000000000ull;
  while (wall() < end) {
    size_t page = mix(given++, 3) % count;
    if (madvise(memory + page * SMALL, SMALL, MADV_DONTNEED) != 0) fail("madvise");
    memory[mix(given, 5) % count * SMALL] = 1;
  }
  memset(memory, 1, mebibytes * MIB);
  for (size_t i = 0; i < count; i += 2)
    if (madvise(memory + i * SMALL, SMALL, MADV_DONTNEED) != 0) fail("madvise");
  printf("churn pages=%lu given=%lu wall_ns=%lu\n", count, (unsigned long)given, (unsigned long)(wall() - begin));
  fflush(stdout);
  sleep(HELD_SECONDS);
}

int main(int argc, char **argv) {
  const char *command = argc > 1 ? argv[1] : "";
  /* Whoever started it and went away must not leave it running. */
  alarm(3600);
  if (strcmp(command, "rate") == 0 && argc == 4) rate(argv[2], number(argv[3], 1, 600));
  else if (strcmp(command, "faults") == 0 && argc == 4) faults(argv[2], number(argv[3], 2, 4096));
  else if (strcmp(command, "pace") == 0 && argc == 3) pace(number(argv[2], 1, 600));
  else if (strcmp(command, "burn") == 0 && argc == 4) burn(number(argv[2], 1, 600), number(argv[3], 0, 65536));
  else if (strcmp(command, "hold") == 0 && argc == 4) hold(number(argv[2], 1, 600), number(argv[3], 1, 4096));
  else if (strcmp(command, "churn") == 0 && argc == 4) churn(number(argv[2], 1, 600), number(argv[3], 1, 4096));
  else {
    fprintf(stderr, "usage: compute rate KIND SECONDS | faults small|huge MIB | pace SECONDS | burn SECONDS MIB | hold SECONDS MIB | churn SECONDS MIB\n");
    return 2;
  }
  return fflush(stdout) == 0 ? 0 : 1;
}
