/** The failovers of a run, trial by trial: for the chart, and for formats without one. */
import type {Sample} from '../../harness/types.ts';
import type {DataTable} from '../document/charts/draw.ts';
import {colour} from '../document/charts/palette.ts';
import {numeric, type Words} from '../document/document.ts';
import {byCount, byText} from '../words/text.ts';
import type {Sources} from './sources.ts';

/** The phases of a failover, each ending at its milestone. */
export const phases = [
  {
    metric: 'failover.membership',
    letter: 'M',
    name: 'membership: failure noticed',
    short: 'Left membership',
    fill: colour['phase-membership'],
  },
  {metric: 'failover.fenced', letter: 'F', name: 'fencing confirmed', short: 'Fenced', fill: colour['phase-fenced']},
  {
    metric: 'failover.started',
    letter: 'S',
    name: 'guest started elsewhere',
    short: 'Started',
    fill: colour['phase-started'],
  },
  {
    metric: 'failover.service',
    letter: 'A',
    name: 'service answers',
    short: 'Service answers',
    fill: colour['phase-service'],
  },
  {
    metric: 'failover.durable',
    letter: 'D',
    name: 'first durable write',
    short: 'Durable write',
    fill: colour['phase-durable'],
  },
] as const;

export interface FailoverTrial {
  trial: string;
  profile: string;
  fault: string;
  repetition: string;
  milestones: readonly (Sample | undefined)[];
}

/** One failover per trial, profile and fault, in the order fault, profile (as run), repetition. */
export function failoverTrials(sources: Sources): FailoverTrial[] {
  const found = new Map<
    string,
    {trial: string; profile: string; fault: string; repetition: string; milestones: (Sample | undefined)[]}
  >();
  for (const [index, phase] of phases.entries()) {
    for (const sample of sources.ofMetric(phase.metric)) {
      const {trial = '', profile = '', fault = '', repetition = ''} = sample.labels;
      const key = JSON.stringify([trial, profile, fault]);
      const row = found.get(key) ?? {trial, profile, fault, repetition, milestones: phases.map(() => undefined)};
      row.milestones[index] = sample;
      found.set(key, row);
    }
  }
  const order = new Map(sources.report.header.profiles.map((profile, index) => [profile.name, index]));
  const rank = (profile: string) => order.get(profile) ?? order.size;
  return [...found.values()].sort(
    (a, b) =>
      byText(a.fault, b.fault) ||
      rank(a.profile) - rank(b.profile) ||
      byText(a.profile, b.profile) ||
      byCount(a.repetition, b.repetition) ||
      byCount(a.trial, b.trial),
  );
}

export function failoverNumbers(sources: Sources): DataTable {
  return {
    caption: 'Failover: seconds from the injection to each milestone',
    columns: [
      ...['Trial', 'Fault', 'Profile'].map(title => ({title})),
      numeric('Repetition'),
      ...phases.map(({short}) => numeric(short)),
    ],
    rows: failoverTrials(sources).map(({trial, fault, profile, repetition, milestones}) => [
      {href: `#trial-${trial}`, words: `#${trial}`},
      fault,
      profile,
      repetition,
      ...milestones.map((sample): Words => (sample ? sources.number(sample) : {absent: 'not seen'})),
    ]),
  };
}
