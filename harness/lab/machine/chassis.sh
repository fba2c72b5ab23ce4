#!/bin/sh
# chassis.sh STATE HOST get power | set power 0|1 | set reset 1 …: what a BMC does to its host. Called by ipmi_sim.
state=$1 host=$2 verb=$3
shift 3
press() { sh "$state/machine/power.sh" "$state" "$host" "$1" >>"$state/log/$host.bmc" 2>&1; }
case $verb in
get)
  for item in "$@"; do
    case $item in
    power) if [ "$(sh "$state/machine/power.sh" "$state" "$host" status)" = on ]; then echo power:1; else echo power:0; fi ;;
    boot) echo boot:default ;;
    *) echo "$item:0" ;;
    esac
  done
  ;;
set)
  while [ $# -ge 2 ]; do
    case $1=$2 in
    power=1) press on || exit 1 ;;
    power=0 | shutdown=*) press off || exit 1 ;;
    reset=*) press reset || exit 1 ;;
    esac
    shift 2
  done
  ;;
*) exit 1 ;;
esac
