/** The fire drills of a run, one by one: for the chart, and for formats without one. */
import type {Sample} from '../../harness/types.ts';
import type {DataTable} from '../document/charts/draw.ts';
import {numeric, type Words} from '../document/document.ts';
import {metricNamed} from '../metrics.ts';
import {byCount, byText} from '../words/text.ts';
import type {Sources} from './sources.ts';

/** Moments since the cause. An action may come before its message, where the cluster acts by itself. */
const alarmMoments = [
  {metric: 'alarm.fires', short: 'Fires'},
  {metric: 'alarm.message', short: 'Message'},
  {metric: 'alarm.action', short: 'Action done'},
  {metric: 'alarm.held', short: 'Cause gone'},
  {metric: 'alarm.cleared', short: 'Quiet again'},
] as const;
export type AlarmMoment = (typeof alarmMoments)[number]['metric'];

export interface Drill {
  trial: string;
  alarm: string;
  profile: string;
  repetition: string;
  /** How often is looked, how long messages are held back, what the rule compares with. */
  looks: string;
  waits: string;
  bound: string;
  moments: ReadonlyMap<AlarmMoment, Sample>;
}

/** One a trial, in the order alarm, interval, repetition. */
export function drillsOf(sources: Sources): readonly Drill[] {
  const found = new Map<string, Drill & {moments: Map<AlarmMoment, Sample>}>();
  for (const {metric} of alarmMoments) {
    for (const sample of sources.ofMetric(metric)) {
      const {trial = '', alarm = '', profile = '', repetition = '', looks = '', waits = '', bound = ''} = sample.labels;
      const drill = found.get(trial) ?? {trial, alarm, profile, repetition, looks, waits, bound, moments: new Map()};
      found.set(trial, drill);
      drill.moments.set(metric, sample);
    }
  }
  return [...found.values()].sort(
    (a, b) =>
      byText(a.alarm, b.alarm) ||
      byText(a.looks, b.looks) ||
      byCount(a.repetition, b.repetition) ||
      byCount(a.trial, b.trial),
  );
}

/** Fire drills of this run that gave no moment at all. */
export function drillsWithoutValue(sources: Sources): readonly {slot: number; alarm: string}[] {
  const {trials, samples} = sources.report;
  const measured = new Set(samples.map(({labels: {trial}}) => trial));
  return trials.flatMap(({slot, scenario}) =>
    scenario.startsWith('alarm/') && !measured.has(String(slot)) ? [{slot, alarm: scenario.slice(6)}] : [],
  );
}

/** Drills of what is no alert: a pair of monitoring servers, a way of log lines. */
const others = /^(?:zabbix|logs)\./;

export function otherDrills(sources: Sources): DataTable {
  const samples = sources.report.samples.filter(({metric}) => others.test(metric));
  const scenarioOf = new Map(sources.report.trials.map(({slot, scenario}) => [String(slot), scenario]));
  return {
    caption: 'Drills of what is no alert',
    columns: [{title: 'Trial'}, {title: 'Drill'}, {title: 'Profile'}, {title: 'What was measured'}, numeric('Value')],
    rows: samples
      .toSorted(({labels: {trial: one = ''}}, {labels: {trial: other = ''}}) => byCount(one, other))
      .map(sample => {
        const {trial = '', profile = ''} = sample.labels;
        return [
          {href: `#trial-${trial}`, words: `#${trial}`},
          (scenarioOf.get(trial) ?? '').replace('alarm/', ''),
          profile,
          metricNamed(sample.metric)?.title ?? sample.metric,
          sources.number(sample),
        ];
      }),
  };
}

export function alarmNumbers(sources: Sources): DataTable {
  return {
    caption: 'Alarms: seconds from the cause to each moment, with the intervals and the bound that were in force',
    columns: [
      ...['Trial', 'Alarm', 'Profile', 'Looks every', 'Message held back', 'Bound'].map(title => ({title})),
      ...alarmMoments.map(({short}) => numeric(short)),
    ],
    rows: drillsOf(sources).map(({trial, alarm, profile, looks, waits, bound, moments}) => [
      {href: `#trial-${trial}`, words: `#${trial}`},
      alarm,
      profile,
      looks,
      waits,
      bound === 'guide' ? "the guide's" : bound,
      ...alarmMoments.map(({metric}): Words => {
        const sample = moments.get(metric);
        return sample ? sources.number(sample) : {absent: 'none'};
      }),
    ]),
  };
}
