/*
 * reach try OWN SECONDS hop=ADDRESS… ID=ADDRESS=PORT,PORT|- …: tries whom this guest reaches from the interface that has the address OWN; as root.
 * One process for all targets: an emulated guest takes longer to start one for each than they take to answer. It changes nothing in the guest.
 *
 * Two rounds of SECONDS each, every packet sent twice. First a probe for each address in the wire (without a sender's address, so that filters by
 * route do not hide two planes that are one), an echo and TCP connections by the kernel's own way out of the interface. Then what is not in the
 * guest's own network is handed to each hop as if that were a gateway.
 *
 * Prints "device NAME MAC", "arp ID MAC", "echo ID", "tcp ID PORT open|closed", "hop ID VIA", and "end".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_TARGETS = 4096, MAX_HOPS = 512, MAX_CONNECTIONS = 16384, MAX_CARDS = 4, ECHO_BYTES = 16 };

struct target {
  const char *id;
  struct in_addr address;
  char *ports;
  uint8_t cards[MAX_CARDS][6];
  int card_count;
  int echoed;
};

struct connection {
  struct target *target;
  int port, fd;
};

/* What an echo with the number of its place here meant. */
struct meaning {
  struct target *target;
  int hop, answered;
};

static struct target targets[MAX_TARGETS];
static struct in_addr hops[MAX_HOPS];
static struct connection connections[MAX_CONNECTIONS];
static struct meaning meanings[UINT16_MAX + 1];
static int target_count, hop_count, connection_count, meaning_count;

static struct in_addr own, mask;
static char device[IFNAMSIZ];
static uint8_t own_card[6];
static int arp_socket, reply_socket, echo_socket;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void refuse(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(2);
}

static uint64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void print_card(const uint8_t *card) {
  printf("%02x:%02x:%02x:%02x:%02x:%02x\n", card[0], card[1], card[2], card[3], card[4], card[5]);
}

static struct in_addr address_of(const char *text) {
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) != 1) refuse("an address of version 4 is wanted");
  return address;
}

static void find_device(void) {
  struct ifaddrs *all, *each;
  if (getifaddrs(&all) != 0) fail("getifaddrs");
  for (each = all; each != NULL; each = each->ifa_next) {
    if (each->ifa_addr == NULL || each->ifa_addr->sa_family != AF_INET) continue;
    if (((struct sockaddr_in *)(void *)each->ifa_addr)->sin_addr.s_addr != own.s_addr) continue;
    snprintf(device, sizeof device, "%s", each->ifa_name);
    mask = ((struct sockaddr_in *)(void *)each->ifa_netmask)->sin_addr;
  }
  freeifaddrs(all);
  if (device[0] == 0) refuse("no interface has the address");
  struct ifreq request = {0};
  memcpy(request.ifr_name, device, sizeof device);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) != 0) fail(device);
  memcpy(own_card, request.ifr_hwaddr.sa_data, 6);
  close(fd);
}

static uint16_t echo_id(void) { return (uint16_t)getpid(); }

static int packet_socket(int kind, uint16_t protocol) {
  int fd = socket(AF_PACKET, kind | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("a packet socket");
  if (protocol == ETH_P_IP) {
    /* Echo replies with our number alone: the plane may be busy. */
    struct sock_filter code[] = {{0x30, 0, 0, 9},  {0x15, 0, 5, 1}, {0x30, 0, 0, 20},     {0x15, 0, 3, 0},
                                 {0x28, 0, 0, 24}, {0x15, 0, 1, echo_id()}, {0x06, 0, 0, 0xffff}, {0x06, 0, 0, 0}};
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) fail("a filter");
  }
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)if_nametoindex(device)};
  if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0) fail("bind to the interface");
  return fd;
}

static void to_device(int fd) {
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) != 0) fail("SO_BINDTODEVICE");
}

static uint16_t checksum(const uint8_t *data, size_t bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes; i += 2) sum += (uint32_t)(data[i] << 8 | data[i + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

static void put16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static void put_echo(uint8_t *at, int number) {
  memset(at, 0, ECHO_BYTES);
  at[0] = 8;
  put16(at + 4, echo_id());
  put16(at + 6, (uint16_t)number);
  memcpy(at + 8, "seatrial", 8);
  put16(at + 2, checksum(at, ECHO_BYTES));
}

static void probe(struct in_addr address) {
  uint8_t frame[42] = {0};
  memset(frame, 0xff, 6);
  memcpy(frame + 6, own_card, 6);
  memcpy(frame + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 10);
  memcpy(frame + 22, own_card, 6);
  memcpy(frame + 38, &address, 4);
  (void)!send(arp_socket, frame, sizeof frame, 0);
}

/* No way there is an answer of its own, and none of the target's. */
static void echo(struct in_addr address, int number) {
  uint8_t body[ECHO_BYTES];
  put_echo(body, number);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = address};
  (void)!sendto(echo_socket, body, sizeof body, 0, (struct sockaddr *)&to, sizeof to);
}

static void hand(const uint8_t *card, struct in_addr address, int number) {
  uint8_t frame[14 + 20 + ECHO_BYTES] = {0};
  memcpy(frame, card, 6);
  memcpy(frame + 6, own_card, 6);
  frame[12] = 0x08;
  uint8_t *head = frame + 14;
  head[0] = 0x45;
  put16(head + 2, 20 + ECHO_BYTES);
  put16(head + 4, (uint16_t)number);
  head[8] = 64;
  head[9] = 1;
  memcpy(head + 12, &own, 4);
  memcpy(head + 16, &address, 4);
  put16(head + 10, checksum(head, 20));
  put_echo(head + 20, number);
  (void)!send(arp_socket, frame, sizeof frame, 0);
}

static void take_probe(const uint8_t *data, ssize_t bytes) {
  if (bytes < 42 || data[20] != 0 || data[21] != 2) return;
  for (int i = 0; i < target_count; i++) {
    struct target *target = &targets[i];
    if (memcmp(data + 28, &target->address, 4) != 0) continue;
    int known = 0;
    for (int k = 0; k < target->card_count; k++) known |= memcmp(target->cards[k], data + 22, 6) == 0;
    if (!known && target->card_count < MAX_CARDS) memcpy(target->cards[target->card_count++], data + 22, 6);
  }
}

static void take_reply(const uint8_t *data, ssize_t bytes) {
  if (bytes < 28) return;
  int number = data[26] << 8 | data[27];
  if (number < meaning_count) meanings[number].answered = 1;
}

static void listen_for(uint64_t ms) {
  uint64_t until = now_ms() + ms;
  struct pollfd both[2] = {{.fd = arp_socket, .events = POLLIN}, {.fd = reply_socket, .events = POLLIN}};
  for (uint64_t at = now_ms(); at < until; at = now_ms()) {
    if (poll(both, 2, (int)(until - at)) <= 0) continue;
    uint8_t data[2048];
    ssize_t bytes;
    while ((bytes = recv(arp_socket, data, sizeof data, 0)) > 0) take_probe(data, bytes);
    while ((bytes = recv(reply_socket, data, sizeof data, 0)) > 0) take_reply(data, bytes);
  }
}

static void connect_to(struct target *target, int port) {
  if (connection_count == MAX_CONNECTIONS) refuse("too many ports");
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("a socket");
  to_device(fd);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = own};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = target->address, .sin_port = htons((uint16_t)port)};
  if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0) fail("bind");
  int begun = connect(fd, (struct sockaddr *)&to, sizeof to);
  /* Another error than a refusal is no answer of the target's. */
  if (begun != 0 && errno != EINPROGRESS && errno != ECONNREFUSED) {
    close(fd);
    return;
  }
  connections[connection_count++] = (struct connection){target, port, fd};
}

static void print_connection(struct connection *one) {
  int error = 0;
  socklen_t size = sizeof error;
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  if (getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) fail("getsockopt");
  if (error == ECONNREFUSED) printf("tcp %s %d closed\n", one->target->id, one->port);
  else if (error == 0 && getpeername(one->fd, (struct sockaddr *)&peer, &length) == 0)
    printf("tcp %s %d open\n", one->target->id, one->port);
  close(one->fd);
}

static int meant(struct target *target, int hop) {
  if (meaning_count > UINT16_MAX) refuse("too many targets");
  meanings[meaning_count] = (struct meaning){target, hop, 0};
  return meaning_count++;
}

static void first_round(uint64_t ms) {
  for (int i = 0; i < target_count; i++) {
    meant(&targets[i], -1);
    for (char *port = strtok(targets[i].ports, ","); port != NULL; port = strtok(NULL, ","))
      if (strcmp(port, "-") != 0) connect_to(&targets[i], atoi(port));
  }
  for (int time = 0; time < 2; time++) {
    for (int i = 0; i < target_count; i++) {
      probe(targets[i].address);
      echo(targets[i].address, i);
    }
    listen_for(ms / 2);
  }
}

static const uint8_t *card_of(struct in_addr address) {
  for (int i = 0; i < target_count; i++)
    if (targets[i].address.s_addr == address.s_addr && targets[i].card_count > 0) return targets[i].cards[0];
  return NULL;
}

static void second_round(uint64_t ms) {
  int first = meaning_count;
  for (int hop = 0; hop < hop_count; hop++) {
    if (card_of(hops[hop]) == NULL) continue;
    for (int i = 0; i < target_count; i++)
      if (((targets[i].address.s_addr ^ own.s_addr) & mask.s_addr) != 0) meant(&targets[i], hop);
  }
  for (int time = 0; time < 2; time++) {
    for (int number = first; number < meaning_count; number++)
      hand(card_of(hops[meanings[number].hop]), meanings[number].target->address, number);
    listen_for(ms / 2);
  }
}

static void print_answers(void) {
  printf("device %s ", device);
  print_card(own_card);
  for (int i = 0; i < target_count; i++)
    for (int k = 0; k < targets[i].card_count; k++) {
      printf("arp %s ", targets[i].id);
      print_card(targets[i].cards[k]);
    }
  for (int i = 0; i < connection_count; i++) print_connection(&connections[i]);
  for (int number = 0; number < meaning_count; number++) {
    struct meaning *one = &meanings[number];
    if (!one->answered) continue;
    if (one->hop < 0) printf("echo %s\n", one->target->id);
    else printf("hop %s %s\n", one->target->id, inet_ntoa(hops[one->hop]));
  }
  printf("end\n");
}

static void read_word(char *word) {
  char *address = strchr(word, '=');
  if (address == NULL) refuse("ID=ADDRESS=PORTS or hop=ADDRESS is wanted");
  *address++ = 0;
  char *ports = strchr(address, '=');
  if (ports == NULL) {
    if (hop_count == MAX_HOPS) refuse("too many hops");
    hops[hop_count++] = address_of(address);
    return;
  }
  *ports++ = 0;
  if (target_count == MAX_TARGETS) refuse("too many targets");
  targets[target_count++] = (struct target){.id = word, .address = address_of(address), .ports = ports};
}

int main(int argc, char **argv) {
  if (argc < 4 || strcmp(argv[1], "try") != 0) refuse("usage: reach try OWN SECONDS hop=ADDRESS… ID=ADDRESS=PORTS…");
  own = address_of(argv[2]);
  uint64_t ms = (uint64_t)(atof(argv[3]) * 1000);
  for (int i = 4; i < argc; i++) read_word(argv[i]);
  struct rlimit files = {MAX_CONNECTIONS + 64, MAX_CONNECTIONS + 64};
  (void)setrlimit(RLIMIT_NOFILE, &files);
  find_device();
  arp_socket = packet_socket(SOCK_RAW, ETH_P_ARP);
  reply_socket = packet_socket(SOCK_DGRAM, ETH_P_IP);
  echo_socket = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (echo_socket < 0) fail("a socket for echoes");
  to_device(echo_socket);
  first_round(ms);
  second_round(ms);
  print_answers();
  return 0;
}
