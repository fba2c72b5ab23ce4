#!/bin/sh
# power.sh STATE HOST on|off|reset|status: the power button of one host of the lab. Runs inside the rack and needs nobody
# else: the BMC presses it too. `status` prints on or off.
set -eu
state=$1 host=$2 button=$3
run=$state/run/hosts/$host
disk=$state/run/disks/$host
. "$state/machine/proc.sh"

mkdir -p "$run"

on() {
  living "$run/pid" && return 0
  rm -f "$run/pid" "$run/reachable"
  # The system disk belongs to the rack, not to the host: like a disk it survives the loss of power.
  if [ ! -d "$disk/upper" ]; then
    mkdir -p "$disk"
    mount -t tmpfs -o mode=755,size=384m "$host" "$disk"
    mkdir "$disk/upper" "$disk/work"
  fi
  # A host that reboots itself (SIGHUP is what reboot() means in a PID namespace) comes back; one that was killed stays off.
  setsid -f sh -c '
    unshare --mount --pid --net --ipc --uts --fork -- sh "$1/machine/boot.sh" "$1" "$2"
    [ $? -ne 129 ] || exec sh "$1/machine/power.sh" "$1" "$2" reset' power "$state" "$host" \
    </dev/null >>"$state/log/$host.console" 2>&1 9>&-
  tries=0
  until [ -e "$run/reachable" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 1000 ] || { [ -e "$run/pid" ] && ! living "$run/pid"; }; then
      echo "$host was powered on and did not boot; its console is $state/log/$host.console" >&2
      return 1
    fi
    sleep 0.01
  done
}

off() {
  if living "$run/pid"; then
    kill -9 "$pid" || true
    tries=0
    while living "$run/pid"; do
      tries=$((tries + 1))
      if [ $tries -gt 1000 ]; then
        echo "$host did not die within 10 s of kill -9" >&2
        return 1
      fi
      sleep 0.01
    done
  fi
  rm -f "$run/pid" "$run/reachable"
  # The kernel takes its time over a dead network namespace; the cables are pulled now.
  while read -r plane device address bridge cable; do
    ip link del "$cable" 2>/dev/null || true
  done <"$state/hosts/$host/planes"
}

case $button in
status) if living "$run/pid"; then echo on; else echo off; fi ;;
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
