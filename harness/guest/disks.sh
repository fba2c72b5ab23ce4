#!/bin/sh
# Names disks by their serial: /dev/ledger and /dev/scratch, whatever bus they are on; further ones as udev would those of
# virtio, /dev/disk/by-id/virtio-SERIAL. Disks may appear late.
export PATH=/bin
modprobe -q sd_mod
serial_of() {
  for file in "$1/serial" "$1/device/serial" "$1/device/vpd_pg80"; do
    [ -r "$file" ] && tr -cd 'A-Za-z0-9_-' <"$file" && return
  done
}
tries=0
while [ $tries -lt 100 ]; do
  for block in /sys/block/*; do
    case $block in */loop* | */ram* | */sr*) continue ;; esac
    disk=/dev/${block##*/}
    serial=$(serial_of "$block")
    [ -z "$serial" ] || { mkdir -p /dev/disk/by-id && ln -sf "$disk" "/dev/disk/by-id/virtio-$serial"; }
    case $serial in
      *seatrial-ledger) [ -e /dev/ledger ] || { ln -s "$disk" /dev/ledger && echo "seatrial: ledger is $disk" >/dev/console; } ;;
      *seatrial-scratch) [ -e /dev/scratch ] || { ln -s "$disk" /dev/scratch && echo "seatrial: scratch is $disk" >/dev/console; } ;;
    esac
  done
  [ -e /dev/ledger ] && [ -e /dev/scratch ] && touch /run/disks-named && exit 0
  tries=$((tries + 1))
  sleep 0.1
done
touch /run/disks-named
echo "seatrial: after 10 s: ledger $(readlink /dev/ledger || echo absent), scratch $(readlink /dev/scratch || echo absent)" >/dev/console
