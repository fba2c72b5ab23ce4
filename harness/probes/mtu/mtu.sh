#!/bin/sh
# mtu.sh OWN ADDRESS…: the largest packet that comes back from each address when it is sent from OWN, found by echoes that nobody may
# split. Prints "mtu ADDRESS OF-THE-INTERFACE LARGEST" in bytes of IP, 0 where nothing came back. For hosts and for guests' busybox,
# whose ping has no -M: what fits the interface leaves it whole all the same, and is not split between two ends of one network.
own=$1
shift
device=$(ip -o address | sed -n "s/^[0-9]*: *\([^ @]*\).* $own\/.*/\1/p" | head -n 1)
[ -n "$device" ] || { echo "no interface has $own" >&2; exit 1; }
most=$(cat "/sys/class/net/$device/mtu") || exit 1
whole=''
ping -M 'do' -c 1 -W 1 127.0.0.1 >/dev/null 2>&1 && whole='-M do'

# Each size twice: one lost packet is no limit.
# shellcheck disable=SC2086
echoes() { ping $whole -I "$own" -c 1 -W 1 -s "$2" "$1" 2>/dev/null | grep -q 'ttl='; }
passes() { echoes "$1" "$2" || echoes "$1" "$2"; }

for at in "$@"; do
  case $at in *:*) head=48 ;; *) head=28 ;; esac
  low=56 high=$((most - head))
  if passes "$at" "$high"; then
    low=$high
  elif ! passes "$at" "$low"; then
    low=$((0 - head))
  else
    while [ $((high - low)) -gt 1 ]; do
      middle=$(((low + high) / 2))
      if passes "$at" "$middle"; then low=$middle; else high=$middle; fi
    done
  fi
  echo "mtu $at $most $((low + head))"
done
