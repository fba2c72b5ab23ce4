import type {Finding, RunHeader} from '../../harness/types.ts';
import type {Report, Warning} from '../report.ts';
import {exampleComparisons} from './example-comparisons.ts';
import {fingerprints, profiles} from './example-setup.ts';
import {exampleTrials} from './example-trials.ts';
import {exampleVerdicts} from './example-verdicts.ts';

/**
 * A made-up but possible report for the tests of the renderers: two profiles, three repetitions, failovers with phases, a censored one, an
 * estimate that is missing, emulated hardware, one critical finding, long reasons. Nothing in it was measured.
 */
export function exampleReport(repetitions = 3): Report {
  const {trials, samples} = exampleTrials(repetitions);
  return {
    schema: 'seatrial-report/1',
    overall: 'missed',
    exitCode: 1,
    header,
    ended: {status: 'complete', at: '2025-11-24T15:26:41.000Z', reason: ''},
    plan: {
      seed: 42,
      planned: trials.length,
      notApplicable: [{scenario: 'network/dpdk', reason: 'needs huge pages on the nodes; none are configured'}],
    },
    verdicts: exampleVerdicts(samples, repetitions),
    comparisons: exampleComparisons(samples),
    trials: trials.map(row => ({
      ...row,
      findings: found.filter(finding => finding.trial === row.slot).map(({trial: _trial, ...finding}) => finding),
    })),
    samples,
    findings: found,
    damage: [],
    warnings,
    fingerprints,
  };
}

const header: RunHeader = {
  schema: 'seatrial-run/1',
  id: '20251124T145900Z-lab-acceptance-7f3a',
  seatrialVersion: '0.1.0',
  commit: 'ec07c44d1f0a9a7be21c5c3d8a2f4a60f1f0b7aa',
  startedAt: '2025-11-24T14:59:00.000Z',
  cluster: 'lab',
  suite: 'acceptance',
  quick: true,
  seed: 42,
  storage: 'ceph',
  hardware: {
    emulated: true,
    shared: true,
    note: 'Guests run under TCG on 2 cores of one machine; the network is veth pairs, the disks are sparse files in its page cache.',
  },
  nodes: ['n1', 'n2', 'n3'],
  guests: ['vm1', 'vm2'],
  profiles,
  fingerprints,
};

const lost: Finding = {
  severity: 'critical',
  invariant: 'every acknowledged write is readable',
  detail:
    'sequence 41877 was acknowledged at 15:14:02.113 and is not in the ledger of the new life (first missing 41877, last durable 41876)',
  artefact: 'beacon.log',
};
const alarm: Finding = {
  severity: 'warning',
  invariant: 'no alarm that the scenario does not expect',
  detail: 'ceph: 1 slow ops, oldest one blocked for 31 sec, osd.2 has slow ops',
};
const found = [
  {...lost, trial: 11},
  {...alarm, trial: 7},
];

const warnings: readonly Warning[] = [
  {
    subject: 'storage/fio',
    text: 'need ≥ 6 samples for a confidence interval of a median at level 0.95, got 3 in each series.',
    todo: 'seatrial accept --reps 6',
  },
  {subject: 'clock of n2', text: 'stood 41 ms behind the harness; the timeline is corrected by it.', todo: ''},
];
