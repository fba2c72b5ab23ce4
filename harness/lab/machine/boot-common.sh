# shellcheck shell=sh disable=SC2154
# Shared by boot.sh and boot-bare.sh, which set $state, $host, $run and $root: what any host of a lab needs around its system.

# Names the host and plugs its cables in: one veth pair a plane, this end named after its plane, the other end plugged into the plane's bridge
# in the rack, or into a port of the switch that the host hangs on. The switch side takes jumbo frames always; what a host sends is its own affair. The addresses in hardware are the host's own and
# stay so over power cycles: a peer that still remembers another one would not reach the host for half a minute.
plug_in() {
  hostname "$host"
  cables='' plug='' wire='link set lo up' switch='' bonded=''
  if [ -e "$state/hosts/$host/switch" ]; then read -r switch <"$state/hosts/$host/switch"; fi
  if [ -e "$state/hosts/$host/bond" ]; then read -r bonded _ <"$state/hosts/$host/bond"; fi
  while read -r plane device address bridge cable hardware; do
    if [ -z "$switch" ]; then master="master $plane"; else master=''; fi
    # Of a bond here are its two links; the host itself bundles them when it has booted.
    if [ "$device" = "$bonded" ]; then links='a b' mac=''; else links=- mac="address $hardware"; fi
    for link in $links; do
      link=${link#-}
      plug="$plug
link set $cable$link $master up"
      wire="$wire
link add name $device$link $mac mtu 1500 type veth peer name $cable$link mtu 9000 netns /proc/1/ns/net"
      cables="$cables $cable$link"
    done
    if [ "$bridge" = - ]; then
      wire="$wire
addr add $address dev $device
link set $device up"
    else
      if [ "$device" = "$bonded" ]; then
        ports="link set ${device}a up
link set ${device}b up"
      else
        ports="link set $device master $bridge up"
      fi
      wire="$wire
link add name $bridge address $hardware type bridge stp_state 0 forward_delay 0 mcast_snooping 0
$ports
addr add $address dev $bridge
link set $bridge up"
    fi
  done <"$state/hosts/$host/planes"
  for knob in arp_ignore arp_filter; do echo 1 >/proc/sys/net/ipv4/conf/all/$knob; done
  echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true
  echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || true
  for cable in $cables; do nsenter --net=/proc/1/ns/net ip link del "$cable" 2>/dev/null || true; done
  echo "$wire" | ip -batch -
  echo "$plug" | nsenter --net=/proc/1/ns/net ip -batch -
  if [ -n "$switch" ]; then plug_into "$switch"; fi
}

# own_checksums_of DEVICE CABLE: of both ends.
own_checksums_of() {
  own_checksums "$1"
  nsenter --net=/proc/1/ns/net ethtool -K "$2" tx off >/dev/null
}

# plug_into SWITCH
plug_into() {
  . "$state/machine/fabric-ovs.sh"
  while read -r plane device _ _ cable _; do
    if [ "$device" = "$bonded" ]; then
      read -r _ mode <"$state/hosts/$host/bond"
      for link in a b; do own_checksums_of "$device$link" "$cable$link"; done
      plug_bond "$1" "$plane" "$cable" "$mode"
    else
      own_checksums_of "$device" "$cable"
      plug_cable "$1" "$plane" "$cable"
    fi
  done <"$state/hosts/$host/planes"
}

# make_devices NAME:MAJOR:MINOR…: a /dev of the host's own.
make_devices() {
  mount -t tmpfs -o mode=755,size=1m tmpfs "$root/dev"
  mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/net" "$root/dev/mqueue"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777,size=256m tmpfs "$root/dev/shm"
  for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 net/tun:10:200 "$@"; do
    name=${device%%:*} numbers=${device#*:}
    mknod -m 666 "$root/dev/$name" c "${numbers%:*}" "${numbers#*:}"
  done
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s /proc/self/fd/0 "$root/dev/stdin"
  ln -s /proc/self/fd/1 "$root/dev/stdout"
  ln -s /proc/self/fd/2 "$root/dev/stderr"
}

# From here on commands from outside see the host's own files.
enter_root() {
  mkdir "$root/run/rack"
  cd "$root" || exit
  pivot_root . run/rack
  cd / || exit
  mkdir -p /run/seatrial
  cp "/run/rack$run/pid" "/run/rack$run/reachable.new"
  mv "/run/rack$run/reachable.new" "/run/rack$run/reachable"
  umount -l /run/rack
  rmdir /run/rack
}
