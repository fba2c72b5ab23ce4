#!/bin/sh
# What is known of a device that is to be overwritten, one fact a line: `what value`. Only looks; for any POSIX shell, busybox too.
#   scratch-device.sh DEVICE
# The kernel says who uses it, wipefs what is written on it: every file system, volume, RAID, LUKS, swap and partition table.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
real=$(readlink -f "$1" 2>/dev/null) || real=
[ -n "$real" ] && [ -e "$real" ] || { echo 'kind nothing'; exit 0; }
echo "real $real"
[ -b "$real" ] || { echo 'kind other'; exit 0; }
echo 'kind block'
name=${real##*/}
sys=/sys/class/block/$name
[ ! -e "$sys/partition" ] || echo 'part-of-a-disk 1'
[ "$(cat "$sys/ro")" = 0 ] || echo 'read-only 1'
for file in "$sys/serial" "$sys/device/serial" "$sys/device/vpd_pg80"; do
  [ -r "$file" ] && echo "serial $(tr -cd 'A-Za-z0-9_-' <"$file")" && break
done
for part in "$sys/$name"*; do [ ! -e "$part/partition" ] || echo "partition ${part##*/}"; done
for holder in "$sys/holders"/*; do [ ! -e "$holder" ] || echo "holder ${holder##*/}"; done
# Mounts and swaps may name the device otherwise than here: its number decides.
number=$(cat "$sys/dev")
while read -r _ _ where _ place _; do [ "$where" != "$number" ] || echo "mounted $place"; done </proc/self/mountinfo
while read -r file _; do [ "$(readlink -f "$file")" != "$real" ] || echo 'swap 1'; done </proc/swaps
[ "$(readlink -f /dev/ledger 2>/dev/null)" != "$real" ] || echo 'ledger 1'
command -v wipefs >/dev/null || { echo 'signatures unknown: there is no wipefs'; exit 0; }
found=$(wipefs --no-act --noheadings --output TYPE "$real" 2>&1) || { echo "signatures unknown: $(echo "$found" | tr '\n' ' ')"; exit 0; }
for type in $found; do echo "signature $type"; done
echo 'signatures read'
