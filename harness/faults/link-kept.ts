/**
 * What a link loses for good when it is taken down: routes by it, and its addresses of IPv6. When it is raised the
 * kernel itself makes no more than the routes of its addresses of IPv4. So they are kept on the node before, and put
 * back after, with those of VLANs on the link, which go down with it. In memory: a node that has booted has its own.
 */
import {idempotent} from '../cluster/commands.ts';
import type {Command} from '../types.ts';

/** A file for each link, from before it is taken down until it has all back. */
export const keptLinks = '/run/seatrial-link-';

/**
 * `$1` a link. Prints as words of `ip` what it is to have again: addresses, then what they lead to, then what leads
 * on from there. Fails where `ip` did not tell all of it. What a router or a routing daemon has put there comes back
 * from them. Where somebody else than the kernel makes the routes of the addresses (`noprefixroute`), they are kept as
 * well.
 */
const kept = `said() {
  echo "= $1 addresses"
  ip -o addr show dev "$1" || echo '= untold'
  for family in 4 6; do
    echo "= $1 $family"
    ip -$family route show table all dev "$1" || echo '= untold'
  done
  for upper in /sys/class/net/"$1"/upper_*; do
    [ -e "$upper" ] || continue
    [ "$upper" -ef "/sys/class/net/$1/master" ] || said "\${upper##*/upper_}"
  done
}
kept() {
  said "$1" | awk '
  $1 == "=" && $2 == "untold" { untold = 1; next }
  $1 == "=" { device = $2; what = $3; if (what == "addresses") own = 0; next }
  what == "addresses" {
    if (/ noprefixroute /) own = 1
    if ($3 != "inet6" || !/ scope (global|site) / || / (dynamic|temporary|dadfailed) /) next
    line = "-6 addr replace " $4
    for (i = 5; i < NF; i++) {
      if ($i == "noprefixroute" || $i == "home" || $i == "mngtmpaddr") line = line " " $i
      if ($i == "metric") line = line " metric " $(i + 1)
      if ($i == "deprecated") line = line " preferred_lft 0"
    }
    print line " dev " device
    next
  }
  NF > 0 {
    line = "-" what " route replace"
    leads = 0
    for (i = 1; i <= NF; i++) {
      if ($i == "expires" || ($i == "table" && $(i + 1) == "local")) next
      if ($i == "proto" && $(i + 1) !~ /^(static|boot|dhcp)$/ && !(own && $(i + 1) == "kernel")) next
      if ($i == "via") leads = 1
      if ($i == "nhid") i++
      else if ($i !~ /^(linkdown|dead|pervasive|trap|offload|offload_failed|rt_trap|rt_offload|rt_offload_failed)$/)
        line = line " " $i
    }
    line = line " dev " device "\\n"
    if (leads) on = on line
    else printf "%s", line
  }
  END { printf "%s", on; exit untold }'
}`;

/**
 * `back` puts one line back, and fails while it is not there. Another host may have taken an address meanwhile: the
 * kernel asks before it uses one, and such a one is given up. When time is over, `given_up` tells what is no loss: an
 * address that the kernel cannot ask for yet, without a carrier; a route from an address that is not here any more.
 */
const lines = `look_for() {
  device=\${1##* }
  address=\${1#-6 addr replace }
  address=\${address%% *}
  found=$(ip -6 -o addr show dev "$device" to "\${address%/*}")
}
back() {
  case $1 in
  '-6 addr '*)
    look_for "$1"
    case $found in
    '')
      ip $1
      return 1
      ;;
    *dadfailed*) ip -6 addr del "$address" dev "$device" ;;
    *tentative*) return 1 ;;
    esac
    ;;
  *) printf '%s\\n' "$now" | grep -qxF -e "$1" || ip $1 ;;
  esac
}
given_up() {
  case $1 in
  '-6 addr '*)
    look_for "$1"
    [ -n "$found" ]
    ;;
  *' src '*)
    from=\${1##* src }
    [ -z "$(ip -o addr show to "\${from%% *}")" ]
    ;;
  *) return 1 ;;
  esac
}
missing() {
  printf '%s\\n' "$1" | while read -r line; do
    [ -z "$line" ] || "$2" "$line" </dev/null >/dev/null 2>&1 || printf '%s\\n' "$line"
  done
}`;

/** `$1` a link. Whoever manages the network may first have to notice that it is up. For nothing it is fine. */
const giveBack = `give_back() {
  file=${keptLinks}$1
  [ -e "$file" ] || return 0
  left=$(cat "$file") tries=0
  while { now=$(kept "$1") || now=; } && left=$(missing "$left" back) && [ -n "$left" ] && [ $tries -lt 50 ]; do
    tries=$((tries + 1))
    sleep 0.25
  done
  left=$(missing "$left" given_up)
  if [ -n "$left" ]; then
    printf '%s\\n' "$left" | sed "s/^/$1 has not got back: ip /" >&2
    return 1
  fi
  rm -f "$file"
}`;

const keepFirst = `${kept}
file=${keptLinks}$5
[ -e "$file" ] || { kept "$5" >"$file.new" && mv "$file.new" "$file"; } || exit 1
exec "$@"`;

const raiseAndGive = `${kept}
${lines}
${giveBack}
"$@" && give_back "$5"`;

/** What is put back is still kept: the link is taken down again in a moment. */
const raiseForNow = `${kept}
${lines}
"$@" || exit 1
[ -s "${keptLinks}$5" ] || exit 0
now=$(kept "$5")
missing "$(cat "${keptLinks}$5")" back >/dev/null`;

const giveAlone = `${kept}
${lines}
${giveBack}
give_back "$1"`;

/** Twice keeps what there was before the first time. */
export function takeDown(device: string): Command {
  return idempotent(['sh', '-c', keepFirst, 'keep', 'ip', 'link', 'set', 'dev', device, 'down'], 10_000);
}

/** Fails with what it has not got back. */
export function raise(device: string): Command {
  return idempotent(['sh', '-c', raiseAndGive, 'give-back', 'ip', 'link', 'set', 'dev', device, 'up'], 30_000);
}

/** For a link that goes down and up over and over. */
export function raiseAgain(device: string): Command {
  return idempotent(['sh', '-c', raiseForNow, 'give-back', 'ip', 'link', 'set', 'dev', device, 'up'], 10_000);
}

/** Where somebody has raised it already. */
export function giveBackAlone(device: string): Command {
  return idempotent(['sh', '-c', giveAlone, 'give-back', device], 30_000);
}
