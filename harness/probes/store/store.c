/*
 * A writer to several stores of a guest at once, one thread each: 4 KiB at a time, durable before the next. It keeps
 * what was acknowledged, tells every time in which nothing was, and reads all of it again at the end.
 *
 *   store write INTERVAL_MS SECONDS BLOCKS STATUS PATH...
 *
 * STATUS is rewritten every 200 ms: a line a store, `INDEX ACKNOWLEDGED LAST_NS ERRORS NOW_NS`. It ends after SECONDS,
 * or when STATUS.stop is there, and then prints, in nanoseconds of CLOCK_BOOTTIME, from the first acknowledged write on:
 *
 *   gap INDEX FROM TO          nothing was acknowledged for 100 ms or longer
 *   open INDEX FROM TO         nothing since then
 *   store INDEX FIRST LAST ACKNOWLEDGED ERRORS ERRNO
 *   read INDEX BLOCKS LOST     how many acknowledged blocks were read again, and how many are not what was written
 *   unread INDEX REASON        it could not be read again in time
 *   end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { block = 4096, most_stores = 16, most_gaps = 4096, words = block / 8 };
static const uint64_t gap_ns = 100000000;
static const int finish_seconds = 15, read_seconds = 60;

struct store {
  const char *path;
  int index, fd;
  _Atomic uint64_t acknowledged, last_ns, errors;
  _Atomic int state; /* 0 writes, 1 has ended, 2 has read again */
  uint64_t first_ns, *acked;
  int error;
  size_t gaps;
  uint64_t untold;
  uint64_t from[most_gaps], to[most_gaps];
  uint64_t read, lost;
  int read_error;
};

static struct store stores[most_stores];
static int count;
static uint64_t blocks, interval_ns, run, stopped_ns;
static _Atomic int stopping;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void rest(uint64_t ns) {
  struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
  nanosleep(&t, NULL);
}

/* The whole block follows from who wrote it, where, and as the how manieth. */
static void fill(uint64_t *data, const struct store *store, uint64_t sequence) {
  data[0] = run;
  data[1] = (uint64_t)store->index;
  data[2] = sequence;
  uint64_t x = run ^ (sequence * 0x9e3779b97f4a7c15u) ^ (uint64_t)store->index;
  for (int i = 3; i < words; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    data[i] = x;
  }
}

static void *page(void) {
  void *data;
  if (posix_memalign(&data, block, block) != 0) abort();
  return data;
}

static void acknowledge(struct store *store, uint64_t sequence) {
  uint64_t at = now(), last = store->last_ns;
  if (store->first_ns == 0) store->first_ns = at;
  else if (at - last >= gap_ns && store->gaps == most_gaps) store->untold++;
  else if (at - last >= gap_ns) {
    store->from[store->gaps] = last;
    store->to[store->gaps++] = at;
  }
  store->acked[sequence % blocks] = sequence;
  store->last_ns = at;
  store->acknowledged++;
}

static void *write_on(void *argument) {
  struct store *store = argument;
  uint64_t *data = page(), sequence = 1;
  while (!stopping) {
    uint64_t begun = now();
    fill(data, store, sequence);
    if (pwrite(store->fd, data, block, (off_t)(sequence % blocks * block)) == block && fdatasync(store->fd) == 0) {
      acknowledge(store, sequence++);
    } else {
      store->error = errno;
      store->errors++;
    }
    uint64_t took = now() - begun;
    if (took < interval_ns) rest(interval_ns - took);
  }
  store->state = 1;
  return NULL;
}

/* An acknowledged block may have been overwritten by one that was not: by the next of its place, and by no other. */
static void *read_again(void *argument) {
  struct store *store = argument;
  uint64_t *data = page(), *wanted = page();
  for (uint64_t at = 0; at < blocks; at++) {
    uint64_t acked = store->acked[at];
    if (acked == 0) continue;
    if (pread(store->fd, data, block, (off_t)(at * block)) != block) {
      store->read_error = errno;
      break;
    }
    fill(wanted, store, acked);
    int same = memcmp(data, wanted, block) == 0;
    fill(wanted, store, acked + blocks);
    same |= store->acknowledged + 1 == acked + blocks && memcmp(data, wanted, block) == 0;
    store->read++;
    store->lost += !same;
  }
  store->state = 2;
  return NULL;
}

static void status(const char *path) {
  char part[512];
  snprintf(part, sizeof part, "%s.part", path);
  FILE *file = fopen(part, "w");
  if (file == NULL) return;
  for (int i = 0; i < count; i++)
    fprintf(file, "%d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", i, stores[i].acknowledged, stores[i].last_ns,
            stores[i].errors, now());
  fclose(file);
  rename(part, path);
}

static void wait_for(int state, int seconds) {
  uint64_t until = now() + (uint64_t)seconds * 1000000000u;
  for (;;) {
    int left = 0;
    for (int i = 0; i < count; i++) left += stores[i].state < state && !(state == 2 && stores[i].state == 0);
    if (left == 0 || now() > until) return;
    rest(50000000);
  }
}

static void report(const struct store *store) {
  int i = store->index;
  for (size_t gap = 0; gap < store->gaps; gap++)
    printf("gap %d %" PRIu64 " %" PRIu64 "\n", i, store->from[gap], store->to[gap]);
  if (store->untold != 0) printf("full %d %" PRIu64 "\n", i, store->untold);
  if (store->first_ns != 0 && store->last_ns + gap_ns <= stopped_ns)
    printf("open %d %" PRIu64 " %" PRIu64 "\n", i, store->last_ns, stopped_ns);
  printf("store %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d\n", i, store->first_ns, store->last_ns,
         store->acknowledged, store->errors, store->error);
}

static void start(void *(*routine)(void *), int state) {
  for (int i = 0; i < count; i++) {
    pthread_t thread;
    if (stores[i].state == state && pthread_create(&thread, NULL, routine, &stores[i]) != 0) abort();
  }
}

static int ready(struct store *store) {
  int device = strncmp(store->path, "/dev/", 5) == 0;
  store->acked = calloc(blocks, sizeof *store->acked);
  store->fd = open(store->path, O_RDWR | O_DIRECT | (device ? 0 : O_CREAT), 0600);
  if (store->fd >= 0 && store->acked != NULL) return 1;
  fprintf(stderr, "%s: %s\n", store->path, strerror(errno));
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 7 || strcmp(argv[1], "write") != 0 || argc - 6 > most_stores) {
    fputs("store write INTERVAL_MS SECONDS BLOCKS STATUS PATH...\n", stderr);
    return 2;
  }
  interval_ns = strtoull(argv[2], NULL, 10) * 1000000u;
  uint64_t seconds = strtoull(argv[3], NULL, 10);
  blocks = strtoull(argv[4], NULL, 10);
  const char *file = argv[5];
  char stop[512];
  snprintf(stop, sizeof stop, "%s.stop", file);
  unlink(stop);
  if (blocks == 0 || getrandom(&run, sizeof run, 0) != sizeof run) return 2;
  for (char **path = argv + 6; *path != NULL; path++, count++) {
    stores[count].path = *path;
    stores[count].index = count;
    if (!ready(&stores[count])) return 1;
  }
  start(write_on, 0);
  uint64_t until = now() + seconds * 1000000000u;
  while (now() < until && access(stop, F_OK) != 0) {
    status(file);
    rest(200000000);
  }
  stopping = 1;
  stopped_ns = now();
  wait_for(1, finish_seconds);
  for (int i = 0; i < count; i++) report(&stores[i]);
  start(read_again, 1);
  wait_for(2, read_seconds);
  for (int i = 0; i < count; i++) {
    struct store *store = &stores[i];
    if (store->state == 2 && store->read_error == 0)
      printf("read %d %" PRIu64 " %" PRIu64 "\n", i, store->read, store->lost);
    else if (store->state == 2) printf("unread %d %s\n", i, strerror(store->read_error));
    else printf("unread %d %s\n", i, store->state == 0 ? "a write is still under way" : "a read is still under way");
  }
  unlink(file);
  unlink(stop);
  puts("end");
  fflush(stdout);
  _exit(0);
}
