#!/bin/sh
# init.sh HOST: starts what the host runs: the hooks in /var/lib/seatrial/disk/boot.d, in the order of their names. A hook
# runs at every boot, as root, and must come back: what it starts goes to the background.
host=$1
cd /
umask 022
here=/var/lib/seatrial
log=/var/log/seatrial-boot.log

# The first boot lays down this host's own files over those of the machine; later boots keep what was changed since.
if [ ! -e /etc/seatrial-host ]; then
  rm -f /etc/resolv.conf
  cp -a "$here/host/files/." / && echo "$host" >/etc/seatrial-host
fi
mkdir -p /run/lock /run/seatrial

for hook in "$here"/disk/boot.d/[0-9][0-9]-*; do
  [ -f "$hook" ] || continue
  echo "$(date +%s.%3N) $hook" >>"$log"
  sh "$hook" "$host" </dev/null >>"$log" 2>&1 || echo "$(date +%s.%3N) $hook ended with $?" >>"$log"
done
echo "$(date +%s.%3N) booted" >>"$log"
: >/run/seatrial/booted
exec sleep infinity
