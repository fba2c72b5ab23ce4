/** What an assessment says in words: the same in every format. */
import type {Estimate} from '../../harness/types.ts';
import {oneLine} from '../words/text.ts';
import type {Assessment} from './assess.ts';
import {guideSwitchSeconds} from './needed.ts';

/** Seconds as people say them over a year: `42 s`, `6.3 min`, `3.1 h`, `2.4 days`. */
export function timeWords(seconds: number): string {
  if (!Number.isFinite(seconds)) return seconds > 0 ? '∞' : '—';
  const size = Math.abs(seconds);
  const [value, unit] =
    size < 99.5
      ? [seconds, 's']
      : size < 5970
        ? [seconds / 60, 'min']
        : size < 170_000
          ? [seconds / 3600, 'h']
          : [seconds / 86_400, 'days'];
  return `${digits(value)} ${unit}`;
}

export function timeInterval({value, low, high}: Estimate): string {
  return `${timeWords(value)} [${timeWords(low)}, ${timeWords(high)}]`;
}

/** As many nines as there are, and two digits of what is missing: `99.9987 %`. */
function shareWords(share: number): string {
  if (!Number.isFinite(share)) return '—';
  const missing = 1 - share;
  if (!(missing > 0)) return '100 %';
  const decimals = Math.min(9, Math.max(1, 1 - Math.floor(Math.log10(missing * 100) + 1e-9)));
  return `${(share * 100).toFixed(decimals)} %`;
}

export function shareInterval({value, low, high}: Estimate): string {
  return `${shareWords(value)} [${shareWords(low)}, ${shareWords(high)}]`;
}

/** Chances in whole and tenths of percent; never 0 or 100 % where that was only not seen. */
function chanceWords(share: number): string {
  if (share >= 1) return '100 %';
  if (share > 0.9995) return '> 99.9 %';
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(share * 100).toFixed(1)} %`;
}

export function chanceInterval({value, low, high}: Estimate): string {
  return `${chanceWords(value)} [${chanceWords(low)}, ${chanceWords(high)}]`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export const verdictTitle = {met: 'Met', missed: 'Missed', undecided: 'Undecided'} as const;

/** The promise as it is usually written: `99.99 %`. */
export function promiseWords({promise}: Assessment): string {
  return `${Number((promise * 100).toPrecision(8))} %`;
}

/** 99.99 % is 52.6 min a year, which is 210 switches of 15 s. */
export function arithmetic(assessment: Assessment): string {
  return `${promiseWords(assessment)} leaves ${timeWords(assessment.budget)} a year: ${Math.floor(assessment.budget / guideSwitchSeconds)} switches of ${guideSwitchSeconds} s.`;
}

export function verdictSentence(assessment: Assessment): string {
  const {verdict, availability, downtime} = assessment;
  const figure = `Availability ${shareInterval(availability)} at ${Number((assessment.confidence * 100).toPrecision(4))} % confidence: ${timeInterval(downtime)} of downtime a year, mean over the VMs.`;
  if (verdict.kind !== 'undecided') return figure;
  const more =
    verdict.trialsNeeded === undefined
      ? ' No number of further trials like those measured would make it met.'
      : ` ${verdict.trialsNeeded} more clean trials of each recovery, like those measured, would make it met.`;
  return `${figure} Not decided: ${verdict.reason}.${assessment.needed.moreForVerdict === 0 ? '' : more}`;
}

/** What is measured and what is not: on the face of every output. */
export function labelled({recoveries}: Assessment): string {
  const stated = recoveries.filter(({measured}) => !measured).map(({name}) => oneLine(name));
  const rest = 'is an assumption, listed below with its source: the figure is as good as they are.';
  if (stated.length === recoveries.length)
    return `Nothing here was measured by seatrial: everything, the recovery times too, ${rest}`;
  if (stated.length > 0) return `Recovery times are measured, but for ${stated.join(', ')}. Everything else ${rest}`;
  return `Recovery times are measured. Everything else ${rest}`;
}

/** For the face of every output. */
export function hardwareWords(assessment: Assessment): string | undefined {
  const parts = [
    ...(assessment.emulated ? ['Emulated: guests ran without hardware virtualization.'] : []),
    ...(assessment.shared ? ['Shared: all hosts of the measured cluster were one machine.'] : []),
    ...(assessment.emulated || assessment.shared
      ? ['The measured recovery times do not speak for real hardware.']
      : []),
  ];
  return parts.length === 0 ? undefined : parts.join(' ');
}

export function sourceWords(assessment: Assessment): string {
  if (assessment.sources.length === 0) return 'No stored run was used: the recovery times are stated.';
  return `Recovery measured in ${assessment.sources.map(({run, cluster}) => `${oneLine(run)} (cluster ${oneLine(cluster)})`).join(', ')}.`;
}

export function simulationWords({simulation, size}: Assessment): string {
  return `${simulation.years} simulated years of ${size.nodes} nodes in ${size.racks} ${size.racks === 1 ? 'rack' : 'racks'} with ${size.vms} VMs, seed ${simulation.seed}, ${simulation.faultEvents} events; rare joint failures are forced and weighted (worth ${Math.round(simulation.effectiveYears)} unweighted years).`;
}
