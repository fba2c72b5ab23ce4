#!/bin/sh
# guest.sh ADDRESS, fed with lines "target ID ADDRESS PORT,PORT|-" and "hop ADDRESS": tries whom this guest reaches, with the tools of
# its image. What is not in its own network is tried on the wire, then through each peer as if that were a gateway. Routes are of one
# address each, and are taken away again. Prints "device NAME MAC", "arp ID MAC", "echo ID", "tcp ID PORT open|closed", "hop ID VIA", "end".
own=$1
device=$(ip -o -4 address | sed -n "s/^[0-9]*: *\([^ ]*\) .* $own\/.*/\1/p")
[ -n "$device" ] || { echo "no interface has $own" >&2; exit 1; }
echo "device $device $(cat "/sys/class/net/$device/address")"
targets='' hops=''
while read -r kind first second ports; do
  case $kind in
    target) targets="$targets $first=$second=$ports" ;;
    hop) hops="$hops $first" ;;
  esac
done
address() { a=${1#*=}; echo "${a%%=*}"; }
near() { ip route get "$1" 2>/dev/null | grep -q "^$1 dev"; }
far=''
for each in $targets; do near "$(address "$each")" || far="$far $each"; done
forget() { for each in $far; do ip route del "$(address "$each")/32" 2>/dev/null; done; }
trap 'forget' EXIT
trap 'exit 1' TERM INT HUP
forget

try() {
  id=${1%%=*} at=$(address "$1") ports=${1##*=}
  arping -D -c 2 -w 2 -I "$device" "$at" 2>/dev/null | sed -n "s/.*from $at \[\([0-9a-fA-F:]*\)\].*/arp $id \1/p" &
  ping -c 2 -W 1 "$at" 2>/dev/null | grep -q 'ttl=' && echo "echo $id" &
  for port in $(echo "$ports" | tr ',-' '  '); do
    (said=$(nc -w 2 "$at" "$port" </dev/null 2>&1 >/dev/null) && echo "tcp $id $port open" ||
      case $said in *refused*) echo "tcp $id $port closed" ;; esac) &
  done
  wait
}
for each in $far; do ip route add "$(address "$each")/32" dev "$device"; done
for each in $targets; do try "$each" & done
wait
for via in $hops; do
  for each in $far; do ip route replace "$(address "$each")/32" via "$via" dev "$device"; done
  for each in $far; do
    (ping -c 2 -W 1 "$(address "$each")" 2>/dev/null | grep -q 'ttl=' && echo "hop ${each%%=*} $via") &
  done
  wait
done
echo end
