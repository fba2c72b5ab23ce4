#!/bin/sh
# bmc.sh STATE HOST on|off: the standby power of a host's BMC. Runs inside the rack. Without power the BMC's address is gone
# from the management plane too, as it would be: requests run into time-outs, not refusals.
set -eu
state=$1 host=$2 button=$3
run=$state/run/bmcs/$host
. "$state/machine/proc.sh"
mkdir -p "$run"
exec 9>"$run/lock"
flock -w 30 9
read -r address <"$state/bmcs/$host/address"
case $button in
on)
  living "$run/pid" && exit 0
  ip addr replace "$address/24" dev management
  setsid ipmi_sim -c "$state/bmcs/$host/lan.conf" -f "$state/bmcs/$host/chassis.emu" -s "$run/state" -n \
    </dev/null >>"$state/log/$host.bmc" 2>&1 9>&- &
  register $! "$run/pid"
  ;;
off)
  pid=
  if living "$run/pid"; then kill -9 "$pid"; fi
  rm -f "$run/pid"
  ip addr del "$address/24" dev management 2>/dev/null || true
  ;;
esac
