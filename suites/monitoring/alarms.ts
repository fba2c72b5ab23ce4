/** The alarms as data: what causes each, what must come of it, and what else may be alarmed at. */
import type {Bound} from '../../harness/parse/alarm-probe.ts';
import type {AlarmKind, ClaimId, Needs} from '../../harness/types.ts';

export interface Alarm {
  kind: AlarmKind;
  purpose: string;
  /** What its rule compares with, as the guide has it, and over how long. Absent where it has no number. */
  guide?: {bounds: readonly Bound[]; seconds?: number};
  /** What it is about: its alert names that. One about the whole cluster may name anything. */
  about: 'node' | 'guest' | 'cluster';
  /** Done because of the message: seen on the cluster itself, not told by a hook. */
  action?: 'guests-served' | 'throttled' | 'logs-cleaned' | 'guest-moved';
  /** The action is what ends the cause. */
  actionEnds?: true;
  /** Alarms that the same cause lawfully sets off, about the same node. */
  also: readonly AlarmKind[];
  /** Whatever else is said about the struck node is lawful: it is gone. */
  anythingOfNode?: true;
  /** Series without which nothing is said of it, the jobs of Prometheus that bring them, and whence they come. */
  source?: {selector: string; job: RegExp; from: string};
  /** It goes by construction long after its cause, and is not waited for. */
  lasts?: true;
  claims: readonly ClaimId[];
  needs: Needs;
  /** Beyond the intervals of looking: from the cause to what the rule asks for. */
  buildsUpSeconds: number;
}

export const alarms: readonly Alarm[] = [
  {
    kind: 'node-down',
    purpose: 'A node loses its power: P0 is told, and its guests are served elsewhere without anybody.',
    about: 'node',
    action: 'guests-served',
    also: ['exporter-silent'],
    anythingOfNode: true,
    claims: ['mon.alerts'],
    needs: {nodes: 3, guests: 1, bmc: true},
    buildsUpSeconds: 0,
  },
  {
    kind: 'storage-low',
    purpose: 'Less than 20 % of the storage of a node are free: P1 is told.',
    guide: {bounds: [{relation: '<', bound: 0.2}]},
    about: 'node',
    also: [],
    claims: ['mon.alerts'],
    needs: {tools: ['fallocate']},
    buildsUpSeconds: 0,
  },
  {
    kind: 'guest-cpu',
    purpose: 'A guest uses more than 85 % of its processors: P2 is told, and it is throttled.',
    guide: {bounds: [{relation: '>', bound: 0.85}]},
    about: 'guest',
    action: 'throttled',
    actionEnds: true,
    also: [],
    claims: ['mon.alerts'],
    needs: {guests: 1},
    buildsUpSeconds: 30,
  },
  {
    kind: 'logs-large',
    purpose: 'The logs of a node are larger than 10 GB: P3 is told, and they are cleaned.',
    guide: {bounds: [{relation: '>', bound: 10e9}]},
    about: 'node',
    action: 'logs-cleaned',
    actionEnds: true,
    also: [],
    claims: ['mon.alerts'],
    needs: {tools: ['fallocate']},
    buildsUpSeconds: 0,
  },
  {
    kind: 'guest-state',
    purpose: 'The state of a guest changes more than twice in five minutes: it is told.',
    guide: {bounds: [{relation: '>', bound: 2}], seconds: 300},
    about: 'guest',
    also: [],
    lasts: true,
    claims: ['mon.rules'],
    needs: {guests: 1},
    buildsUpSeconds: 10,
  },
  {
    kind: 'disk-used',
    purpose: 'More than 90 % of a disk are used: it is told.',
    guide: {bounds: [{relation: '>', bound: 0.9}]},
    about: 'node',
    also: ['storage-low'],
    claims: ['mon.rules'],
    needs: {tools: ['fallocate']},
    buildsUpSeconds: 0,
  },
  {
    kind: 'overload',
    purpose: 'A node has a load above 4.0 and more than 85 % of its disk used: a guest is moved away.',
    guide: {
      bounds: [
        {relation: '>', bound: 0.85},
        {relation: '>', bound: 4},
      ],
    },
    about: 'node',
    action: 'guest-moved',
    // A guest that is moved changes its state, which is one too many where it had changed before.
    also: ['storage-low', 'guest-state'],
    claims: ['mig.trigger'],
    needs: {nodes: 3, guests: 1, tools: ['fallocate']},
    buildsUpSeconds: 60,
  },
  {
    kind: 'exporter-silent',
    purpose: 'libvirt is killed on a node, and its exporter has nothing to say any more: that is told.',
    about: 'node',
    also: [],
    claims: ['mon.alerts'],
    needs: {nodes: 3, bmc: true, tools: ['libvirtd']},
    buildsUpSeconds: 0,
  },
  {
    kind: 'ceph-health',
    purpose: 'An OSD is killed: Ceph says itself that its health is no longer good.',
    about: 'cluster',
    source: {
      selector: 'ceph_health_status',
      job: /ceph/i,
      from: "the module prometheus of Ceph's manager has them (ceph mgr module enable prometheus), and Prometheus asks it",
    },
    also: [],
    claims: ['mon.alerts'],
    needs: {nodes: 3, storage: ['ceph']},
    buildsUpSeconds: 40,
  },
];
