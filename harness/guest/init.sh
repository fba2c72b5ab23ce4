#!/bin/sh
# First process of seatrial's guest. It reads the kernel command line, brings up the network and the disks, and hands over
# to busybox init, which keeps the services of /etc/inittab running. No udev: only drivers of devices that are there are loaded.
#
#   seatrial.name=NAME  seatrial.address=ADDR/BITS  [seatrial.gateway=ADDR]  [seatrial.mtu=BYTES]
#   seatrial.probe: say that the kernel runs, and switch off
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /run
mount -t tmpfs -o size=75% tmpfs /dev/shm
say() { echo "seatrial: $(cut -d' ' -f1 /proc/uptime) s: $*" >/dev/console; }

name=guest address='' gateway='' mtu=''
read -r line </proc/cmdline
for word in $line; do
  case $word in
    seatrial.name=*) name=${word#*=} ;;
    seatrial.address=*) address=${word#*=} ;;
    seatrial.gateway=*) gateway=${word#*=} ;;
    seatrial.mtu=*) mtu=${word#*=} ;;
    seatrial.probe) echo 'seatrial: the guest kernel runs' >/dev/console && poweroff -f ;;
  esac
done
hostname "$name"

# Twice: the first round finds the virtio bus on PCI, the second what sits on the virtio bus.
for _ in 1 2; do
  cat /sys/bus/pci/devices/*/modalias /sys/bus/virtio/devices/*/modalias 2>/dev/null | sort -u |
    xargs -r modprobe -a -q -b 2>/dev/null
done

ip link set lo up
nic=
tries=0
while [ -z "$nic" ] && [ $tries -lt 50 ]; do
  for device in /sys/class/net/*/device; do
    [ -e "$device" ] && nic=${device%/device} && nic=${nic##*/} && break
  done
  tries=$((tries + 1))
  [ -n "$nic" ] || sleep 0.1
done
if [ -n "$nic" ] && [ -n "$address" ]; then
  [ -z "$mtu" ] || ip link set "$nic" mtu "$mtu" || say "MTU $mtu was refused by $nic"
  ip link set "$nic" up
  ip address add "$address" dev "$nic"
  [ -z "$gateway" ] || ip route add default via "$gateway"
  # Neighbours that gave the address up while the guest was down learn at once that it is back.
  (arping -q -U -c 3 -I "$nic" "${address%/*}" >/dev/null 2>&1 &)
  say "$name has $address on $nic"
else
  say "$name has no network: interface '${nic:-none}', seatrial.address '${address:-none}'"
fi

/etc/disks &
modprobe -a -q button evdev &
exec /bin/init
