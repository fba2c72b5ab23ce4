/** What the client and the nodes of a lab with monitoring keep, and how they start it. Pure texts. */
import type {Host} from '../../types.ts';
import {intervalsOf} from './intervals.ts';
import {labActions, labFolders, rulesText} from './rules.ts';

/** On a host's persistent folder. */
export const home = '/var/lib/seatrial/disk/monitoring';
export const ports = {
  prometheus: 9090,
  alertmanager: 9093,
  /** Messages go there: whoever listens. */
  messages: 9099,
  hooks: 9998,
  node: 9100,
  libvirt: 9177,
  ha: 9664,
  ceph: 9283,
};

export interface Watched {
  client: Host;
  nodes: readonly Host[];
  ceph: boolean;
  interval: string;
}

const management = ({addresses}: Host): string => addresses.management ?? '';

/** `instance` is the name of the node: rules and hooks speak of nodes. */
function prometheusText({client, nodes, ceph, interval}: Watched): string {
  const {scrape} = intervalsOf(interval);
  const jobs = (['node', 'libvirt', 'ha', ...(ceph ? (['ceph'] as const) : [])] as const).map(job => ({
    job_name: job,
    // Ceph's one manager runs on the first node.
    static_configs: (job === 'ceph' ? nodes.slice(0, 1) : nodes).map(node => ({
      targets: [`${management(node)}:${ports[job]}`],
      labels: {instance: node.name},
    })),
  }));
  return JSON.stringify({
    global: {
      scrape_interval: `${scrape}s`,
      scrape_timeout: scrape === 1 ? '900ms' : '10s',
      evaluation_interval: `${scrape}s`,
    },
    rule_files: [`${home}/rules.yml`],
    alerting: {alertmanagers: [{static_configs: [{targets: [`${management(client)}:${ports.alertmanager}`]}]}]},
    scrape_configs: jobs,
  });
}

/** Every alert is a message of its own; some are an order to a hook besides. */
function alertmanagerText({client, interval}: Watched): string {
  const {groupWait, groupInterval} = intervalsOf(interval);
  const url = (port: number, path: string) => `http://${management(client)}:${port}${path}`;
  return JSON.stringify({
    route: {
      receiver: 'message',
      group_by: ['...'],
      group_wait: `${groupWait}s`,
      group_interval: `${groupInterval}s`,
      repeat_interval: '4h',
      routes: [
        ...labActions.map(({alert, hook}) => ({
          matchers: [`alertname="${alert}"`],
          receiver: hook,
          continue: true,
        })),
        {receiver: 'message'},
      ],
    },
    receivers: [
      {name: 'message', webhook_configs: [{url: url(ports.messages, '/'), send_resolved: true}]},
      ...labActions.map(({hook}) => ({
        name: hook,
        webhook_configs: [{url: url(ports.hooks, `/hooks/${hook}`), send_resolved: false}],
      })),
    ],
  });
}

/** Of Debian's `webhook`: the client's hands the order on to the node of the alert, a node's carries it out. */
function hooksText(onNode: boolean): string {
  const words = (hook: string) =>
    onNode
      ? [{source: 'string', name: `${home}/${hook}.sh`}]
      : [
          {source: 'string', name: `${home}/relay.sh`},
          {source: 'string', name: hook},
          {source: 'payload', name: 'alerts.0.labels.instance'},
        ];
  return JSON.stringify(
    labActions.map(({hook}) => ({
      id: hook,
      'execute-command': '/bin/sh',
      'http-methods': ['POST'],
      'pass-arguments-to-command': words(hook),
    })),
  );
}

const relay = `exec curl -sf -m 30 -X POST "http://$2-management:${ports.hooks}/hooks/$1"\n`;

/** Every guest of the node shares a tenth of a processor for a while: a quota of control group v1. */
const throttle = `mkdir -p /run/cpu-groups
mountpoint -q /run/cpu-groups || mount -t cgroup -o cpu cpu /run/cpu-groups
group=/run/cpu-groups/\${SEATRIAL_GROUP:-seatrial}.$(hostname)
mkdir -p "$group"
echo 100000 >"$group/cpu.cfs_period_us"
echo 10000 >"$group/cpu.cfs_quota_us"
for pid in $(pgrep qemu-system); do
  for task in /proc/"$pid"/task/*; do echo "\${task##*/}" >"$group/tasks"; done
done
setsid sh -c 'sleep 20; echo -1 >"$1/cpu.cfs_quota_us"' lift "$group" </dev/null >/dev/null 2>&1 &
`;

const cleanLogs = `find ${labFolders.logs} -type f -name '*.log.*' -delete\n`;

/** The first guest that runs here goes to another node; the ban that this takes is lifted when it is there. */
const migrate = `guest=$(virsh -q list --name | sed -n '/./{p;q}')
[ -n "$guest" ] || { echo 'no guest runs here' >&2; exit 1; }
crm_resource --resource "$guest" --move --lifetime PT5M
crm_resource --wait --timeout 60s
crm_resource --resource "$guest" --clear
`;

/** The load of this node's own tasks, as the kernel reckons it: /proc/loadavg is the machine's, in every node. */
const ownLoad = `use strict;
my ($every, $file, @load) = (5, '/run/loadavg', 0, 0, 0);
my @keep = map { exp(-$every / 60 / $_) } (1, 5, 15);
sub put {
  my $out;
  open $out, '+<', $file or open $out, '>', $file or die;
  my $line = sprintf "%.2f %.2f %.2f %d/%d %d\\n", @load, @_;
  syswrite $out, $line;
  truncate $out, length $line;
  close $out;
}
put(0, 0, 1);
system('mountpoint -q /proc/loadavg || mount --bind /run/loadavg /proc/loadavg') == 0 or die;
while (1) {
  my ($busy, $all, $last) = (0, 0, 0);
  for my $task (glob '/proc/[0-9]*/task/*/stat') {
    open my $in, '<', $task or next;
    my $text = <$in> // next;
    $text =~ /^(\\d+) \\(.*\\) (\\S)/s or next;
    next if $1 == $$;
    $all++;
    $last = $1 if $1 > $last;
    $busy++ if $2 eq 'R' or $2 eq 'D';
  }
  @load = map { $load[$_] * $keep[$_] + $busy * (1 - $keep[$_]) } 0 .. 2;
  put($busy, $all, $last);
  select undef, undef, undef, $every;
}
`;

/** A command that runs on, with its words in a file of the host's. */
const background = (name: string, words: readonly string[]): string =>
  `setsid ${words.map(word => `'${word}'`).join(' ')} </dev/null >>/var/log/${name}.log 2>&1 &\n`;

function clientStart({client}: Watched): string {
  const at = management(client);
  return [
    background('prometheus', [
      'prometheus',
      `--config.file=${home}/prometheus.yml`,
      '--storage.tsdb.path=/var/tmp/prometheus',
      '--storage.tsdb.retention.size=64MB',
      `--web.listen-address=${at}:${ports.prometheus}`,
    ]),
    background('alertmanager', [
      'prometheus-alertmanager',
      `--config.file=${home}/alertmanager.yml`,
      '--storage.path=/var/tmp/alertmanager',
      `--web.listen-address=${at}:${ports.alertmanager}`,
      '--cluster.listen-address=',
    ]),
    background('webhook', ['webhook', '-hooks', `${home}/hooks.json`, '-ip', at, '-port', String(ports.hooks)]),
  ].join('');
}

function nodeStart(node: Host): string {
  const at = management(node);
  return [
    `mkdir -p ${labFolders.storage} ${labFolders.logs}
mountpoint -q ${labFolders.storage} || mount -t tmpfs -o size=100m store ${labFolders.storage}
mountpoint -q ${labFolders.logs} || mount -t tmpfs -o size=16m logs ${labFolders.logs}
`,
    background('own-load', ['perl', `${home}/own-load.pl`]),
    background('node-exporter', [
      'prometheus-node-exporter',
      `--web.listen-address=${at}:${ports.node}`,
      '--collector.disable-defaults',
      ...['loadavg', 'filesystem', 'meminfo', 'diskstats', 'netdev'].map(name => `--collector.${name}`),
      '--collector.filesystem.fs-types-exclude=^(proc|sysfs|devpts|devtmpfs|mqueue|overlay)$',
      '--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run)($|/)',
    ]),
    background('libvirt-exporter', ['prometheus-libvirt-exporter', `--web.listen-address=${at}:${ports.libvirt}`]),
    background('ha-exporter', ['ha_cluster_exporter', `--web.listen-address=${at}:${ports.ha}`]),
    background('webhook', ['webhook', '-hooks', `${home}/hooks.json`, '-ip', at, '-port', String(ports.hooks)]),
  ].join('');
}

/** Files under `home` by name, and the boot hook; of a node as `group` names its control groups. */
export function clientFiles(watched: Watched): {files: Record<string, string>; start: string} {
  return {
    files: {
      'prometheus.yml': `${prometheusText(watched)}\n`,
      'alertmanager.yml': `${alertmanagerText(watched)}\n`,
      'rules.yml': rulesText(watched.interval, watched.ceph),
      'hooks.json': hooksText(false),
      'relay.sh': relay,
    },
    start: clientStart(watched),
  };
}

export function nodeMonitoring(node: Host, group: string): {files: Record<string, string>; start: string} {
  return {
    files: {
      'hooks.json': hooksText(true),
      'throttle.sh': throttle,
      'clean-logs.sh': cleanLogs,
      'migrate.sh': migrate,
      'own-load.pl': ownLoad,
    },
    start: `export SEATRIAL_GROUP='${group}'\n${nodeStart(node)}`,
  };
}
