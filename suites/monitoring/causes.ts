/** What causes each alarm: faults, never an alert that is made up. */
import type {FaultKind} from '../../harness/faults/fault.ts';
import {faultNamed} from '../../harness/faults/index.ts';
import {boundOf} from '../../harness/parse/alarm-probe.ts';
import type {AlarmKind, Cluster, Fault, Parameters} from '../../harness/types.ts';

/** Whom a drill is about. */
export interface Subject {
  node: string;
  guest?: string;
}

export interface CauseFacts {
  /** The rule's expression: logs grow beyond its bound. */
  query: string;
  scrapeSeconds: number;
  /** A cause that would end by itself lasts so long. */
  seconds: number;
}

type Step = [fault: FaultKind['name'], parameters: (facts: CauseFacts, folder: string, guest: string) => Parameters];

/** A tenth more than the rule lets pass. */
const beyond = ({query}: CauseFacts): number => Math.round((boundOf(query)?.bound ?? 0) * 1.1);
/** A state must be seen by a look before it changes again. */
const stateMs = ({scrapeSeconds}: CauseFacts): number => Math.max(1500, 1500 * scrapeSeconds);

const causes: Readonly<Record<AlarmKind, readonly Step[]>> = {
  'node-down': [['host-crash', () => ({})]],
  'storage-low': [['space-taken', (_facts, folder) => ({folder, leavesPercent: 15})]],
  'guest-cpu': [['guest-busy', ({seconds}, _folder, guest) => ({guest, seconds})]],
  'logs-large': [['logs-grown', (facts, folder) => ({folder, bytes: beyond(facts)})]],
  'guest-state': [
    [
      'guest-flapping',
      (facts, _folder, guest) => ({guest, pausedMs: stateMs(facts), runsMs: stateMs(facts), times: 2}),
    ],
  ],
  'disk-used': [['space-taken', (_facts, folder) => ({folder, leavesPercent: 5})]],
  overload: [
    ['space-taken', (_facts, folder) => ({folder, leavesPercent: 12})],
    ['load-hog', ({seconds}) => ({seconds})],
  ],
  'exporter-silent': [['libvirtd-killed', () => ({})]],
  'ceph-health': [['osd-killed', () => ({nth: 0})]],
};

/** How long a cause takes to be whole. */
export const causeSeconds = (kind: AlarmKind, facts: CauseFacts): number =>
  kind === 'guest-state' ? (4 * stateMs(facts)) / 1000 : 0;

/** Names of the faults that an alarm is caused by. */
export const causeNames = (kind: AlarmKind): readonly string[] => causes[kind].map(([fault]) => fault);

export const folderOf = (kind: AlarmKind): 'storage' | 'logs' | undefined =>
  kind === 'logs-large' ? 'logs' : causes[kind].some(([fault]) => fault === 'space-taken') ? 'storage' : undefined;

/** Bound to whom they strike, in the order in which they are injected. */
export function causesOf(cluster: Cluster, kind: AlarmKind, {node, guest = ''}: Subject, facts: CauseFacts): Fault[] {
  const at = folderOf(kind);
  const folder = (at && cluster.monitoring?.folders[at]) ?? '';
  return causes[kind].map(([fault, parameters]) => {
    const bound = faultNamed(cluster, fault, [node], parameters(facts, folder, guest));
    if (!bound.ok) throw new Error(bound.error);
    return bound.value;
  });
}
