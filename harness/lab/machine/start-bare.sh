#!/bin/sh
# start-bare.sh STATE HOST: gives the host control groups of its own, in every hierarchy of the machine, and boots it in a namespace that begins
# there: whatever groups it makes lie below, and are removed with the lab. Is PID 1 of the host already: nobody from outside is in its groups.
set -eu
state=$1 host=$2
read -r prefix <"$state/cgroup"
while read -r _ mounted type _; do
  case $type in cgroup | cgroup2) ;; *) continue ;; esac
  group=$mounted/$prefix.$host
  mkdir -p "$group"
  # A new group of the first version has no processors yet, and takes no process.
  for file in cpuset.cpus cpuset.mems; do
    [ ! -e "$mounted/$file" ] || cat "$mounted/$file" >"$group/$file"
  done
  echo 0 >"$group/cgroup.procs"
done </proc/mounts
exec unshare --cgroup -- sh "$state/machine/boot-bare.sh" "$state" "$host"
