#!/bin/sh
# boot.sh STATE HOST: from bare namespaces to a running host. Is PID 1 of the host; ends as tini, which reaps.
set -eu
state=$1 host=$2
run=$state/run/hosts/$host
disk=$state/run/disks/$host
root=$run/root
. "$state/machine/proc.sh"
. "$state/machine/boot-common.sh"

# /proc is still the rack's: it knows this process by the PID that the power button needs.
read -r self _ </proc/self/stat
register "$self" "$run/pid"
plug_in

mkdir -p "$root"
mount -t overlay -o "lowerdir=/,upperdir=$disk/upper,workdir=$disk/work" "$host" "$root"
mount -t proc proc "$root/proc"
# A host must not be able to crash the machine under it: Pacemaker writes here when it panics, then falls back to reboot().
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755,size=64m tmpfs "$root/run"
mount -t tmpfs -o mode=1777,size=64m tmpfs "$root/tmp"
# shellcheck disable=SC2046
make_devices $(cat "$state/devices")

# What the machine itself keeps of other labs is none of this host's business.
mkdir -p "$root/var/lib/seatrial"
mount -t tmpfs -o mode=755,size=1m tmpfs "$root/var/lib/seatrial"
mkdir "$root/var/lib/seatrial/disk" "$root/var/lib/seatrial/host"
mount --bind "$state/disks/$host" "$root/var/lib/seatrial/disk"
mount --bind "$state/hosts/$host" "$root/var/lib/seatrial/host"
cp "$state/machine/init.sh" "$root/var/lib/seatrial/init.sh"

# Nor is root's home: sshd has bash read its .bashrc before every command, and what it starts there may take seconds.
if [ ! -d "$disk/home" ]; then
  cp -rT /etc/skel "$disk/home"
  chmod 700 "$disk/home"
fi
mount --bind "$disk/home" "$root/root"

enter_root
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 SEATRIAL_RACK="$state" \
  tini -- sh /var/lib/seatrial/init.sh "$host"
