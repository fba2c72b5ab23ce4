#!/bin/sh
# boot-bare.sh STATE HOST: from bare namespaces to a Debian that nothing was done to yet. Is PID 1 of the host; ends as systemd.
set -eu
state=$1 host=$2
run=$state/run/hosts/$host
disk=$state/systems/$host
root=$run/root
read -r lower <"$state/root"
. "$state/machine/proc.sh"
. "$state/machine/boot-common.sh"

read -r self _ </proc/self/stat
register "$self" "$run/pid"
plug_in

# Nothing is synced: what the host wrote is in the machine's memory, and outlives the host as a disk would. Such a mount is refused when the
# last one did not end in order, which here is a loss of power.
mkdir -p "$root" "$disk/upper" "$disk/work"
rm -rf "$disk/work/work/incompat"
mount -t overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work,volatile" "$host" "$root"
mount -t proc proc "$root/proc"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
# Knobs of the one kernel are nobody's here; those of the host's own network are.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 -o rw,nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755,size=256m tmpfs "$root/run"
mount -t tmpfs -o mode=1777,size=256m tmpfs "$root/tmp"
make_devices
: >"$root/dev/console"
mount --bind "$root/dev/null" "$root/dev/console"
mkdir -p "$root/srv/scratch"
mount --bind "$state/disks/$host/scratch" "$root/srv/scratch"

# What an installer asks for. Once: from then on the disk is the host's own.
if [ ! -e "$root/etc/machine-id" ] || [ ! -s "$root/etc/machine-id" ]; then
  cp -R --preserve=mode "$state/hosts/$host/files/." "$root/"
  chroot "$root" chown -R seatrial:seatrial /home/seatrial
  chroot "$root" chpasswd <"$state/admin/passwords"
fi

enter_root
exec env -i container=seatrial PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
  SEATRIAL_RACK="$state" /lib/systemd/systemd --system --show-status=false </dev/null
