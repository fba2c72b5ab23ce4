#!/bin/sh
# boot.sh STATE HOST: from bare namespaces to a running host. Is PID 1 of the host; ends as tini, which reaps.
set -eu
state=$1 host=$2
run=$state/run/hosts/$host
disk=$state/run/disks/$host
root=$run/root
. "$state/machine/proc.sh"

# /proc is still the rack's: it knows this process by the PID that the power button needs.
read -r self _ </proc/self/stat
register "$self" "$run/pid"
hostname "$host"

# Cables: one veth pair a plane, this end named after its plane, the other end plugged into the plane's bridge in the rack.
# The switch side takes jumbo frames always; what a host sends is its own affair.
cables='' plug='' wire='link set lo up'
while read -r plane device address bridge cable; do
  plug="$plug
link set $cable master $plane up"
  wire="$wire
link add name $device mtu 1500 type veth peer name $cable mtu 9000 netns /proc/1/ns/net"
  cables="$cables $cable"
  if [ "$bridge" = - ]; then
    wire="$wire
addr add $address dev $device
link set $device up"
  else
    wire="$wire
link add name $bridge type bridge stp_state 0 forward_delay 0 mcast_snooping 0
link set $device master $bridge up
addr add $address dev $bridge
link set $bridge up"
  fi
done <"$state/hosts/$host/planes"
for knob in arp_ignore arp_filter; do echo 1 >/proc/sys/net/ipv4/conf/all/$knob; done
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true
echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || true
for cable in $cables; do nsenter --net=/proc/1/ns/net ip link del "$cable" 2>/dev/null || true; done
echo "$wire" | ip -batch -
echo "$plug" | nsenter --net=/proc/1/ns/net ip -batch -

mkdir -p "$root"
mount -t overlay -o "lowerdir=/,upperdir=$disk/upper,workdir=$disk/work" "$host" "$root"
mount -t proc proc "$root/proc"
# A host must not be able to crash the machine under it: Pacemaker writes here when it panics, then falls back to reboot().
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755,size=64m tmpfs "$root/run"
mount -t tmpfs -o mode=1777,size=64m tmpfs "$root/tmp"

mount -t tmpfs -o mode=755,size=1m tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/net" "$root/dev/mqueue"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,size=256m tmpfs "$root/dev/shm"
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 net/tun:10:200 $(cat "$state/devices"); do
  name=${device%%:*} numbers=${device#*:}
  mknod -m 666 "$root/dev/$name" c "${numbers%:*}" "${numbers#*:}"
done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"

# What the machine itself keeps of other labs is none of this host's business.
mkdir -p "$root/var/lib/seatrial"
mount -t tmpfs -o mode=755,size=1m tmpfs "$root/var/lib/seatrial"
mkdir "$root/var/lib/seatrial/disk" "$root/var/lib/seatrial/host"
mount --bind "$state/disks/$host" "$root/var/lib/seatrial/disk"
mount --bind "$state/hosts/$host" "$root/var/lib/seatrial/host"
cp "$state/machine/init.sh" "$root/var/lib/seatrial/init.sh"

mkdir "$root/run/rack"
cd "$root"
pivot_root . run/rack
cd /
# From here on commands from outside see the host's own files.
mkdir -p /run/seatrial
cp "/run/rack$run/pid" "/run/rack$run/reachable.new"
mv "/run/rack$run/reachable.new" "/run/rack$run/reachable"
umount -l /run/rack
rmdir /run/rack
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 SEATRIAL_RACK="$state" \
  tini -- sh /var/lib/seatrial/init.sh "$host"
