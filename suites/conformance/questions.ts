/**
 * What is read of every host in one go: a shell line each, whose output stands below its name. Nothing said is nothing
 * known, and no line prints a secret: what a line finds of one is replaced on the host, before it travels.
 */
import {askAll} from '../../harness/doctor/sections.ts';
import type {Command, Host} from '../../harness/types.ts';
import {secretsScript, withoutSecretWords} from './secrets-script.ts';

/** Settings of a file without comments and empty lines. Its name stands before each where there are several. */
const settingsOf = (files: string) =>
  `grep -sHvE '^[[:space:]]*(#|;|$)' ${files} | ${withoutSecretWords}; ls -d ${files} 2>/dev/null | sed 's/$/:(read)/'`;

const fixed = {
  memory: "sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo",
  tcp: 'sysctl -n net.ipv4.tcp_retries2',
  tools: `for p in nft iptables timeout systemd-run; do command -v "$p" >/dev/null && echo "$p"; done; echo asked`,
  init: '[ -d /run/systemd/system ] && echo systemd || echo other',
  time: 'chronyc -c tracking || { timedatectl show -p NTPSynchronized --value | sed "s/^/timedatectl /"; timedatectl timesync-status | grep Offset; }',
  power: `grep -shE '^[[:space:]]*HandlePowerKey=' /etc/systemd/logind.conf /etc/systemd/logind.conf.d/*.conf; pgrep -x acpid >/dev/null && echo acpid; echo asked`,
  ksm: 'cat /sys/kernel/mm/ksm/run; sed "s/^/shared /" /sys/kernel/mm/ksm/pages_shared; pgrep -x ksmtuned >/dev/null; case $? in 0) echo ksmtuned yes;; 1) echo ksmtuned no;; esac',
  numa: 'ls -d /sys/devices/system/node/node[0-9]*',
  nested:
    'grep -H . /sys/module/kvm_intel/parameters/nested /sys/module/kvm_amd/parameters/nested; [ -e /dev/kvm ] && echo kvm || echo none',
  idle: 'cd /sys/devices/system/cpu; echo "driver $(cat cpuidle/current_driver)"; for s in cpu0/cpuidle/state*; do [ -e "$s/name" ] && echo "state $(cat "$s/name") $(cat "$s/latency") $(cat "$s/disable")"; done; echo "governor $(cat cpu0/cpufreq/scaling_governor)"; echo "iommu $(ls /sys/class/iommu | wc -l)"; echo "latency $(od -An -td4 -N4 /dev/cpu_dma_latency | tr -d " ")"',
  osds: 'pgrep -x ceph-osd | wc -l',
  mac: 'command -v getenforce >/dev/null && echo "selinux $(getenforce)"; [ -r /sys/module/apparmor/parameters/enabled ] && echo "apparmor $(cat /sys/module/apparmor/parameters/enabled)"; echo asked',
  firewall:
    'nft list ruleset; iptables -S; ip6tables -S | sed "s/^/6 /"; [ "$(cat /proc/sys/net/ipv6/conf/all/disable_ipv6 || echo 1)" = 1 ] && echo "6 none"; echo asked',
  audit:
    '{ systemctl is-active auditd || pgrep -x auditd; } | sed "s/^/auditd /"; stat -c "log %n %s" /var/log/audit/audit.log; echo asked',
  bridges:
    'for b in /sys/class/net/*/bridge/stp_state; do [ -e "$b" ] && echo "$(echo "$b" | cut -d/ -f5) $(cat "$b")"; done; ovs-vsctl --no-headings --format=csv --columns=name,stp_enable,rstp_enable list bridge | sed "s/^/ovs /"; echo asked',
  bonds:
    'for b in /proc/net/bonding/*; do [ -e "$b" ] && echo "bond $(basename "$b")" && grep -E "^\\s*(Bonding Mode|MII Status|Slave Interface|Number of ports|Partner Mac Address)" "$b"; done; ovs-appctl bond/show | sed "s/^/ovs /"; echo asked',
  limits:
    'for s in machine.slice kvm.slice machine system.slice/kvm.slice; do for f in memory.max cpuset.cpus memory/$s/memory.limit_in_bytes; do [ -r "/sys/fs/cgroup/$s/$f" ] && echo "$s $f $(cat "/sys/fs/cgroup/$s/$f")"; done; done; systemctl show machine.slice kvm.slice -p Id -p MemoryMax -p AllowedCPUs; echo asked',
  hacluster: `h=$(awk -F: '$1 == "hacluster" {print ":" $2}' /etc/shadow) && case "$h" in "") id hacluster >/dev/null && echo elsewhere || echo absent;; :) echo empty;; ":!"*|":*"*) echo locked;; *) H="\${h#:}" perl -e 'for (qw(linux hacluster password Password123 redhat)) { my $c = crypt($_, $ENV{H}); if (defined $c and $c eq $ENV{H}) { print "default\\n"; exit } } print "other\\n"';; esac`,
  libvirt: settingsOf(
    '/etc/libvirt/libvirtd.conf /etc/libvirt/virtproxyd.conf /etc/libvirt/virtqemud.conf /etc/libvirt/qemu.conf',
  ),
  listening: "command -v ss >/dev/null && ss -Hltn | awk '{print $4}' && echo asked",
  sbd: settingsOf('/etc/sysconfig/sbd /etc/default/sbd'),
  'sbd-dump': `for d in $(sed -n 's/^SBD_DEVICE=//p' /etc/sysconfig/sbd /etc/default/sbd 2>/dev/null | tr -d "\\"'" | tr ';' ' '); do echo "device $d"; sbd -d "$d" dump; done`,
  secrets: secretsScript,
  disks: "lsblk -bdnP -o NAME,TYPE,SIZE,ROTA; cat /proc/mdstat | sed 's/^/mdstat /'; echo asked",
  alerts:
    'curl -sf --max-time 3 http://localhost:9090/api/v1/rules | tr -d "\\n"; echo; grep -shE "^[[:space:]]*(-[[:space:]]*)?alert:" /etc/prometheus/*.yml /etc/prometheus/rules/*.yml; [ -d /etc/prometheus ] && echo prometheus; echo asked',
} as const;

export type Question = keyof typeof fixed | 'planes';

/** Everything that a shell can tell of this host. */
export function hostQuestions(host: Host): Command {
  return askAll({...fixed, planes: planesLine(host)}, 60_000);
}

/** `PLANE DEVICE MTU` for every address of the inventory; `PLANE - -` where the host has it not. */
function planesLine({addresses}: Host): string {
  const lines = Object.entries(addresses).map(
    ([plane, address]) =>
      `ip -o addr show | awk '{split($4, a, "/"); if (a[1] == "${address}") print $2}' | head -n 1 | { read -r d && echo "${plane} \${d%%@*} $(cat "/sys/class/net/\${d%%@*}/mtu")" || echo "${plane} - -"; }`,
  );
  return [...lines, 'echo asked'].join('; ');
}

/** Each a command of Ceph that only looks, in the node itself or in cephadm's container; keys are taken out. */
export const cephQuestions = {
  pools: 'ceph osd pool ls detail --format=json',
  monitors: 'ceph mon dump --format=json',
  monhosts: 'ceph mon metadata --format=json',
  osds: 'ceph osd tree --format=json',
  df: 'ceph osd df --format=json',
  reporters: 'ceph config get mon mon_osd_min_down_reporters',
  beacons:
    'for o in "mon mon_tick_interval" "mon mds_beacon_grace" "mds mds_beacon_interval" "mon mon_mgr_beacon_grace" "mgr mgr_tick_period"; do set -- $o; echo "$2 $(ceph config get $1 $2)"; done; echo "filesystems $(ceph fs ls --format=json | tr -d "\\n")"',
  nearfull: 'ceph osd dump --format=json | sed "s/.*\\"nearfull_ratio\\":\\([0-9.]*\\).*/\\1/"',
  caps: 'ceph auth ls --format=json | sed "s/\\"key\\":\\"[^\\"]*\\"/\\"key\\":\\"(secret)\\"/g"',
  images:
    'd=$(ceph osd pool ls detail) || echo "unlisted pools"; for p in $(echo "$d" | sed -n "s/^pool [0-9]* .\\([^ ]*\\). .*application.*rbd.*/\\1/p"); do l=$(rbd ls "$p") || echo "unlisted $p"; for i in $l; do echo "image $p/$i $(rbd info --format=json "$p/$i" | tr -d "\\n")"; echo "snapshots $p/$i $(rbd snap ls --format=json "$p/$i" | tr -d "\\n")"; echo "locks $p/$i $(rbd lock ls --format=json "$p/$i" | tr -d "\\n")"; done; done; echo asked',
  versions: 'ceph versions --format=json',
} as const;

export type CephQuestion = keyof typeof cephQuestions;
