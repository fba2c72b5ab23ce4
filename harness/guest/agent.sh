#!/bin/sh
# Starts the QEMU guest agent on its own port: `guest.exec` reaches the guest by it, also while the guest moves. There is no
# udev, so the port is found by the name that QEMU gave it. A guest without the port has no agent, and is none the worse.
export PATH=/bin
modprobe -q virtio_console
for _ in 1 2 3 4 5 6 7 8 9 10; do
  for port in /sys/class/virtio-ports/*; do
    [ "$(cat "$port/name" 2>/dev/null)" = org.qemu.guest_agent.0 ] || continue
    exec qemu-ga -m virtio-serial -p "/dev/${port##*/}" -t /run -f /run/qemu-ga.pid
  done
  sleep 1
done
exec sleep 2147483647
