#!/bin/sh
# Installs what is missing to run seatrial from this folder: Debian packages (scripts/packages.txt) and npm packages (package-lock.json).
# Says first what it will do; a second run installs nothing. No service is started, and none that comes with a package is left enabled.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() {
  say "$1"
  say "$2"
  exit 3
}

stamp=node_modules/.seatrial-lockfile
lockfile=$(sha256sum package-lock.json | cut -d' ' -f1)

missing=
while read -r package _; do
  case $package in '' | '#'*) continue ;; esac
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done <scripts/packages.txt

npm=
if [ "$(cat "$stamp" 2>/dev/null)" != "$lockfile" ] || ! node_modules/.bin/node --version >/dev/null 2>&1; then npm=yes; fi

if [ -z "$missing$npm" ]; then exit 0; fi
if [ -n "$missing" ]; then
  say "Debian packages to install:$missing"
  say "With what they depend on, all of them are about 240 MB to download and 950 MB on disk, and take 1 to 4 minutes."
fi
if [ -n "$npm" ]; then say "npm packages to install: those of package-lock.json, into node_modules, about 320 MB; half a minute."; fi

if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || stop "apt-get is missing: this is not Debian." "Install by hand:$missing"
  [ "$(id -u)" = 0 ] || stop "Installing Debian packages needs root." "Run: sudo scripts/install.sh"

  # Services stay off: a policy that forbids starting them while packages are installed, unless the machine has one already.
  policy=/usr/sbin/policy-rc.d
  mine=
  before=
  restore() {
    if [ -n "$mine" ]; then rm -f "$policy"; fi
  }
  trap restore EXIT
  trap 'exit 4' INT TERM HUP
  if [ ! -e "$policy" ]; then
    mine=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  enabled() { systemctl list-unit-files --state=enabled --no-legend 2>/dev/null | cut -d' ' -f1 | sort; }
  if [ -d /run/systemd/system ]; then before=$(enabled); fi

  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >&2 || stop "apt-get update failed." "Look at its message above; the network or the package sources need mending."
  # shellcheck disable=SC2086 # one argument a package
  apt-get install -q -y --no-install-recommends $missing >&2 ||
    stop "apt-get install failed." "Look at its message above, mend the cause and run the same command again."

  if [ -d /run/systemd/system ]; then
    enabled | while read -r unit; do
      printf '%s\n' "$before" | grep -qxF "$unit" || systemctl disable --quiet "$unit" >&2
    done
  fi
fi

if [ -n "$npm" ]; then
  command -v npm >/dev/null || stop "npm is missing." "Install Node 20 or later with npm, for example: apt-get install nodejs npm"
  major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
  [ "${major:-0}" -ge 20 ] || stop "Node ${major:-is missing; none} is too old for npm ci." "Install Node 20 or later."
  rm -f "$stamp"
  npm ci --no-audit --no-fund >&2 || stop "npm ci failed." "Look at its message above, mend the cause and run the same command again."
  node_modules/.bin/node --version >/dev/null || stop "node_modules/.bin/node does not run." "Allow the install script of the package node."
  printf '%s\n' "$lockfile" >"$stamp"
fi
