/** What a matrix of storage loads measured, from its artefacts alone. */
import {mergeBins} from '../../harness/parse/bins.ts';
import {type FioTotals, fioTotals} from '../../harness/parse/fio-totals.ts';
import {type SteadyState, steadyState, steadyWindow} from '../../harness/parse/steady-state.ts';
import type {Artefacts, Finding, Measured, ParseError, PlannedTrial, Result, Sample} from '../../harness/types.ts';
import {bytesOf, fillProblems} from '../steps/fio-load.ts';
import {guestsReport} from '../steps/fio-report.ts';
import {latencySample, tailPercentiles} from '../steps/fio-samples.ts';
import {type Counted, generatorOf, inLightOf} from '../steps/generator.ts';
import {guestsKept} from '../steps/guests.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {readParameters} from '../steps/parameters.ts';
import {measureStart} from '../steps/start-skew.ts';
import {
  type ClosedPoint,
  directionsOf,
  labelsOf,
  type MatrixSettings,
  matrixSettings,
  type OpenPoint,
  type Point,
  pointsOf,
  pointText,
} from './matrix-cells.ts';

export const roundOf = (index: number, round: number) => `closed-${index + 1}-${round}`;
export const openOf = (index: number) => `open-${index + 1}`;

/** Of the arrivals that were asked for; three standard deviations of their random number come on top. */
const leastDelivered = 0.95;

export function measureMatrix(raw: Artefacts, planned: PlannedTrial): Measured {
  const asked = readParameters(matrixSettings, planned.parameters);
  if (!asked.ok) return onlyProblems(asked.error);
  const guests = guestsKept(raw);
  if (!guests.ok) return onlyProblems(guests.error);
  const unfilled = fillProblems(raw, bytesOf(asked.value.sizeMiB));
  if (unfilled.length > 0) return onlyProblems(...unfilled);
  const {closed, open} = pointsOf(asked.value);
  const measured = (point: Point, of: () => Measured) =>
    point.guests > guests.value.length ? notTried(point, guests.value.length) : of();
  return together([
    measureStart(raw),
    ...closed.map((point, index) => measured(point, () => measureClosed(raw, point, index, asked.value))),
    ...open.map((point, index) => measured(point, () => measureOpen(raw, point, index, asked.value))),
  ]);
}

function notTried(point: Point, guests: number): Measured {
  const detail = `not applicable: ${pointText(point)}: the cluster has ${guests}`;
  const finding: Finding = {severity: 'warning', invariant: 'every point that was asked for is tried', detail};
  return {...onlyProblems(), findings: [finding]};
}

interface Round {
  name: string;
  /** Of each direction. */
  totals: readonly FioTotals[];
  perSecond: number;
}

function readLoad(raw: Artefacts, point: Point, name: string, seconds: number): Result<Round, readonly ParseError[]> {
  const artefact = `${name}.json`;
  const read = guestsReport(raw, artefact, seconds, point.guests);
  if (!read.ok) return read;
  const totals: FioTotals[] = [];
  for (const direction of directionsOf(point)) {
    const one = fioTotals(read.value.report, [direction], artefact);
    if (!one.ok) return {ok: false, error: [one.error]};
    totals.push(one.value);
  }
  return {ok: true, value: {name, totals, perSecond: totals.reduce((sum, {iops}) => sum + iops, 0)}};
}

/** What fio counted, for the disks to confirm. */
function countedOf(point: Point, {totals}: Round): readonly Counted[] {
  return directionsOf(point).map((direction, index) => ({direction, perSecond: totals[index]?.iops}));
}

/** Every round is shown; the figures are those of the first five in a row that are steady. */
function measureClosed(raw: Artefacts, point: ClosedPoint, index: number, asked: MatrixSettings): Measured {
  const labels = labelsOf(point);
  const rounds: Round[] = [];
  for (let round = 1; round <= asked.rounds && raw.names.includes(`${roundOf(index, round)}.json`); round++) {
    const read = readLoad(raw, point, roundOf(index, round), asked.roundSeconds);
    if (!read.ok) return {...onlyProblems(...read.error), samples: rounds.map((one, n) => roundSample(one, n, labels))};
    rounds.push(read.value);
  }
  const shown = rounds.map((one, n) => roundSample(one, n, labels));
  const state = steadyState(rounds.map(({perSecond}) => perSecond));
  const artefact = `${roundOf(index, Math.max(1, rounds.length))}.json`;
  if (!state.ok) {
    const {need, got} = state.error;
    return {...onlyProblems({artefact, path: 'rounds', expected: need, found: got}), samples: shown};
  }
  if (!state.value.steady) return {...onlyProblems(unsteady(state.value, rounds.length, artefact)), samples: shown};
  const window = rounds.slice(state.value.round - steadyWindow, state.value.round);
  const inWindow = (sample: Sample, n: number): Sample =>
    n >= state.value.round - steadyWindow ? {...sample, labels: {...sample.labels, window: 'measured'}} : sample;
  const figures = figuresOf(point, window, labels);
  return together([{...onlyProblems(), samples: shown.map(inWindow)}, judged(raw, point, window, figures)]);
}

function roundSample({name, totals, perSecond}: Round, index: number, labels: Sample['labels']): Sample {
  const from = {artefact: `${name}.json`, path: `${totals[0]?.path ?? ''}/iops`};
  return {metric: 'storage.round', unit: 'op/s', value: perSecond, labels: {...labels, round: String(index + 1)}, from};
}

function unsteady({mean, range, excursion}: SteadyState, rounds: number, artefact: string): ParseError {
  const percent = (value: number) => `${((100 * value) / mean).toFixed(0)} %`;
  return {
    artefact,
    path: 'rounds',
    expected: `a steady state: ${steadyWindow} rounds within 20 % of their mean, whose line rises by at most 10 %`,
    found: `none in ${rounds} rounds; the last ${steadyWindow} lie within ${percent(range)}, the line rises by ${percent(excursion)}`,
  };
}

/** In the light of the round in which whoever put the load on was least at rest. */
function judged(raw: Artefacts, point: Point, window: readonly Round[], figures: Measured): Measured {
  const labels = labelsOf(point);
  const looks = window.map(round => ({round, generator: generatorOf(raw, round.name, labels)}));
  const worst =
    looks.find(({generator}) => generator?.ok !== true || generator.value.limit !== undefined) ?? looks.at(-1);
  if (worst === undefined) return figures;
  return inLightOf(worst.generator, figures, countedOf(point, worst.round));
}

/** All rounds of the window and all guests together: operations over time, percentiles of the merged histograms. */
function figuresOf(point: ClosedPoint, window: readonly Round[], labels: Sample['labels']): Measured {
  return together(
    directionsOf(point).map((direction, side) => {
      const parts = window.flatMap(({totals}) => totals[side] ?? []);
      const sum = (of: (one: FioTotals) => number) => parts.reduce((total, one) => total + of(one), 0);
      const [operations, bytes, runtimeSeconds] = [
        sum(one => one.operations),
        sum(one => one.bytes),
        sum(one => one.runtimeSeconds),
      ];
      const all: FioTotals = {
        operations,
        bytes,
        runtimeSeconds,
        iops: operations / runtimeSeconds,
        bytesPerSecond: bytes / runtimeSeconds,
        bins: mergeBins(parts.map(({bins}) => bins)),
        maxSeconds: Math.max(...parts.map(one => one.maxSeconds)),
        path: parts.at(-1)?.path ?? '',
      };
      const own = {...labels, direction};
      const artefact = `${window.at(-1)?.name ?? ''}.json`;
      const at = (key: string) => ({artefact, path: `${all.path}/${key}`});
      const rates: readonly Sample[] = [
        {metric: 'storage.iops', unit: 'op/s', value: all.iops, labels: own, from: at('iops')},
        {metric: 'storage.bandwidth', unit: 'B/s', value: all.bytesPerSecond, labels: own, from: at('bw_bytes')},
      ];
      return together([{...onlyProblems(), samples: rates}, latencies(all, artefact, own)]);
    }),
  );
}

function latencies(totals: FioTotals, artefact: string, labels: Sample['labels']): Measured {
  const read = tailPercentiles.map(([percentile, p]) =>
    latencySample(totals, artefact, 'storage.latency', p, {...labels, percentile}),
  );
  return {
    ...onlyProblems(...read.flatMap(each => (each.ok ? [] : [each.error]))),
    samples: read.flatMap(each => (each.ok ? [each.value] : [])),
  };
}

/** Latencies only: how much an open loop did is what was asked of it. Less, and it was no open loop. */
function measureOpen(raw: Artefacts, point: OpenPoint, index: number, asked: MatrixSettings): Measured {
  const name = openOf(index);
  const read = readLoad(raw, point, name, asked.openSeconds);
  if (!read.ok) return onlyProblems(...read.error);
  const {totals, perSecond} = read.value;
  const wanted = point.arrivalsPerSecond * point.guests;
  const scatter = 3 / Math.sqrt(wanted * asked.openSeconds);
  if (perSecond < wanted * (leastDelivered - scatter)) {
    const expected = `${wanted} arrivals a second that are all taken`;
    return onlyProblems({artefact: `${name}.json`, path: 'iops', expected, found: `${perSecond.toFixed(1)} a second`});
  }
  const [direction = 'read'] = directionsOf(point);
  const [own] = totals;
  if (own === undefined) return onlyProblems();
  const figures = latencies(own, `${name}.json`, {...labelsOf(point), direction});
  return judged(raw, point, [read.value], figures);
}
