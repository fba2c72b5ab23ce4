# shellcheck shell=sh
# Shared by the scripts beside it: who is a process, told by its PID and its start time, since PIDs are used again.

# identity PID: sets $started to the process's start time (clock ticks since boot); fails if there is no such living process.
identity() {
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- ${line##*) }
  # Field 3 (state) is $1 here, field 22 (starttime) is ${20}. A zombie has ended already.
  case $1 in Z | X) return 1 ;; esac
  started=${20}
}

# living FILE: the file holds "PID STARTTIME" of a process that is still this very process; sets $pid.
living() {
  { read -r pid recorded <"$1"; } 2>/dev/null || return 1
  identity "$pid" && [ "$started" = "$recorded" ]
}

# register PID FILE: writes "PID STARTTIME" in one step, so that nobody reads half a line.
register() {
  identity "$1" || return 1
  echo "$1 $started" >"$2.new" && mv "$2.new" "$2"
}
