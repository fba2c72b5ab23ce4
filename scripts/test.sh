#!/bin/sh
# Everything that can be checked: format and lint, types, shell scripts, unit tests, and live tests against the local reference cluster (root).
# Installs what is missing first. The last line is "N passed, N failed"; format and lint, types, and shell count as one check each.
set -u
cd "$(dirname "$0")/.." || exit 4
scripts/install.sh || exit $?
export PATH="$PWD/node_modules/.bin:$PATH"
# Every test file is a process that reads much of the same code: what Node has made of it is kept.
export NODE_COMPILE_CACHE="$PWD/node_modules/.cache/node"

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# check NAME SECONDS COMMAND…: one check, its output shown only when it fails.
check() {
  name=$1 seconds=$2
  shift 2
  if timeout --kill-after=10 "$seconds" "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    cat "$log"
    echo "not ok  $name"
  fi
}

# tests NAME SECONDS COMMAND…: a test run that prints TAP; every test counts. A run that ends badly without a failed test is one failure.
tests() {
  name=$1 seconds=$2
  shift 2
  timeout --kill-after=30 "$seconds" "$@" >"$log" 2>&1
  status=$?
  good=$(grep -c '^ok ' "$log")
  skipped=$(grep -c '^ok .*# \(SKIP\|TODO\)' "$log")
  bad=$(grep -c '^not ok ' "$log")
  good=$((good - skipped))
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
    tail -n 50 "$log"
    [ "$status" -eq 124 ] && echo "$name did not end within $seconds s"
    bad=1
  elif [ "$bad" -gt 0 ]; then
    # A failed test with what TAP says about it, up to the next test.
    awk '/^(ok |not ok |1\.\.)/ {shown = /^not ok /} shown' "$log"
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  echo "$name: $good passed, $bad failed"
}

# Deadlines end what hangs: on an idle machine of two cores all of it takes 27 minutes, on slow ones 42 were seen, and it may take twice as long.
check 'format and lint' 120 biome check .
check 'types' 300 tsc --noEmit
check 'shell scripts' 60 sh -c 'git ls-files -z "*.sh" .ci/run | xargs -0 shellcheck --severity=warning'
tests 'unit tests' 1200 ava --tap
if [ "$(id -u)" = 0 ]; then
  tests 'live tests' 2700 ava --config ava.lab.config.js --tap
else
  echo 'live tests: they need root; run: sudo scripts/test.sh'
  failed=$((failed + 1))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
