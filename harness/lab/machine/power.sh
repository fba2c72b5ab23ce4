#!/bin/sh
# power.sh STATE HOST on|off|reset|status [SECONDS]: the power button of one host of the lab. Runs inside the rack and needs
# nobody else: the BMC presses it too. `status` prints on or off.
#
# A real server spends a minute or more between power and operating system; these would be back in half a second, sooner
# than the cluster has moved a guest away from them, and every failover would be another one than in production. So the
# start takes SECONDS (default: what the lab's file `post` says). With 0 the button waits until the host can be reached.
set -eu
state=$1 host=$2 button=$3
read -r post <"$state/post"
post=${4:-$post}
run=$state/run/hosts/$host
disk=$state/run/disks/$host
. "$state/machine/proc.sh"

mkdir -p "$run"

# The power supply: as long as it lives, the host has power. A host that reboots itself ends by SIGHUP (that is what reboot()
# means in a PID namespace) and starts again; one that was killed has lost its power.
supply='
  . "$1/machine/proc.sh"
  register $$ "$1/run/hosts/$2/power"
  post=$3
  while :; do
    [ "$post" = 0 ] || sleep "$post"
    if [ -e "$1/root" ]; then boot=start-bare.sh; else boot=boot.sh; fi
    unshare --mount --pid --net --ipc --uts --fork -- sh "$1/machine/$boot" "$1" "$2"
    [ $? -eq 129 ] || exit
    read -r post <"$1/post"
  done'

on() {
  living "$run/power" && return 0
  rm -f "$run/power" "$run/pid" "$run/reachable"
  # The system disk belongs to the rack, not to the host: like a disk it survives the loss of power. That of a bare host is in the lab's folder.
  if [ ! -e "$state/root" ] && [ ! -d "$disk/upper" ]; then
    mkdir -p "$disk"
    mount -t tmpfs -o mode=755,size=384m "$host" "$disk"
    mkdir "$disk/upper" "$disk/work"
  fi
  setsid -f sh -c "$supply" power "$state" "$host" "$post" </dev/null >>"$state/log/$host.console" 2>&1 9>&-
  if [ "$post" = 0 ]; then goal=reachable; else goal=power; fi
  tries=0
  until [ -e "$run/$goal" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 1000 ] || { [ -e "$run/power" ] && ! living "$run/power"; }; then
      echo "$host was powered on and did not boot; its console said: $(tail -n 3 "$state/log/$host.console")" >&2
      return 1
    fi
    sleep 0.01
  done
}

off() {
  pid=
  # The cables first: a host without power says nothing, while the kernel of a killed one still resets its connections, and peers that are
  # refused know at once what they should have had to find out.
  while read -r _ _ _ _ cable _; do
    for end in "$cable" "${cable}a" "${cable}b"; do ip link del "$end" 2>/dev/null || true; done
  done <"$state/hosts/$host/planes"
  # The supply leads a session; the host's PID 1 is of the same process group, and ends all of the host.
  if living "$run/power"; then kill -9 "-$pid" 2>/dev/null || true; fi
  if living "$run/pid"; then kill -9 "$pid" 2>/dev/null || true; fi
  tries=0
  while living "$run/power" || living "$run/pid"; do
    tries=$((tries + 1))
    if [ $tries -gt 1000 ]; then
      echo "$host did not die within 10 s of kill -9" >&2
      return 1
    fi
    sleep 0.01
  done
  rm -f "$run/power" "$run/pid" "$run/reachable"
}

case $button in
status) if living "$run/power"; then echo on; else echo off; fi ;;
on | off | reset)
  exec 9>"$run/lock"
  flock -w 30 9
  case $button in
  on) on ;;
  off) off ;;
  reset) off && on ;;
  esac
  ;;
*)
  echo "power.sh: $button is not a button; say on, off, reset or status" >&2
  exit 2
  ;;
esac
