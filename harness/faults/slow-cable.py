"""A slow cable, where the kernel has no netem: seatrial-delay FOLDER DEVICE DELAY_MS JITTER_MS REORDER_PERCENT. Needs root.

Makes the tap "seatrial-cable", to which rules of nft hand what goes out by DEVICE; holds each frame for the delay, more or less the
jitter by chance, and sends it by DEVICE with a mark by which the rules let it pass. So many in a hundred are sent at once, and so come
before those that went ahead of them. FOLDER/pid says that it is ready, FOLDER/held how many frames it has held.
"""

import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

FOLDER, DEVICE = sys.argv[2:4]
DELAY, JITTER, REORDER = (float(each) for each in sys.argv[4:7])
TAP, MARK, SO_MARK = "seatrial-cable", 0x5EA7, 36
TUNSETIFF, IFF_TAP_NO_PI, SIOCGIFMTU = 0x400454CA, 0x1002, 0x8921
MOST = 100_000  # frames held at once: beyond that a cable loses

tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", TAP.encode(), IFF_TAP_NO_PI))
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
out.setsockopt(socket.SOL_SOCKET, SO_MARK, MARK)
out.bind((DEVICE, 0))
mtu = str(struct.unpack("16sI20x", fcntl.ioctl(out, SIOCGIFMTU, struct.pack("16s24x", DEVICE.encode())))[1])
# It must say nothing itself.
subprocess.run(["ip", "link", "set", TAP, "addrgenmode", "none"], check=True)
subprocess.run(["ip", "link", "set", TAP, "mtu", mtu, "txqueuelen", "10000", "arp", "off", "up"], check=True)


def write(name, text):
    with open(f"{FOLDER}/{name}.new", "w") as file:
        file.write(text)
    os.rename(f"{FOLDER}/{name}.new", f"{FOLDER}/{name}")


def send(frame):
    try:
        out.send(frame)
    except OSError:
        pass  # the interface is down, or its queue full: lost, as on a cable


held, number, waiting, told = 0, 0, [], 0.0
write("held", "0\n")
write("pid", f"{os.getpid()}\n")
while True:
    now = time.monotonic()
    while waiting and waiting[0][0] <= now:
        send(heapq.heappop(waiting)[2])
    if now - told > 0.5:
        told = now
        write("held", f"{held}\n")
    select.select([tap], [], [], min(0.5, waiting[0][0] - now) if waiting else 0.5)
    while True:
        try:
            frame = os.read(tap, 65536)
        except BlockingIOError:
            break
        if random.random() * 100 < REORDER:
            send(frame)
        elif len(waiting) < MOST:
            held, number = held + 1, number + 1
            delay = max(0.0, DELAY + random.uniform(-JITTER, JITTER)) / 1000
            heapq.heappush(waiting, (time.monotonic() + delay, number, frame))
        if waiting and waiting[0][0] <= time.monotonic():
            send(heapq.heappop(waiting)[2])
