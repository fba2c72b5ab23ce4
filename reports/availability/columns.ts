import type {Estimate} from '../../harness/types.ts';
import {type CsvColumn, type Sheet, sheet} from '../document/csv.ts';
import type {Assessment} from './assess.ts';
import {hardwareWords, labelled} from './phrases.ts';

interface Line {
  kind: string;
  of?: string;
  unit?: string;
  value?: number;
  low?: number;
  high?: number;
  note?: string | undefined;
}

const columns: readonly CsvColumn<Line>[] = [
  ['kind', ({kind}) => kind],
  ['of', ({of}) => of],
  ['unit', ({unit}) => unit],
  ['value', ({value}) => value],
  ['low', ({low}) => low],
  ['high', ({high}) => high],
  ['note', ({note}) => note],
];

/**
 * One number a line: what it is, of what, its value and interval in base units, and words beside it. What does not
 * exist is empty.
 */
export function availabilitySheet(assessment: Assessment): Sheet {
  return sheet(columns, [...resultLines(assessment), ...inputLines(assessment)]);
}

function estimate(kind: string, of: string, unit: string, {value, low, high}: Estimate, note?: string): Line {
  return {kind, of, unit, value, low, high, note};
}

function resultLines(assessment: Assessment): Line[] {
  const {verdict, availability, downtime, needed, cluster, states, chances, contributions, sensitivities} = assessment;
  const hardware = hardwareWords(assessment);
  const chance = 'chance of a year within the promise';
  return [
    {kind: 'verdict', of: cluster, note: verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : verdict.kind},
    ...(hardware === undefined ? [] : [{kind: 'hardware', of: 'measured cluster', note: hardware}]),
    {kind: 'promise', of: cluster, unit: 'ratio', value: assessment.promise, note: labelled(assessment)},
    estimate('availability', cluster, 'ratio', availability, availability.method),
    estimate('downtime a year', 'mean over VMs', 's', downtime),
    ...states.map(({name, downtime: own}) => estimate('downtime a year', name, 's', own)),
    ...chances.flatMap(({of, asMeasured, possible}) => [
      estimate(`${chance}, as measured`, of, 'ratio', asMeasured),
      estimate(`${chance}, all that is possible`, of, 'ratio', possible),
    ]),
    ...contributions.map(({cause, way, seconds, share}) => ({
      ...{kind: 'contribution', of: `${cause}: ${way}`, unit: 's', value: seconds},
      note: `share ${share.toPrecision(4)}`,
    })),
    ...sensitivities.flatMap(({subject, halved, doubled}) => [
      {kind: 'assumption halved', of: subject, unit: 's', value: halved},
      {kind: 'assumption doubled', of: subject, unit: 's', value: doubled},
    ]),
    {kind: 'needed', of: 'longest recovery, all faults', unit: 's', value: needed.longest, note: needed.says},
    ...needed.requirements.map(({within, share, more}) => ({
      ...{kind: 'needed', of: `recovery within ${within} s`, unit: 'ratio', value: share},
      note: more === undefined ? undefined : `${more} more clean failovers prove it`,
    })),
  ];
}

function inputLines({recoveries, assumptions, blockers}: Assessment): Line[] {
  return [
    ...recoveries.map(({name, trials, never, mean, source}) => ({
      ...{kind: 'recovery', of: name, unit: 's', value: mean},
      note: `${trials} trials, ${never} never came back; ${source}`,
    })),
    ...assumptions.map(({subject, text, source}) => ({kind: 'assumption', of: subject, note: `${text}; ${source}`})),
    ...blockers.map(note => ({kind: 'hole in the evidence', note})),
  ];
}
