/** Everything the doctor reads. Each is asked once, however many checks look at it. */
import {setTimeout as sleep} from 'node:timers/promises';
import {powerStatus} from '../cluster/bmc.ts';
import {clockOffset} from '../cluster/clocks.ts';
import {readOnly} from '../cluster/commands.ts';
import {fingerprintCommand} from '../cluster/fingerprint.ts';
import {foretellLive, survivableLosses} from '../cluster/foretell.ts';
import {dumpxml} from '../cluster/libvirt.ts';
import {logPlacesScript} from '../cluster/logs.ts';
import {queryCib, whereRuns} from '../cluster/pacemaker.ts';
import {type CephTarget, ceph, osdTree} from '../cluster/storage.ts';
import {faultsScript, processesScript} from '../faults/remains.ts';
import {loadRefusal} from '../probes/serving.ts';
import {onCephHost} from '../storage/ceph-host.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {commandOn, hostNamed, hostsOf, nodesOf, type Reading, wholeCluster} from './reading.ts';
import {askAll} from './sections.ts';

/** Programs that seatrial calls somewhere. */
const programs = [
  ...['timeout', 'bash', 'ip', 'nft', 'iptables', 'systemd-run', 'ipmitool', 'fio', 'iperf3', 'ping'],
  ...['crm_mon', 'crm_resource', 'crm_attribute', 'cibadmin', 'stonith_admin', 'corosync-cmapctl', 'corosync-cfgtool'],
  ...['virsh', 'ceph', 'cephadm', 'sudo'],
];

const hostQuestions = {
  uid: 'id -u',
  user: 'id -un',
  programs: `for p in ${programs.join(' ')}; do command -v "$p" >/dev/null && echo "$p"; done`,
  booted: '[ -d /run/systemd/system ] && echo systemd',
  synced:
    '[ -d /run/systemd/system ] && timedatectl show -p NTPSynchronized --value || chronyc -n tracking | sed -n "s/^Leap status *: //p"',
  rules: faultsScript,
  processes: processesScript,
  units: "systemctl list-units --all --plain --no-legend 'seatrial-heal-*' | cut -d' ' -f1",
  files: "find /tmp /var/tmp -maxdepth 1 -type f -name 'seatrial-*' ! -path '*/seatrial-beacon-*[0-9a-f]'",
  room: "df -P -B1 / /var /tmp | awk 'NR > 1 {print $6, $4, $2}' | sort -u",
  speeds: 'cd /sys/class/net && for d in *; do echo "$d $(cat "$d/speed")"; done',
  config: 'cat /etc/corosync/corosync.conf',
  logs: logPlacesScript,
} as const;
export type HostQuestion = keyof typeof hostQuestions;

/** Rights, programs, clocks, leftovers, room: everything of a host that a shell can tell. */
export const host = commandOn('host', hostsOf, askAll(hostQuestions, 10_000), 'id -u; command -v …; timedatectl; df …');

export const fingerprint = commandOn(
  'fingerprint',
  hostsOf,
  fingerprintCommand(),
  'uname -r; nproc; virsh --version; fio --version; iperf3 --version …',
);

/** Corosync's running configuration. */
export const corosyncMap = commandOn('corosync-map', nodesOf, readOnly(['corosync-cmapctl'], 8_000));

export const cib: Reading = {
  name: 'cib',
  subjects: () => [wholeCluster],
  shown: 'cibadmin --query',
  ask: cluster => queryCib(cluster),
};

/** Where Pacemaker itself has the guests go, as JSON. */
export const losses: Reading = {
  name: 'losses',
  subjects: () => [wholeCluster],
  shown: 'cibadmin --query | crm_simulate --simulate --xml-pipe --node-fail NODE   # for every node',
  async ask(cluster) {
    const foretold = await foretellLive(cluster, survivableLosses);
    return foretold.ok ? {ok: true, value: JSON.stringify(foretold.value)} : foretold;
  },
};

/** `POWER SECONDS`: what the controller says of the power, and how long one question took. */
export const power: Reading = {
  name: 'power',
  subjects: ({nodes}) => nodes.filter(({bmc}) => bmc !== undefined).map(({name}) => name),
  shown: 'IPMI_PASSWORD=… ipmitool -I lanplus -H BMC -U USER -E chassis power status   # on the client',
  timed: true,
  async ask(cluster, subject) {
    const node = hostNamed(cluster, subject);
    if (node === undefined) return {ok: false, error: `there is no node ${subject}`};
    const first = await patientPower(cluster, node);
    if (!first.ok) return first;
    // The first question may have tried other ways to ask; this one is what a fence agent's takes.
    const at = performance.now();
    const said = await powerStatus(cluster, node);
    const seconds = (performance.now() - at) / 1000;
    return {ok: true, value: `${said.ok ? said.value : first.value} ${seconds.toFixed(2)}`};
  },
};

/** A controller that is busy may refuse, or answer nothing, and answers a moment later; one that is silent stays so. */
async function patientPower(cluster: Cluster, node: Host): Promise<Result<'on' | 'off', string>> {
  let said: Result<'on' | 'off', string> = {ok: false, error: 'it was not asked'};
  for (let attempt = 0; attempt < 3 && !said.ok; attempt += 1) {
    if (attempt > 0) await sleep(400);
    const at = performance.now();
    said = await powerStatus(cluster, node);
    if (performance.now() - at > 3_000) break;
  }
  return said;
}

/** `OFFSET HALFWIDTH`, both in milliseconds: the host's clock minus the harness's. */
export const clock: Reading = {
  name: 'clock',
  subjects: hostsOf,
  shown: "date '+%s.%N %z'   # some times, against the harness's own clock",
  timed: true,
  async ask(cluster, subject) {
    const asked = hostNamed(cluster, subject);
    if (asked === undefined) return {ok: false, error: `there is no host ${subject}`};
    const offset = await clockOffset(cluster, asked);
    return offset.ok ? {ok: true, value: `${offset.value.offsetMs} ${offset.value.halfWidthMs}`} : offset;
  },
};

const cephReading = (name: string, args: readonly string[]): Reading => ({
  name,
  subjects: ({storage}) => (storage === 'ceph' ? [wholeCluster] : []),
  shown: `ceph ${args.join(' ')}   # or: cephadm shell -- ceph …, on a host that can`,
  ask: cluster => onCephHost(cluster, (target: CephTarget) => ceph(target, args, {timeoutMs: 8_000})),
});

export const cephStatus = cephReading('ceph-status', ['status', '--format=json']);
/** Everything in force on the first OSD that is up: they are meant to be alike. */
export const cephConfig: Reading = {
  name: 'ceph-config',
  subjects: ({storage}) => (storage === 'ceph' ? [wholeCluster] : []),
  shown: 'ceph osd tree; ceph tell osd.N config show   # of the first that is up',
  ask: cluster =>
    onCephHost(cluster, async target => {
      const tree = await osdTree(target);
      if (!tree.ok) return tree;
      const first = tree.value.find(({up}) => up);
      if (first === undefined) return {ok: false, error: 'no OSD is up'};
      return ceph(target, ['tell', `osd.${first.osd}`, 'config', 'show', '--format=json'], {timeoutMs: 8_000});
    }),
};

export const cephBlocklist = cephReading('ceph-blocklist', ['osd', 'blocklist', 'ls']);

const guestsOf = ({guests}: Cluster): readonly string[] => guests.map(({name}) => name);

/** Empty where the guest takes load from the client's fio, else the reason. */
export const load: Reading = {
  name: 'load',
  subjects: guestsOf,
  shown: 'fio --client=GUEST,8765 JOB   # on the client; the job reads 4 KiB from nowhere',
  async ask(cluster, subject): Promise<Result<string, string>> {
    const guest = cluster.guests.find(({name}) => name === subject);
    return {ok: true, value: (guest && (await loadRefusal(cluster, guest))) ?? ''};
  },
};

/** The running domain, on whichever node has it. */
export const domain: Reading = {
  name: 'domain',
  subjects: guestsOf,
  shown: 'virsh dumpxml GUEST   # on its node',
  async ask(cluster, subject) {
    const guest = cluster.guests.find(({name}) => name === subject);
    if (guest === undefined) return {ok: false, error: `there is no guest ${subject}`};
    const nodes = await whereRuns(cluster, guest.resource);
    if (!nodes.ok) return nodes;
    const node = nodes.value[0] === undefined ? undefined : hostNamed(cluster, nodes.value[0]);
    return node === undefined
      ? {ok: false, error: `${guest.resource} runs on no node`}
      : dumpxml(cluster, node, guest.name);
  },
};
