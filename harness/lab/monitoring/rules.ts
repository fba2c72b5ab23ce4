/** The lab's alert rules: the guide's, by what a node's exporters say. Pure texts. */
import type {AlarmKind, Monitoring} from '../../types.ts';
import {type Intervals, intervalsOf} from './intervals.ts';

/** Small file systems of each node, in memory: what the rules on storage and on logs watch. */
export const labFolders = {storage: '/srv/store', logs: '/srv/logs'} as const;

/** Name of the rule of each alarm. */
const ruleNames: Readonly<Record<AlarmKind, string>> = {
  'node-down': 'NodeDown',
  'storage-low': 'StorageLow',
  'guest-cpu': 'GuestCpuHigh',
  'logs-large': 'LogsLarge',
  'guest-state': 'GuestStateChanges',
  'disk-used': 'DiskUsedHigh',
  overload: 'NodeOverloaded',
  'exporter-silent': 'ExporterSilent',
  'ceph-health': 'CephUnhealthy',
};

/** Those of a lab without Ceph lack its alarm. */
export function labAlerts(ceph: boolean): Monitoring['alerts'] {
  const {'ceph-health': health, ...others} = ruleNames;
  return ceph ? {...others, 'ceph-health': health} : others;
}

const onStore = `{mountpoint="${labFolders.storage}"}`;
const onLogs = `{mountpoint="${labFolders.logs}"}`;
const freeShare = `node_filesystem_avail_bytes${onStore} / node_filesystem_size_bytes${onStore}`;

/** A guest that starts is busy for some seconds, also where nothing is wrong. */
const startSeconds = 15;

interface Rule {
  kind: AlarmKind;
  expr: string;
  severity: string;
  forSeconds?: number;
}

/** Bounds that are not the guide's: 30 % in place of 85 % of a guest's processors, 10 MB in place of 10 GB of logs. */
function rulesOf({scrape}: Intervals): readonly Rule[] {
  const window = `${Math.max(5, 4 * scrape)}s`;
  return [
    {kind: 'node-down', severity: 'P0', expr: 'up{job="node"} == 0'},
    {kind: 'storage-low', severity: 'P1', expr: `${freeShare} < 0.20`},
    {
      kind: 'guest-cpu',
      severity: 'P2',
      forSeconds: startSeconds,
      expr: `sum by (instance, domain) (rate(libvirt_domain_info_cpu_time_seconds_total[${window}])) / sum by (instance, domain) (libvirt_domain_info_virtual_cpus) > 0.30`,
    },
    {
      kind: 'logs-large',
      severity: 'P3',
      expr: `node_filesystem_size_bytes${onLogs} - node_filesystem_avail_bytes${onLogs} > 10e6`,
    },
    {
      kind: 'guest-state',
      severity: 'P1',
      expr: 'sum by (instance, domain) (changes(libvirt_domain_state_code[5m])) > 2',
    },
    {kind: 'disk-used', severity: 'P1', expr: `1 - ${freeShare} > 0.90`},
    {
      kind: 'overload',
      severity: 'P1',
      expr: `1 - ${freeShare} > 0.85 and on (instance) node_load1{job="node"} > 4.0`,
    },
    // One scrape that was late is no silence.
    {kind: 'exporter-silent', severity: 'P1', forSeconds: 3 * scrape, expr: 'up{job!="node"} == 0 or libvirt_up == 0'},
    {kind: 'ceph-health', severity: 'P1', expr: 'max by (instance) (ceph_health_status) > 0'},
  ];
}

/** Prometheus' file of rules. */
export function rulesText(scrape: string, ceph: boolean): string {
  const lines = rulesOf(intervalsOf(scrape))
    .filter(({kind}) => ceph || kind !== 'ceph-health')
    .map(({kind, expr, severity, forSeconds = 0}) =>
      JSON.stringify({alert: ruleNames[kind], expr, for: `${forSeconds}s`, labels: {severity}}),
    );
  return `groups:\n- name: guide\n  rules:\n${lines.map(line => `  - ${line}\n`).join('')}`;
}

/** Alarms whose message makes something happen on the node of the alert, and the name of the hook that does. */
export const labActions: readonly {alert: string; hook: string}[] = [
  {alert: ruleNames['guest-cpu'], hook: 'throttle'},
  {alert: ruleNames['logs-large'], hook: 'clean-logs'},
  {alert: ruleNames.overload, hook: 'migrate'},
];
