"""Tries whom this host reaches from each of its planes, with Python's own library alone. Needs root.

probe.py OPTIONS, where OPTIONS is JSON: seconds to wait for answers; planes [{plane, address}] of this host; targets
[{id, address, ports, planes}] with the planes to try them from; hops {plane: [addresses]}, peers that a packet is handed
to as if they were gateways. Prints one line of JSON: devices {plane: {device, mac}}, missing [planes without a device], and
answers [{plane, target, by, …}]:

arp   mac          a probe for the address, sent in the plane, was answered (a probe has no sender's address, so that
                   filters by route do not hide two planes that are one)
echo  mac          an echo by the kernel's own way out of the plane's device was answered; mac: who delivered it
tcp   port, how    a connection out of that device was accepted (open) or refused (closed)
hop   via, mac     an echo that was handed to this peer was answered
"""

import ctypes
import errno
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time

OPTIONS = json.loads(sys.argv[1])
ID = os.getpid() & 0xFFFF
ETH_ARP, ETH_IP, BROADCAST = 0x0806, 0x0800, b"\xff" * 6


def text(mac):
    return ":".join(f"{byte:02x}" for byte in mac)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo(number):
    head = struct.pack("!BBHHH", 8, 0, 0, ID, number)
    return struct.pack("!BBHHH", 8, 0, checksum(head + b"seatrial"), ID, number) + b"seatrial"


def packet(source, target, number):
    body = echo(number)
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), number, 0, 64, 1, 0)
    return head[:10] + struct.pack("!H", checksum(head + ends)) + ends + body


def only_our_replies(sock):
    """The kernel hands over echo replies with our number alone: the plane may be busy."""
    code = [(0x30, 0, 0, 9), (0x15, 0, 5, 1), (0x30, 0, 0, 20), (0x15, 0, 3, 0), (0x28, 0, 0, 24), (0x15, 0, 1, ID),
            (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in code))
    sock.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", len(code), ctypes.addressof(program)))


class Plane:
    def __init__(self, name, address):
        said = subprocess.run(["ip", "-json", "-4", "address", "show", "to", address], capture_output=True, check=True)
        found = [each for each in json.loads(said.stdout or b"[]") if each]
        if not found:
            raise LookupError(name)
        self.name, self.address, self.device = name, address, found[0]["ifname"]
        self.arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_ARP))
        self.arp.bind((self.device, ETH_ARP))
        self.mac = self.arp.getsockname()[4]
        self.replies = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        only_our_replies(self.replies)
        self.replies.bind((self.device, ETH_IP))
        self.kernel = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.kernel.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.device.encode())

    def probe(self, address):
        body = struct.pack("!HHBBH", 1, ETH_IP, 6, 4, 1) + self.mac + bytes(4) + bytes(6) + socket.inet_aton(address)
        self.arp.send(BROADCAST + self.mac + struct.pack("!H", ETH_ARP) + body)

    def hand(self, mac, target, number):
        raw = bytes.fromhex(mac.replace(":", "")) + self.mac + struct.pack("!H", ETH_IP)
        self.arp.send(raw + packet(self.address, target, number))


PLANES, MISSING = {}, []
for told in OPTIONS["planes"]:
    try:
        PLANES[told["plane"]] = Plane(told["plane"], told["address"])
    except LookupError:
        MISSING.append(told["plane"])

ASKED = {each["address"]: each for each in OPTIONS["targets"]}
NUMBERS = []  # what an echo with this number meant
ANSWERS = {}  # as a set, in their order


def found(**answer):
    ANSWERS[json.dumps(answer, sort_keys=True)] = answer


def listen(seconds):
    until = time.monotonic() + seconds
    sockets = {plane.arp: (plane, "arp") for plane in PLANES.values()}
    sockets.update({plane.replies: (plane, "echo") for plane in PLANES.values()})
    while (left := until - time.monotonic()) > 0:
        for sock in select.select(list(sockets), [], [], left)[0]:
            plane, kind = sockets[sock]
            data, sender = sock.recvfrom(2048)
            if kind == "arp" and len(data) >= 42 and data[20:22] == b"\x00\x02":
                address = socket.inet_ntoa(data[28:32])
                if address in ASKED and plane.name in ASKED[address]["planes"]:
                    found(plane=plane.name, target=ASKED[address]["id"], by="arp", mac=text(data[22:28]))
            if kind == "echo" and len(data) >= 28:
                number = struct.unpack("!H", data[26:28])[0]
                if number < len(NUMBERS):
                    found(**NUMBERS[number], mac=text(sender[4]))


def connect(plane, target, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, plane.device.encode())
    sock.bind((plane.address, 0))
    sock.connect_ex((target["address"], port))
    return sock


def tried():
    return [(PLANES[name], target) for target in ASKED.values() for name in target["planes"] if name in PLANES]


def send(plane, address, number):
    try:
        plane.kernel.sendto(echo(number), (address, 0))
    except OSError:
        pass  # no way there: an answer of its own, and none of the target's


def first_round():
    """Probes, echoes and connections by the kernel's own ways; each twice, a moment apart."""
    numbers = []
    for plane, target in tried():
        numbers.append(len(NUMBERS))
        NUMBERS.append({"plane": plane.name, "target": target["id"], "by": "echo"})
    opened = {connect(plane, target, port): (plane, target, port) for plane, target in tried() for port in target["ports"]}
    for _ in range(2):
        for number, (plane, target) in zip(numbers, tried()):
            plane.probe(target["address"])
            send(plane, target["address"], number)
        listen(OPTIONS["seconds"] / 2)
    for sock, (plane, target, port) in opened.items():
        how = {0: "open", errno.ECONNREFUSED: "closed"}.get(outcome(sock))
        if how is not None:
            found(plane=plane.name, target=target["id"], by="tcp", port=port, how=how)
        sock.close()


def outcome(sock):
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error != 0:
        return error
    try:
        sock.getpeername()
        return 0
    except OSError:
        return errno.EINPROGRESS


def second_round():
    """The peers of each plane are given packets for addresses of others, as if they were gateways."""
    addresses = {each["id"]: each["address"] for each in OPTIONS["targets"]}
    near = {(each["plane"], addresses[each["target"]]): each["mac"] for each in ANSWERS.values() if each["by"] == "arp"}
    jobs = []
    for plane, target in tried():
        for via in OPTIONS["hops"].get(plane.name, []):
            mac = near.get((plane.name, via))
            if mac is not None and target["address"] not in OPTIONS["hops"].get(plane.name, []):
                jobs.append((plane, mac, target["address"], len(NUMBERS)))
                NUMBERS.append({"plane": plane.name, "target": target["id"], "by": "hop", "via": via})
    for _ in range(2):
        for plane, mac, address, number in jobs:
            plane.hand(mac, address, number & 0xFFFF)
        listen(OPTIONS["seconds"] / 2)


first_round()
second_round()
devices = {plane.name: {"device": plane.device, "mac": text(plane.mac)} for plane in PLANES.values()}
print(json.dumps({"devices": devices, "missing": MISSING, "answers": list(ANSWERS.values())}))
