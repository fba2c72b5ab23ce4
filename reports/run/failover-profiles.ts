/** What made the difference between two profiles' failovers, and what the configuration had promised. */
import type {Sample} from '../../harness/types.ts';
import type {DataTable} from '../document/charts/draw.ts';
import {numeric} from '../document/document.ts';
import {median} from '../stats/numbers.ts';
import {byText, oneLine} from '../words/text.ts';
import {formatQuantity} from '../words/units.ts';
import {type FailoverTrial, failoverTrials, phases} from './failovers.ts';
import type {Sources} from './sources.ts';

/**
 * A sentence for each fault that two profiles were tried with: the phase in which their medians differ most, and how
 * many failovers are in no median, since they never ended.
 */
export function differencesOf(sources: Sources): readonly string[] {
  const [before, after] = sources.report.header.profiles.map(({name}) => name);
  if (before === undefined || after === undefined) return [];
  const whole = ({bars}: FailoverTrial) => bars.length > 0 && !bars.some(({open}) => open);
  return [...Map.groupBy(failoverTrials(sources), ({fault}) => fault)].flatMap(([fault, trials]) => {
    const of = (profile: string) => trials.filter(trial => trial.profile === profile);
    const [one, two] = [of(before).filter(whole), of(after).filter(whole)];
    if (one.length === 0 || two.length === 0) return [];
    const endless = [before, after].flatMap(profile => {
      const count = of(profile).filter(trial => !whole(trial)).length;
      return count === 0 ? [] : [`${count} with ${oneLine(profile)}`];
    });
    const besides = endless.length === 0 ? '' : ` Without an end, and so not in these medians: ${endless.join(', ')}.`;
    return [`${sentenceOf(fault, [before, one], [after, two])}${besides}`];
  });
}

type Side = readonly [profile: string, trials: readonly FailoverTrial[]];

function sentenceOf(fault: string, [before, one]: Side, [after, two]: Side): string {
  const end = (trials: readonly FailoverTrial[]) => median(trials.map(({bars}) => bars.at(-1)?.high ?? 0));
  const saved = end(one) - end(two);
  const [most] = phases
    .map(({name}, phase) => ({name, saved: medianOf(one, phase) - medianOf(two, phase)}))
    .sort((a, b) => Math.abs(b.saved) - Math.abs(a.saved));
  const than = (seconds: number) => `${formatQuantity(Math.abs(seconds), 's')} ${seconds >= 0 ? 'less' : 'more'}`;
  const made = most === undefined ? '' : `; most of all in the phase until ${most.name}: ${than(most.saved)}`;
  return `${oneLine(fault)}: with ${oneLine(after)} a failover takes ${than(saved)} than with ${oneLine(before)}, by the medians${made}.`;
}

/** A phase that is not on a trial's way took none of its time. */
function medianOf(trials: readonly FailoverTrial[], phase: number): number {
  const own = ({bars}: FailoverTrial) => bars.filter(bar => bar.phase === phase);
  return median(trials.map(trial => own(trial).reduce((sum, {low, high}) => sum + high - low, 0)));
}

const budgeted: Readonly<Record<string, string>> = {
  membership: 'the loss is noticed',
  fence: 'the node is fenced',
  start: 'the guest is started elsewhere',
  'storage-lost': "the node's OSDs are given up",
  'storage-free': "the guest's disk is free again",
  service: 'the guest serves',
};

/** Medians over the trials of a fault in a profile; undefined where no trial kept its budget. */
export function budgetNumbers(sources: Sources): DataTable | undefined {
  const expected = sources.ofMetric('failover.expected');
  if (expected.length === 0) return undefined;
  const keyOf = ({labels: {fault = '', profile = '', phase = ''}}: Sample) => JSON.stringify([fault, profile, phase]);
  const taken = Map.groupBy(sources.ofMetric('failover.taken'), keyOf);
  const groups = [...Map.groupBy(expected, keyOf)].sort(([, [one]], [, [two]]) =>
    byText(one?.labels.fault ?? '', two?.labels.fault ?? ''),
  );
  return {
    caption: 'Timing budget: seconds by configuration, and as measured (medians)',
    columns: [
      ...['Fault', 'Profile', 'Phase'].map(title => ({title})),
      ...['Trials', 'By configuration', 'Measured', 'Over'].map(numeric),
    ],
    rows: groups.map(([key, some]) => {
      const {fault = '', profile = '', phase = ''} = some[0]?.labels ?? {};
      const own = taken.get(key) ?? [];
      const [by, took] = [median(some.map(({value}) => value)), median(own.map(({value}) => value))];
      const seconds = (value: number) => (own.length === 0 ? {absent: 'not seen'} : formatQuantity(value, 's'));
      return [
        fault,
        profile,
        budgeted[phase] ?? phase,
        String(own.length),
        formatQuantity(by, 's'),
        seconds(took),
        seconds(Math.max(0, took - by)),
      ];
    }),
  };
}
