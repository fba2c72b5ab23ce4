/*
 * beacon: tells, from outside, when a guest was silent, whether it is still the same life, and which of its writes are durable.
 *
 *   beacon serve  --port P [--ledger DEVICE_OR_FILE]
 *   beacon watch  --target NAME=ADDR:PORT [--target …] --interval-ms 1..1000 --duration-s N --out FILE|-
 *   beacon verify --target NAME=ADDR:PORT [--from SEQ] [--to SEQ] [--timeout-s N] [--out FILE|-]
 *
 * One static program for both sides; Linux, little endian. The text formats of `watch` and `verify` are described at their
 * parser, reports/parse/beacon.ts. Exit codes: 0 done, 1 something failed (one line on stderr says what), 2 wrong usage.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire and the ledger are little endian");

enum {
  WIRE_MAGIC = 0x4e434253, /* "SBCN" */
  WIRE_VERSION = 1,
  TYPE_PING = 1,
  TYPE_VERIFY = 2,
  TYPE_PING_REPLY = 0x81,
  TYPE_VERIFY_REPLY = 0x82,
  VERIFY_RECORDS = 64, /* records answered per datagram: stays below 1400 bytes, so no fragment is needed at MTU 1500 */
  TARGETS_MAX = 64,
  LIVES_MAX = 256,
  LINE_MAX_BYTES = 512,
};
#define LEDGER_MAGIC UINT64_C(0x314744454c414553)  /* "SEALEDG1" */
#define LEDGER_BYTES_MAX (UINT64_C(64) << 20)      /* the scan at boot reads all of it: the limit keeps that short */
#define LEDGER_RECHECK_NS (INT64_C(200) * 1000000) /* how often the newest own record is read again */
#define SECOND_NS INT64_C(1000000000)
#define LOG_BUFFER_BYTES ((size_t)4 << 20)
#define FLUSH_NS (INT64_C(100) * 1000000)
#define BEHIND_MAX_NS SECOND_NS /* later than this, missed sends are logged as skipped and not sent */

struct request {
  uint32_t magic;
  uint8_t version, type;
  uint16_t reserved;
  uint64_t client, seq, from, to;
  int64_t intended_ns;
} __attribute__((packed));

struct reply {
  uint32_t magic;
  uint8_t version, type;
  uint8_t state; /* see ledger_state */
  uint8_t count; /* records in a verify reply */
  uint64_t client, seq;
  int64_t intended_ns;
  uint8_t boot[16];
  uint64_t instance_ns; /* guest uptime at which this server process started */
  uint64_t uptime_ns;
  uint64_t reply_seq; /* counts replies of this server process, from 1 */
  uint64_t durable;   /* newest ledger sequence this process wrote and the disk acknowledged; 0: none */
  uint64_t at_boot;   /* highest valid sequence found when the ledger was opened */
  uint64_t slots;     /* records the ledger holds before it goes round; 0: not scanned */
  uint64_t pending_ns;   /* how long the write in flight has been waiting */
  uint64_t foreign_seq;  /* sequence of a record that another life wrote after this one began */
  uint8_t foreign_boot[16];
  uint32_t digest; /* of the record `durable` */
  uint32_t damaged; /* non-blank records that were not valid, at the scan */
  uint32_t error;   /* errno of the last failed ledger operation; 0 once a write succeeded */
  uint32_t write_errors;
  uint32_t readback_errors; /* own acknowledged record that read back as something else */
} __attribute__((packed));

struct verified {
  uint64_t seq;
  uint32_t digest;
  uint32_t boot_tag; /* first four bytes of the boot id, big endian: the first 8 hex digits of its text */
  uint8_t status;
  uint8_t reserved[3];
} __attribute__((packed));

struct verify_reply {
  struct reply head;
  struct verified records[VERIFY_RECORDS];
} __attribute__((packed));
_Static_assert(sizeof(struct verify_reply) <= 1472, "a verify reply fits an unfragmented datagram");

/* One ledger record; the rest of the block is a pattern of its own, the last 8 bytes hash all before them. */
struct record {
  uint64_t magic, seq;
  uint8_t boot[16];
  uint64_t client, request;
  int64_t wall_ns, uptime_ns;
  uint32_t bytes, reserved;
} __attribute__((packed));

enum ledger_state {
  LEDGER_NONE = 'n',     /* no --ledger given */
  LEDGER_ABSENT = 'a',   /* not there or not to be opened; tried again */
  LEDGER_SCANNING = 's', /* reading what is on it */
  LEDGER_OK = 'o',
  LEDGER_ERROR = 'e',   /* the last operation failed */
  LEDGER_REFUSED = 'x', /* holds something that is not a ledger: never overwritten */
};

static int64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

static _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("beacon: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static _Noreturn void usage(const char *problem) {
  fprintf(stderr,
          "beacon: %s\n"
          "usage: beacon serve  --port P [--ledger DEVICE_OR_FILE]\n"
          "       beacon watch  --target NAME=ADDR:PORT [--target ...] --interval-ms 1..1000 --duration-s 1..86400 --out FILE|-\n"
          "       beacon verify --target NAME=ADDR:PORT [--from SEQ] [--to SEQ] [--timeout-s 1..600] [--out FILE|-]\n",
          problem);
  exit(2);
}

static uint64_t fnv64(const uint8_t *bytes, size_t length) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < length; i++) hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static void boot_text(const uint8_t boot[16], char text[37]) {
  char *out = text;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    out += sprintf(out, "%02x", boot[i]);
  }
}

static uint32_t boot_tag(const uint8_t boot[16]) {
  return (uint32_t)boot[0] << 24 | (uint32_t)boot[1] << 16 | (uint32_t)boot[2] << 8 | boot[3];
}

static bool realtime(int priority) {
  struct sched_param parameter = {.sched_priority = priority};
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter) == 0;
}

static void start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 << 10);
  int error = pthread_create(&thread, &attributes, body, argument);
  if (error) fail("cannot start a thread: %s", strerror(error));
  pthread_detach(thread);
}

/* ───────────────────────────── serve ───────────────────────────── */

static struct {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  const char *path;
  uint8_t boot[16];
  uint64_t instance_ns, reply_seq;
  /* the newest request, waiting to be written */
  bool wanted;
  uint64_t client, request;
  /* what the ledger thread reports */
  uint8_t state;
  uint64_t durable, at_boot, slots, foreign_seq;
  int64_t pending_since_ns;
  uint8_t foreign_boot[16];
  uint32_t digest, damaged, error, write_errors, readback_errors;
  uint32_t block;
  /* one verify request at a time */
  bool verifying;
  struct request verify;
  struct sockaddr_storage verify_peer;
  socklen_t verify_peer_bytes;
} served = {.lock = PTHREAD_MUTEX_INITIALIZER, .state = LEDGER_NONE};

static pthread_cond_t verify_wake = PTHREAD_COND_INITIALIZER;

/** Whole block or error; a short transfer is EIO. */
static int block_io(int fd, bool write, void *buffer, size_t bytes, uint64_t offset) {
  size_t done = 0;
  while (done < bytes) {
    ssize_t n = write ? pwrite(fd, (char *)buffer + done, bytes - done, (off_t)(offset + done))
                      : pread(fd, (char *)buffer + done, bytes - done, (off_t)(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return EIO;
    done += (size_t)n;
    /* O_DIRECT may end between blocks only; anything else could not be continued aligned */
    if (done < bytes && done % 512 != 0) return EIO;
  }
  return 0;
}

static void *aligned(size_t bytes) {
  void *buffer = NULL;
  if (posix_memalign(&buffer, 4096, bytes)) fail("out of memory");
  memset(buffer, 0, bytes);
  return buffer;
}

/** Block size and number of records, or an errno. Regular files use 4096, the safe alignment for O_DIRECT. */
static int ledger_geometry(int fd, uint32_t *block, uint64_t *slots) {
  struct stat status;
  if (fstat(fd, &status)) return errno;
  uint64_t bytes = (uint64_t)status.st_size;
  *block = 4096;
  if (S_ISBLK(status.st_mode)) {
    int logical = 0;
    if (ioctl(fd, BLKGETSIZE64, &bytes) || ioctl(fd, BLKSSZGET, &logical)) return errno;
    *block = logical < 512 ? 512 : (uint32_t)logical;
  } else if (!S_ISREG(status.st_mode)) {
    return ENOTBLK;
  }
  if (bytes > LEDGER_BYTES_MAX) bytes = LEDGER_BYTES_MAX;
  *slots = bytes / *block;
  return *slots < 16 ? ENOSPC : 0;
}

enum { BLOCK_VALID, BLOCK_BLANK, BLOCK_DAMAGED };

static int block_check(const uint8_t *block, uint32_t bytes, struct record *record, uint32_t *digest) {
  uint64_t hash, found;
  memcpy(record, block, sizeof *record);
  memcpy(&found, block + bytes - 8, 8);
  if (record->magic == 0) {
    for (uint32_t i = 0; i < bytes; i++)
      if (block[i]) return BLOCK_DAMAGED;
    return BLOCK_BLANK;
  }
  if (record->magic != LEDGER_MAGIC || record->bytes != bytes || record->seq == 0) return BLOCK_DAMAGED;
  hash = fnv64(block, bytes - 8);
  if (hash != found) return BLOCK_DAMAGED;
  *digest = (uint32_t)(hash ^ hash >> 32);
  return BLOCK_VALID;
}

static uint32_t block_fill(uint8_t *block, uint32_t bytes, const struct record *record) {
  uint64_t x = record->seq * UINT64_C(0x9e3779b97f4a7c15) ^ record->request ^ record->client;
  memcpy(block, record, sizeof *record);
  for (uint32_t i = sizeof *record; i < bytes - 8; i++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    block[i] = (uint8_t)x;
  }
  uint64_t hash = fnv64(block, bytes - 8);
  memcpy(block + bytes - 8, &hash, 8);
  return (uint32_t)(hash ^ hash >> 32);
}

static void ledger_report(uint8_t state, int error) {
  pthread_mutex_lock(&served.lock);
  served.state = state;
  served.error = (uint32_t)error;
  pthread_mutex_unlock(&served.lock);
}

/** Reads the whole ledger. 0 or an errno; EEXIST: there is something on it, and none of it is ours. */
static int ledger_scan(int fd, uint32_t block, uint64_t slots, uint64_t *highest, uint32_t *damaged) {
  size_t chunk = (size_t)1 << 20;
  uint8_t *buffer = aligned(chunk);
  uint64_t bytes = slots * block;
  int error = 0;
  *highest = 0, *damaged = 0;
  for (uint64_t offset = 0; offset < bytes && !error; offset += chunk) {
    size_t length = bytes - offset < chunk ? (size_t)(bytes - offset) : chunk;
    error = block_io(fd, false, buffer, length, offset);
    for (size_t at = 0; at < length && !error; at += block) {
      struct record record;
      uint32_t digest;
      int kind = block_check(buffer + at, block, &record, &digest);
      if (kind == BLOCK_DAMAGED || (kind == BLOCK_VALID && record.seq % slots != (offset + at) / block)) *damaged += 1;
      else if (kind == BLOCK_VALID && record.seq > *highest) *highest = record.seq;
    }
  }
  free(buffer);
  if (!error && *highest == 0 && *damaged > 0) error = EEXIST;
  return error;
}

static void foreign_found(const struct record *record) {
  pthread_mutex_lock(&served.lock);
  if (record->seq > served.foreign_seq) {
    served.foreign_seq = record->seq;
    memcpy(served.foreign_boot, record->boot, 16);
  }
  pthread_mutex_unlock(&served.lock);
}

static void pause_ns(int64_t ns) {
  struct timespec t = {.tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS};
  nanosleep(&t, NULL);
}

/** Reads the newest own record again: another life may have written over it, or the disk may have changed it. */
static void ledger_recheck(int fd, uint8_t *buffer, uint32_t block, uint64_t slots, uint64_t seq, uint32_t digest) {
  struct record record;
  uint32_t found = 0;
  int error = block_io(fd, false, buffer, block, seq % slots * block);
  if (error) {
    ledger_report(LEDGER_ERROR, error);
    return;
  }
  int kind = block_check(buffer, block, &record, &found);
  if (kind == BLOCK_VALID && memcmp(record.boot, served.boot, 16) != 0 && record.seq >= seq) {
    foreign_found(&record);
  } else if (kind != BLOCK_VALID || record.seq != seq || found != digest) {
    pthread_mutex_lock(&served.lock);
    served.readback_errors += 1;
    pthread_mutex_unlock(&served.lock);
  }
}

/** Errors of single writes are reported, never acknowledged, and the same sequence is tried again with the next request. */
static _Noreturn void ledger_write(int fd, uint32_t block, uint64_t slots, uint64_t next) {
  uint8_t *buffer = aligned(block), *reread = aligned(block);
  uint64_t written = 0;
  uint32_t written_digest = 0;
  int64_t rechecked_ns = clock_ns(CLOCK_MONOTONIC);
  for (;;) {
    uint64_t client = 0, request = 0;
    bool wanted;
    pthread_mutex_lock(&served.lock);
    if (!served.wanted) {
      struct timespec until;
      clock_gettime(CLOCK_MONOTONIC, &until);
      until.tv_nsec += LEDGER_RECHECK_NS;
      if (until.tv_nsec >= SECOND_NS) until.tv_sec += 1, until.tv_nsec -= SECOND_NS;
      pthread_cond_timedwait(&served.wake, &served.lock, &until);
    }
    wanted = served.wanted;
    client = served.client, request = served.request;
    served.wanted = false;
    if (wanted) served.pending_since_ns = clock_ns(CLOCK_MONOTONIC);
    pthread_mutex_unlock(&served.lock);

    if (written && clock_ns(CLOCK_MONOTONIC) - rechecked_ns >= LEDGER_RECHECK_NS) {
      ledger_recheck(fd, reread, block, slots, written, written_digest);
      rechecked_ns = clock_ns(CLOCK_MONOTONIC);
    }
    if (!wanted) continue;

    /* What is about to be overwritten: a record as new as ours, of another life, means that two lives write. */
    struct record found;
    uint32_t digest;
    int error = block_io(fd, false, reread, block, next % slots * block);
    if (!error && block_check(reread, block, &found, &digest) == BLOCK_VALID && found.seq >= next &&
        memcmp(found.boot, served.boot, 16) != 0)
      foreign_found(&found);

    struct record record = {.magic = LEDGER_MAGIC,
                            .seq = next,
                            .client = client,
                            .request = request,
                            .wall_ns = clock_ns(CLOCK_REALTIME),
                            .uptime_ns = clock_ns(CLOCK_BOOTTIME),
                            .bytes = block};
    memcpy(record.boot, served.boot, 16);
    digest = block_fill(buffer, block, &record);
    if (!error) error = block_io(fd, true, buffer, block, next % slots * block);
    pthread_mutex_lock(&served.lock);
    served.pending_since_ns = 0;
    served.error = (uint32_t)error;
    if (error) {
      served.state = LEDGER_ERROR;
      served.write_errors += 1;
    } else {
      served.state = LEDGER_OK;
      served.durable = written = next;
      served.digest = written_digest = digest;
      next += 1;
    }
    pthread_mutex_unlock(&served.lock);
    if (error) pause_ns(20000000);
  }
}

static void *ledger_thread(void *unused) {
  (void)unused;
  for (;;) {
    int fd = open(served.path, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
    if (fd < 0) {
      ledger_report(LEDGER_ABSENT, errno);
      pause_ns(50000000);
      continue;
    }
    uint32_t block = 0, damaged = 0;
    uint64_t slots = 0, highest = 0;
    ledger_report(LEDGER_SCANNING, 0);
    int error = ledger_geometry(fd, &block, &slots);
    if (!error) error = ledger_scan(fd, block, slots, &highest, &damaged);
    if (!error) {
      pthread_mutex_lock(&served.lock);
      served.state = LEDGER_OK;
      served.at_boot = highest, served.damaged = damaged, served.slots = slots, served.block = block;
      pthread_mutex_unlock(&served.lock);
      ledger_write(fd, block, slots, highest + 1);
    }
    ledger_report(error == EEXIST ? LEDGER_REFUSED : LEDGER_ERROR, error);
    close(fd);
    pause_ns(200000000);
  }
}

static void reply_head(struct reply *reply, const struct request *request, uint8_t type) {
  int64_t now = clock_ns(CLOCK_MONOTONIC);
  *reply = (struct reply){.magic = WIRE_MAGIC,
                          .version = WIRE_VERSION,
                          .type = type,
                          .state = served.state,
                          .client = request->client,
                          .seq = request->seq,
                          .intended_ns = request->intended_ns,
                          .instance_ns = served.instance_ns,
                          .uptime_ns = (uint64_t)clock_ns(CLOCK_BOOTTIME),
                          .reply_seq = ++served.reply_seq,
                          .durable = served.durable,
                          .at_boot = served.at_boot,
                          .slots = served.slots,
                          .pending_ns = served.pending_since_ns ? (uint64_t)(now - served.pending_since_ns) : 0,
                          .foreign_seq = served.foreign_seq,
                          .digest = served.digest,
                          .damaged = served.damaged,
                          .error = served.error,
                          .write_errors = served.write_errors,
                          .readback_errors = served.readback_errors};
  memcpy(reply->boot, served.boot, 16);
  memcpy(reply->foreign_boot, served.foreign_boot, 16);
}

static void verify_record(struct verified *verified, uint64_t seq, const uint8_t *at, uint32_t block, uint64_t slots, int error) {
  struct record record;
  uint32_t digest = 0;
  int kind = error ? BLOCK_DAMAGED : block_check(at, block, &record, &digest);
  verified->seq = seq;
  if (error) verified->status = 'e';
  else if (kind == BLOCK_BLANK) verified->status = 'b';
  else if (kind == BLOCK_DAMAGED || record.seq % slots != seq % slots) verified->status = 'c';
  else verified->status = record.seq == seq ? 'v' : record.seq > seq ? 'r' : 'o';
  if (verified->status == 'v') verified->boot_tag = boot_tag(record.boot), verified->digest = digest;
}

/** Reads records again from the disk, past every cache of the guest, on a thread of its own: a stalled disk silences no reply. */
static void *verify_thread(void *argument) {
  int sock = *(int *)argument;
  uint8_t *buffer = NULL;
  int fd = -1;
  for (;;) {
    struct request request;
    struct sockaddr_storage peer;
    socklen_t peer_bytes;
    pthread_mutex_lock(&served.lock);
    while (!served.verifying) pthread_cond_wait(&verify_wake, &served.lock);
    request = served.verify, peer = served.verify_peer, peer_bytes = served.verify_peer_bytes;
    uint64_t slots = served.slots;
    uint32_t block = served.block;
    pthread_mutex_unlock(&served.lock);

    struct verify_reply answer = {0};
    uint8_t count = 0;
    if (slots && fd < 0) {
      fd = open(served.path, O_RDONLY | O_DIRECT | O_CLOEXEC);
      if (!buffer) buffer = aligned((size_t)VERIFY_RECORDS * block);
    }
    if (slots && request.from && request.from <= request.to) {
      uint64_t slot = request.from % slots, wanted = request.to - request.from + 1;
      if (wanted > VERIFY_RECORDS) wanted = VERIFY_RECORDS;
      if (wanted > slots - slot) wanted = slots - slot;
      /* All of them with one read; where that fails, one by one, to tell the bad ones from the good. */
      int error = fd < 0 ? EBADF : block_io(fd, false, buffer, (size_t)wanted * block, slot * block);
      for (; count < wanted; count++) {
        uint8_t *at = buffer + (size_t)count * block;
        int block_error = error ? (fd < 0 ? EBADF : block_io(fd, false, at, block, (slot + count) * block)) : 0;
        verify_record(&answer.records[count], request.from + count, at, block, slots, block_error);
      }
    }
    pthread_mutex_lock(&served.lock);
    reply_head(&answer.head, &request, TYPE_VERIFY_REPLY);
    served.verifying = false;
    pthread_mutex_unlock(&served.lock);
    answer.head.count = count;
    sendto(sock, &answer, sizeof answer.head + count * sizeof answer.records[0], MSG_DONTWAIT, (struct sockaddr *)&peer,
           peer_bytes);
  }
  return NULL;
}

static void read_boot_id(uint8_t boot[16]) {
  char text[64] = "";
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  int digits = 0;
  for (ssize_t i = 0; i < n && digits < 32; i++) {
    unsigned value;
    char digit[2] = {text[i], 0};
    if (sscanf(digit, "%x", &value) != 1) continue;
    boot[digits / 2] = (uint8_t)(boot[digits / 2] << 4 | value);
    digits++;
  }
  if (digits != 32) fail("cannot read a boot id from /proc/sys/kernel/random/boot_id; is /proc mounted?");
}

static _Noreturn void serve(int port, const char *ledger) {
  static int sock;
  int off = 0, buffer_bytes = 1 << 20;
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  struct sockaddr_in address4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&served.wake, &monotonic);
  pthread_mutexattr_t inherit;
  pthread_mutexattr_init(&inherit);
  pthread_mutexattr_setprotocol(&inherit, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&served.lock, &inherit);

  read_boot_id(served.boot);
  served.instance_ns = (uint64_t)clock_ns(CLOCK_BOOTTIME);
  served.path = ledger;
  served.state = ledger ? LEDGER_ABSENT : LEDGER_NONE;

  sock = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (sock >= 0) {
    setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(sock, (struct sockaddr *)&address, sizeof address)) fail("cannot bind UDP port %d: %s", port, strerror(errno));
  } else {
    sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0 || bind(sock, (struct sockaddr *)&address4, sizeof address4))
      fail("cannot bind UDP port %d: %s", port, strerror(errno));
  }
  setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  mlockall(MCL_CURRENT | MCL_FUTURE);
  if (ledger) {
    start_thread(ledger_thread, NULL);
    start_thread(verify_thread, &sock);
  }
  /* The beacon says whether the platform lets the guest live; it must not wait behind the load inside the guest. */
  realtime(10);
  char boot[37];
  boot_text(served.boot, boot);
  fprintf(stderr, "beacon: serving UDP port %d, boot %s, ledger %s\n", port, boot, ledger ? ledger : "none");

  for (;;) {
    struct request request;
    struct reply reply;
    struct sockaddr_storage peer;
    socklen_t peer_bytes = sizeof peer;
    ssize_t n = recvfrom(sock, &request, sizeof request, 0, (struct sockaddr *)&peer, &peer_bytes);
    if (n != (ssize_t)sizeof request || request.magic != WIRE_MAGIC || request.version != WIRE_VERSION) continue;
    if (request.type == TYPE_VERIFY) {
      pthread_mutex_lock(&served.lock);
      if (!served.verifying) {
        served.verify = request, served.verify_peer = peer, served.verify_peer_bytes = peer_bytes;
        if (served.slots) {
          served.verifying = true;
          pthread_cond_signal(&verify_wake);
        }
      }
      pthread_mutex_unlock(&served.lock);
      continue;
    }
    if (request.type != TYPE_PING) continue;
    pthread_mutex_lock(&served.lock);
    served.wanted = true;
    served.client = request.client, served.request = request.seq;
    reply_head(&reply, &request, TYPE_PING_REPLY);
    pthread_cond_signal(&served.wake);
    pthread_mutex_unlock(&served.lock);
    sendto(sock, &reply, sizeof reply, MSG_DONTWAIT, (struct sockaddr *)&peer, peer_bytes);
  }
}

/* ───────────────────────────── watch ───────────────────────────── */

struct target {
  char name[64], text[128];
  struct sockaddr_storage address;
  socklen_t address_bytes;
  int sock;
  bool connected;
};

struct life {
  int target;
  uint8_t boot[16];
  uint64_t instance_ns;
  bool ledger_known;
};

static struct {
  pthread_mutex_t lock;
  char *filling, *flushing;
  size_t filled;
  bool closed;
  uint64_t dropped;
  struct target targets[TARGETS_MAX];
  int target_count;
  struct life lives[LIVES_MAX];
  int life_count;
  int64_t origin_ns, interval_ns, ticks;
  uint64_t client;
  atomic_bool stop, sent_all;
  atomic_ullong sent, replies, ignored;
  int out;
  pthread_t sender;
} watched;

static int64_t since_origin_us(int64_t ns) {
  int64_t difference = ns - watched.origin_ns;
  return (difference >= 0 ? difference : difference - 999) / 1000;
}

/** Appends one line; after the trailer (a line that begins with Z) nothing more is taken. */
static void log_line(const char *format, ...) {
  char line[LINE_MAX_BYTES];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (n < 0) return;
  if ((size_t)n >= sizeof line) n = sizeof line - 1, line[n - 1] = '\n';
  pthread_mutex_lock(&watched.lock);
  if (watched.closed) {
    /* the log has ended */
  } else if (watched.filled + (size_t)n <= LOG_BUFFER_BYTES) {
    memcpy(watched.filling + watched.filled, line, (size_t)n);
    watched.filled += (size_t)n;
  } else {
    watched.dropped += 1;
  }
  watched.closed = watched.closed || line[0] == 'Z';
  pthread_mutex_unlock(&watched.lock);
}

static bool log_flush(void) {
  pthread_mutex_lock(&watched.lock);
  char *full = watched.filling;
  size_t bytes = watched.filled;
  watched.filling = watched.flushing, watched.flushing = full;
  watched.filled = 0;
  pthread_mutex_unlock(&watched.lock);
  for (size_t done = 0; done < bytes;) {
    ssize_t n = write(watched.out, full + done, bytes - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      fprintf(stderr, "beacon: cannot write the log: %s\n", strerror(errno));
      return false;
    }
    done += (size_t)n;
  }
  return true;
}

static void log_anchor(void) {
  /* the wall clock read between two readings of the monotonic one; the middle is the best guess */
  int64_t before = clock_ns(CLOCK_MONOTONIC), wall = clock_ns(CLOCK_REALTIME), after = clock_ns(CLOCK_MONOTONIC);
  log_line("A %" PRId64 " %" PRId64 "\n", since_origin_us(before + (after - before) / 2), wall);
}

static const char *error_name(int error) {
  const char *name = strerrorname_np(error);
  return name ? name : "EUNKNOWN";
}

static int target_send(struct target *target, const struct request *request) {
  if (!target->connected) {
    if (connect(target->sock, (struct sockaddr *)&target->address, target->address_bytes)) return errno;
    target->connected = true;
  }
  return send(target->sock, request, sizeof *request, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

static bool pending_error(int error) { return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH; }

static void *send_thread(void *unused) {
  (void)unused;
  realtime(20);
  for (int64_t tick = 0; tick < watched.ticks && !watched.stop; tick++) {
    int64_t intended = watched.origin_ns + tick * watched.interval_ns;
    struct timespec until = {.tv_sec = intended / SECOND_NS, .tv_nsec = intended % SECOND_NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR && !watched.stop) {
    }
    if (watched.stop) break;
    int64_t behind = clock_ns(CLOCK_MONOTONIC) - intended;
    if (behind > BEHIND_MAX_NS) {
      int64_t last = tick + behind / watched.interval_ns - 1;
      if (last >= watched.ticks) last = watched.ticks - 1;
      log_line("K %" PRId64 " %" PRId64 "\n", tick, last);
      tick = last;
      continue;
    }
    for (int t = 0; t < watched.target_count; t++) {
      struct target *target = &watched.targets[t];
      struct request request = {.magic = WIRE_MAGIC,
                                .version = WIRE_VERSION,
                                .type = TYPE_PING,
                                .client = watched.client,
                                .seq = (uint64_t)tick,
                                .intended_ns = intended};
      int64_t at = clock_ns(CLOCK_MONOTONIC);
      int error = target_send(target, &request);
      if (pending_error(error)) {
        /* The socket may only have handed over the ICMP answer to an earlier send; then this one was not sent yet. */
        log_line("X %d %" PRId64 " %s\n", t, since_origin_us(at), error_name(error));
        at = clock_ns(CLOCK_MONOTONIC);
        error = target_send(target, &request);
      }
      int64_t late_us = (at - intended) / 1000;
      if (error) {
        log_line("E %d %" PRId64 " %" PRId64 " %s\n", t, tick, late_us, error_name(error));
      } else {
        log_line("S %d %" PRId64 " %" PRId64 "\n", t, tick, late_us);
        watched.sent++;
      }
    }
  }
  watched.sent_all = true;
  return NULL;
}

static int life_of(int t, const struct reply *reply) {
  for (int i = watched.life_count - 1; i >= 0; i--)
    if (watched.lives[i].target == t && watched.lives[i].instance_ns == reply->instance_ns &&
        memcmp(watched.lives[i].boot, reply->boot, 16) == 0)
      return i;
  if (watched.life_count == LIVES_MAX) return -1;
  int i = watched.life_count++;
  watched.lives[i] = (struct life){.target = t, .instance_ns = reply->instance_ns};
  memcpy(watched.lives[i].boot, reply->boot, 16);
  char boot[37];
  boot_text(reply->boot, boot);
  log_line("L %d %d %s %" PRIu64 "\n", i, t, boot, reply->instance_ns / 1000);
  return i;
}

static void log_reply(int t, int64_t at, const struct reply *reply) {
  int life = life_of(t, reply);
  if (life < 0) {
    pthread_mutex_lock(&watched.lock);
    watched.dropped += 1;
    pthread_mutex_unlock(&watched.lock);
    return;
  }
  if (!watched.lives[life].ledger_known && reply->slots) {
    watched.lives[life].ledger_known = true;
    log_line("B %d %" PRIu64 " %" PRIu64 " %" PRIu32 "\n", life, reply->at_boot, reply->slots, reply->damaged);
  }
  char digest[16] = "-", extra[256] = "";
  int n = 0;
  if (reply->durable) snprintf(digest, sizeof digest, "%08" PRIx32, reply->digest);
  if (reply->pending_ns) n += sprintf(extra + n, " p=%" PRIu64, reply->pending_ns / 1000);
  if (reply->error) n += sprintf(extra + n, " e=%s", error_name((int)reply->error));
  if (reply->write_errors) n += sprintf(extra + n, " w=%" PRIu32, reply->write_errors);
  if (reply->readback_errors) n += sprintf(extra + n, " c=%" PRIu32, reply->readback_errors);
  if (reply->foreign_seq) {
    char boot[37];
    boot_text(reply->foreign_boot, boot);
    sprintf(extra + n, " f=%s:%" PRIu64, boot, reply->foreign_seq);
  }
  char state = strchr("naseox", reply->state) && reply->state ? (char)reply->state : '?';
  log_line("R %d %" PRIu64 " %" PRId64 " %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %s %c%s\n", t, reply->seq,
           since_origin_us(at), life, reply->uptime_ns / 1000, reply->reply_seq, reply->durable, digest, state, extra);
}

static void *receive_thread(void *unused) {
  (void)unused;
  realtime(19);
  struct pollfd polled[TARGETS_MAX];
  for (int t = 0; t < watched.target_count; t++)
    polled[t] = (struct pollfd){.fd = watched.targets[t].sock, .events = POLLIN};
  for (;;) {
    if (poll(polled, (nfds_t)watched.target_count, 100) <= 0) continue;
    for (int t = 0; t < watched.target_count; t++) {
      if (!polled[t].revents) continue;
      for (int burst = 0; burst < 256; burst++) {
        struct reply reply;
        ssize_t n = recv(polled[t].fd, &reply, sizeof reply, MSG_DONTWAIT);
        int64_t at = clock_ns(CLOCK_MONOTONIC);
        if (n < 0) {
          if (errno == EAGAIN) break;
          if (errno != EINTR) log_line("X %d %" PRId64 " %s\n", t, since_origin_us(at), error_name(errno));
          continue;
        }
        if (n != (ssize_t)sizeof reply || reply.magic != WIRE_MAGIC || reply.type != TYPE_PING_REPLY ||
            reply.client != watched.client || reply.seq >= (uint64_t)watched.ticks) {
          watched.ignored++;
          continue;
        }
        watched.replies++;
        log_reply(t, at, &reply);
      }
    }
  }
  return NULL;
}

static void target_parse(const char *text, struct target *target) {
  const char *equals = strchr(text, '='), *colon = strrchr(text, ':');
  if (!equals || !colon || colon < equals || equals == text) usage("--target wants NAME=ADDR:PORT");
  size_t name = (size_t)(equals - text);
  if (name >= sizeof target->name || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") < name)
    usage("a target's name has 1 to 63 letters, digits, dots, dashes or underscores");
  memcpy(target->name, text, name);
  target->name[name] = 0;
  snprintf(target->text, sizeof target->text, "%s", equals + 1);
  char host[64];
  size_t length = (size_t)(colon - equals - 1);
  const char *start = equals + 1;
  if (length >= 2 && start[0] == '[' && start[length - 1] == ']') start += 1, length -= 2;
  if (length == 0 || length >= sizeof host) usage("--target wants a numeric address: NAME=ADDR:PORT");
  memcpy(host, start, length);
  host[length] = 0;
  char *end;
  long port = strtol(colon + 1, &end, 10);
  struct sockaddr_in *v4 = (struct sockaddr_in *)&target->address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&target->address;
  if (end == colon + 1 || *end || port < 1 || port > 65535) usage("a target's port is 1 to 65535");
  if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET, v4->sin_port = htons((uint16_t)port);
    target->address_bytes = sizeof *v4;
  } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6, v6->sin6_port = htons((uint16_t)port);
    target->address_bytes = sizeof *v6;
  } else usage("--target wants a numeric address and port: NAME=ADDR:PORT");
  target->sock = socket(target->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (target->sock < 0) fail("cannot open a UDP socket: %s", strerror(errno));
  int bytes = 1 << 20;
  setsockopt(target->sock, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

static int open_out(const char *out) {
  if (strcmp(out, "-") == 0) return STDOUT_FILENO;
  int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail("cannot write %s: %s", out, strerror(errno));
  return fd;
}

static uint64_t random_id(void) {
  uint64_t id = 0;
  if (getrandom(&id, sizeof id, 0) != sizeof id) fail("no random numbers: %s", strerror(errno));
  return id;
}

static void woken(int signal) { (void)signal; }

static int watch(double interval_ms, double duration_s, const char *out) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  signal(SIGPIPE, SIG_IGN);
  struct sigaction wake = {.sa_handler = woken};
  sigaction(SIGUSR1, &wake, NULL);

  watched.out = open_out(out);
  watched.filling = malloc(LOG_BUFFER_BYTES), watched.flushing = malloc(LOG_BUFFER_BYTES);
  if (!watched.filling || !watched.flushing) fail("out of memory");
  pthread_mutexattr_t inherit;
  pthread_mutexattr_init(&inherit);
  pthread_mutexattr_setprotocol(&inherit, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&watched.lock, &inherit);
  bool locked = mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
  struct sched_param none = {.sched_priority = 0}, fifo = {.sched_priority = 20};
  bool scheduled = sched_setscheduler(0, SCHED_FIFO, &fifo) == 0;
  sched_setscheduler(0, SCHED_OTHER, &none);

  watched.client = random_id();
  watched.interval_ns = (int64_t)(interval_ms * 1e6 / 1000 + 0.5) * 1000;
  watched.ticks = (int64_t)(duration_s * 1e9) / watched.interval_ns;
  if (watched.ticks < 1) watched.ticks = 1;
  watched.origin_ns = clock_ns(CLOCK_MONOTONIC) + 20000000;
  log_line("seatrial-beacon 1 interval-us=%" PRId64 " duration-us=%" PRId64 " targets=%d origin-ns=%" PRId64
           " client=%016" PRIx64 " scheduler=%s memory=%s\n",
           watched.interval_ns / 1000, watched.ticks * watched.interval_ns / 1000, watched.target_count,
           watched.origin_ns, watched.client, scheduled ? "fifo" : "other", locked ? "locked" : "pageable");
  for (int t = 0; t < watched.target_count; t++) log_line("T %d %s %s\n", t, watched.targets[t].name, watched.targets[t].text);
  log_anchor();
  if (!log_flush()) return 1;

  start_thread(receive_thread, NULL);
  if (pthread_create(&watched.sender, NULL, send_thread, NULL)) fail("cannot start the sending thread");

  const char *reason = "duration";
  int64_t anchored_ns = clock_ns(CLOCK_MONOTONIC);
  while (!watched.sent_all) {
    struct timespec wait = {.tv_nsec = FLUSH_NS};
    int got = sigtimedwait(&signals, NULL, &wait);
    if (got > 0) {
      reason = got == SIGINT ? "SIGINT" : got == SIGTERM ? "SIGTERM" : "SIGHUP";
      watched.stop = true;
      pthread_kill(watched.sender, SIGUSR1);
      break;
    }
    if (clock_ns(CLOCK_MONOTONIC) - anchored_ns >= 10 * SECOND_NS) {
      log_anchor();
      anchored_ns = clock_ns(CLOCK_MONOTONIC);
    }
    if (!log_flush()) return 1;
  }
  pthread_join(watched.sender, NULL);
  /* Replies may still be on their way: wait for them a little, so that the last requests do not look lost. */
  for (int i = 0; i < 30 && watched.replies < watched.sent; i++) pause_ns(10000000);
  log_anchor();
  pthread_mutex_lock(&watched.lock);
  unsigned long long dropped = watched.dropped;
  pthread_mutex_unlock(&watched.lock);
  log_line("Z %" PRId64 " %s sent=%llu replies=%llu ignored=%llu dropped=%llu\n",
           since_origin_us(clock_ns(CLOCK_MONOTONIC)), reason, watched.sent, watched.replies, watched.ignored, dropped);
  return log_flush() ? 0 : 1;
}

/* ───────────────────────────── verify ───────────────────────────── */

/** Sends until an answer of the wanted type to this very request arrives, or the deadline passes. */
static ssize_t ask(struct target *target, struct request *request, uint8_t type, void *answer, size_t bytes, int64_t deadline) {
  while (clock_ns(CLOCK_MONOTONIC) < deadline) {
    request->seq += 1;
    target_send(target, request);
    int64_t again = clock_ns(CLOCK_MONOTONIC) + 200000000;
    for (int64_t now; (now = clock_ns(CLOCK_MONOTONIC)) < again && now < deadline;) {
      struct pollfd polled = {.fd = target->sock, .events = POLLIN};
      if (poll(&polled, 1, (int)((again - now) / 1000000) + 1) <= 0) continue;
      ssize_t n = recv(target->sock, answer, bytes, MSG_DONTWAIT);
      struct reply *head = answer;
      if (n < 0) {
        if (errno != EAGAIN) pause_ns(20000000);
        continue;
      }
      if (n >= (ssize_t)sizeof *head && head->magic == WIRE_MAGIC && head->type == type &&
          head->client == request->client && (type != TYPE_PING_REPLY || head->seq == request->seq))
        return n;
    }
  }
  return -1;
}

static int verify(uint64_t from, uint64_t to, double timeout_s, const char *out) {
  struct target *target = &watched.targets[0];
  FILE *file = fdopen(open_out(out), "w");
  int64_t deadline = clock_ns(CLOCK_MONOTONIC) + (int64_t)(timeout_s * 1e9);
  struct request request = {.magic = WIRE_MAGIC, .version = WIRE_VERSION, .type = TYPE_PING, .client = random_id()};
  struct verify_reply answer;
  if (!file) fail("cannot write the log: %s", strerror(errno));
  do {
    if (ask(target, &request, TYPE_PING_REPLY, &answer, sizeof answer, deadline) < 0)
      fail("%s (%s): no answer with a readable ledger within %g s", target->name, target->text, timeout_s);
    if (!answer.head.slots) pause_ns(50000000);
  } while (!answer.head.slots);
  struct reply first = answer.head;
  uint64_t head = first.durable > first.at_boot ? first.durable : first.at_boot;
  if (!from) from = head > first.slots ? head - first.slots + 1 : 1;
  if (!to) to = head;
  char boot[37];
  boot_text(first.boot, boot);
  fprintf(file, "seatrial-beacon-verify 1 target=%s boot=%s instance-us=%" PRIu64 " at-boot=%" PRIu64 " durable=%" PRIu64
                " slots=%" PRIu64 " from=%" PRIu64 " to=%" PRIu64 "\n",
          target->name, boot, first.instance_ns / 1000, first.at_boot, first.durable, first.slots, from, to);
  uint64_t answered = 0, next = from;
  request.type = TYPE_VERIFY;
  while (next <= to) {
    request.from = next, request.to = to;
    ssize_t n = ask(target, &request, TYPE_VERIFY_REPLY, &answer, sizeof answer, deadline);
    if (n < 0) break;
    size_t count = answer.head.count;
    /* An older answer that came late, or one of another life: not the answer to this question. */
    if (count == 0 || count > VERIFY_RECORDS || (size_t)n < sizeof answer.head + count * sizeof answer.records[0] ||
        answer.records[0].seq != next || memcmp(answer.head.boot, first.boot, 16) != 0)
      continue;
    for (size_t i = 0; i < count; i++) {
      const struct verified *v = &answer.records[i];
      if (v->status == 'v') fprintf(file, "V %" PRIu64 " v %08" PRIx32 " %08" PRIx32 "\n", v->seq, v->digest, v->boot_tag);
      else fprintf(file, "V %" PRIu64 " %c - -\n", v->seq, strchr("rocbe", v->status) && v->status ? v->status : '?');
      next = v->seq + 1;
      answered += 1;
    }
  }
  fprintf(file, "Z %s answered=%" PRIu64 "\n", next > to ? "complete" : "incomplete", answered);
  if (fflush(file) || ferror(file)) fail("cannot write the log: %s", strerror(errno));
  if (next <= to) fail("%s (%s): %" PRIu64 " records answered, then silence until the deadline", target->name, target->text, answered);
  return 0;
}

/* ───────────────────────────── command line ───────────────────────────── */

static double number(const char *text, double low, double high, const char *problem) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value >= low && value <= high)) usage(problem);
  return value;
}

int main(int count, char **arguments) {
  if (count < 2) usage("say serve, watch or verify");
  const char *verb = arguments[1], *ledger = NULL, *out = NULL;
  double port = 0, interval_ms = 0, duration_s = 0, from = 0, to = 0, timeout_s = 30;
  for (int i = 2; i < count; i += 2) {
    const char *option = arguments[i], *value = i + 1 < count ? arguments[i + 1] : NULL;
    if (!value) usage("an option lacks its value");
    if (!strcmp(option, "--port")) port = number(value, 1, 65535, "--port is 1 to 65535");
    else if (!strcmp(option, "--ledger")) ledger = value;
    else if (!strcmp(option, "--out")) out = value;
    else if (!strcmp(option, "--interval-ms")) interval_ms = number(value, 1, 1000, "--interval-ms is 1 to 1000");
    else if (!strcmp(option, "--duration-s")) duration_s = number(value, 0.001, 86400, "--duration-s is up to 86400");
    else if (!strcmp(option, "--from")) from = number(value, 1, 9e15, "--from is a ledger sequence from 1");
    else if (!strcmp(option, "--to")) to = number(value, 1, 9e15, "--to is a ledger sequence from 1");
    else if (!strcmp(option, "--timeout-s")) timeout_s = number(value, 1, 600, "--timeout-s is 1 to 600");
    else if (!strcmp(option, "--target")) {
      if (watched.target_count == TARGETS_MAX) usage("at most 64 targets");
      target_parse(value, &watched.targets[watched.target_count++]);
    } else usage("unknown option");
  }
  if (!strcmp(verb, "serve")) {
    if (!port) usage("serve wants --port");
    serve((int)port, ledger);
  }
  if (!strcmp(verb, "watch")) {
    if (!watched.target_count || !interval_ms || !duration_s || !out)
      usage("watch wants --target, --interval-ms, --duration-s and --out");
    return watch(interval_ms, duration_s, out);
  }
  if (!strcmp(verb, "verify")) {
    if (watched.target_count != 1) usage("verify wants one --target");
    return verify((uint64_t)from, (uint64_t)to, timeout_s, out ? out : "-");
  }
  usage("say serve, watch or verify");
}
