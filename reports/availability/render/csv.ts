import {cell, number, table} from '../../render/csv.ts';
import {oneLine} from '../../render/text.ts';
import type {Assessment} from '../assess.ts';
import {hardwareWords, labelled} from './words.ts';

/** One number a line: what it is, of what, its value and interval in base units, and words beside it. What does not exist is empty. */
export function renderAvailabilityCsv(assessment: Assessment): string {
  const rows: string[][] = [];
  const digits = (value: number | '') => (value === '' ? '' : number(value));
  const add = (
    kind: string,
    of: string,
    unit: string,
    value: number | '',
    low: number | '' = '',
    high: number | '' = '',
    note = '',
  ) => rows.push([kind, cell(oneLine(of)), unit, digits(value), digits(low), digits(high), cell(oneLine(note))]);
  const {verdict, availability, downtime, needed} = assessment;
  const hardware = hardwareWords(assessment);
  add(
    'verdict',
    assessment.cluster,
    '',
    '',
    '',
    '',
    verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : verdict.kind,
  );
  if (hardware !== undefined) add('hardware', 'measured cluster', '', '', '', '', hardware);
  add('promise', assessment.cluster, 'ratio', assessment.promise, '', '', labelled(assessment));
  add(
    'availability',
    assessment.cluster,
    'ratio',
    availability.value,
    availability.low,
    availability.high,
    availability.method,
  );
  add('downtime a year', 'mean over VMs', 's', downtime.value, downtime.low, downtime.high);
  for (const {name, downtime: state} of assessment.states)
    add('downtime a year', name, 's', state.value, state.low, state.high);
  for (const {of, asMeasured, possible} of assessment.chances) {
    add(
      'chance of a year within the promise, as measured',
      of,
      'ratio',
      asMeasured.value,
      asMeasured.low,
      asMeasured.high,
    );
    add(
      'chance of a year within the promise, all that is possible',
      of,
      'ratio',
      possible.value,
      possible.low,
      possible.high,
    );
  }
  for (const {cause, way, seconds, share} of assessment.contributions) {
    add('contribution', `${cause}: ${way}`, 's', seconds, '', '', `share ${share.toPrecision(4)}`);
  }
  for (const {subject, halved, doubled} of assessment.sensitivities) {
    add('assumption halved', subject, 's', halved);
    add('assumption doubled', subject, 's', doubled);
  }
  add('needed', 'longest recovery, all faults', 's', needed.longest, '', '', needed.says);
  for (const {within, share, more} of needed.requirements) {
    add(
      'needed',
      `recovery within ${within} s`,
      'ratio',
      share,
      '',
      '',
      more === undefined ? '' : `${more} more clean failovers prove it`,
    );
  }
  for (const {name, trials, never, mean, source} of assessment.recoveries) {
    add('recovery', name, 's', mean, '', '', `${trials} trials, ${never} never came back; ${source}`);
  }
  for (const {subject, text, source} of assessment.assumptions)
    add('assumption', subject, '', '', '', '', `${text}; ${source}`);
  for (const blocker of assessment.blockers) add('hole in the evidence', '', '', '', '', '', blocker);
  return table(['kind', 'of', 'unit', 'value', 'low', 'high', 'note'], rows);
}
