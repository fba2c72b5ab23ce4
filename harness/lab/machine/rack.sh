#!/bin/sh
# rack.sh STATE: the rack of one lab. Runs under the PID 1 of new mount, PID, network, IPC and UTS namespaces; everything
# of the lab lives inside them, so ending that PID 1 ends every process, mount, bridge and interface of the lab at once.
set -eu
state=$1
. "$state/machine/proc.sh"

# /proc is still the machine's own here: it knows our parent, the rack's PID 1, by the PID the machine uses.
read -r line </proc/self/stat
set -- ${line##*) }
register "$2" "$state/rack"

mount -t proc proc /proc
[ ! -e /proc/sysrq-trigger ] || mount --bind /dev/null /proc/sysrq-trigger
mount -t tmpfs -o mode=755,size=16m seatrial "$state/run"
mkdir "$state/run/hosts" "$state/run/disks" "$state/run/bmcs"
# Disks of bare hosts are layers over a root, which cannot lie on a disk that is such a layer itself, as a container's is.
if [ -d "$state/systems" ] && [ "$(stat -f -c %T "$state")" = overlayfs ]; then
  mount -t tmpfs -o mode=700 seatrial "$state/systems"
fi
hostname seatrial-rack

ip link set lo up
if [ -e "$state/vlans" ]; then
  . "$state/machine/fabric-ovs.sh"
  make_switches
fi
ip -batch "$state/fabric"
echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || true
for knob in arp_ignore arp_filter; do echo 1 >/proc/sys/net/ipv4/conf/all/$knob; done
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true

: >"$state/run/ready"
exec sleep infinity
