# shellcheck shell=sh disable=SC2154
# Shared by rack.sh and boot-common.sh, which set $state: planes as VLANs of two switches by Open vSwitch in user space. Every cable ends in an access
# port; between the switches is a trunk of two links, bundled by LACP, that carries the VLANs of all planes and no other.

ovs() { ovs-vsctl --db="unix:$state/run/ovs/db.sock" --timeout=10 "$@"; }

# A switch reads what the kernel has not yet given a checksum; so nothing may be left to a card that is not there.
own_checksums() { ethtool -K "$1" tx off >/dev/null; }

make_switches() {
  run=$state/run/ovs
  mkdir "$run"
  export OVS_RUNDIR="$run" OVS_LOGDIR="$state/log"
  ovsdb-tool create "$run/conf.db" /usr/share/openvswitch/vswitch.ovsschema
  ovsdb-server "$run/conf.db" --remote="punix:$run/db.sock" --pidfile --detach --no-chdir --log-file="$state/log/ovsdb" 2>/dev/null
  ovs --no-wait init
  ovs-vswitchd "unix:$run/db.sock" --pidfile --detach --no-chdir --log-file="$state/log/vswitchd" 2>/dev/null
  for switch in sw1 sw2; do ovs add-br $switch -- set bridge $switch datapath_type=netdev; done
  for link in a b; do
    ip link add trunk1$link mtu 9000 up type veth peer name trunk2$link mtu 9000
    ip link set trunk2$link up
    own_checksums trunk1$link
    own_checksums trunk2$link
  done
  all=$(cut -d' ' -f2 "$state/vlans" | paste -sd, -)
  for number in 1 2; do
    ovs add-bond sw$number trunk$number trunk${number}a trunk${number}b bond_mode=balance-slb lacp=active \
      other_config:lacp-time=fast "trunks=$all"
  done
  read -r _ tag <"$state/vlans"
  ovs add-port sw1 management "tag=$tag" -- set interface management type=internal mtu_request=9000
}

# plug_cable SWITCH PLANE CABLE: a switch forgets a port whose cable was pulled only when it is told.
plug_cable() {
  tag=$(sed -n "s/^$2 //p" "$state/vlans")
  ovs --if-exists del-port "$3"
  ovs add-port "$1" "$3" "tag=$tag"
}

# plug_bond SWITCH PLANE CABLE MODE: two links that the host bundles, CABLEa and CABLEb.
plug_bond() {
  tag=$(sed -n "s/^$2 //p" "$state/vlans")
  ovs --if-exists del-port "$3"
  ovs add-bond "$1" "$3" "$3a" "$3b" "bond_mode=$4" lacp=active other_config:lacp-time=fast "tag=$tag"
}
