#!/bin/sh
# The first sea trial: installs what is missing, builds a local reference cluster, spends ten minutes on the trials that decide most promises,
# and prints the path of the HTML report. Options go on to `seatrial accept`; `--reps 1` tries every scenario once before and after tuning.
# Ends 0 whenever the trial came to its end: that promises made for hardware are missed on one small machine is an outcome, not an error.
set -eu
cd "$(dirname "$0")/.."
scripts/install.sh
export PATH="$PWD/node_modules/.bin:$PATH"

status=0
node scripts/seatrial.ts accept --lab --quick "$@" || status=$?
case $status in
  0 | 1 | 2) exit 0 ;;
  *) exit "$status" ;;
esac
