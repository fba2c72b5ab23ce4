import {parseFio} from '../../harness/parse/fio.ts';
import {fioTotals} from '../../harness/parse/fio-totals.ts';
import {steadyState, steadyWindow} from '../../harness/parse/steady-state.ts';
import type {Cluster, Command, Guest, Outcome, Parameters, Scenario, Trial} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {deviceLoad, fillCommand, fillEstimateSeconds, fillGuests} from '../steps/fio-load.ts';
import {whileLookedAt} from '../steps/generator.ts';
import {chosenGuests} from '../steps/guests.ts';
import {parametersOf} from '../steps/parameters.ts';
import {keepStart} from '../steps/start-skew.ts';
import {
  type ClosedPoint,
  directionsOf,
  hardnessOf,
  type MatrixSettings,
  matrixSettings,
  type Point,
  pointsOf,
  pointText,
} from './matrix-cells.ts';
import {measureMatrix, openOf, roundOf} from './matrix-measure.ts';

const full: Parameters = {
  blockBytes: ['4096', '65536', '1048576'],
  patterns: ['randread', 'randwrite', 'mixed:70'],
  depths: ['1', '16'],
  jobs: ['1'],
  loads: ['100'],
  guests: ['1', '8'],
  sizeMiB: 4096,
  fills: 2,
  engine: 'libaio',
  roundSeconds: 60,
  rounds: 25,
  openSeconds: 60,
  openDepth: 64,
};
const quick: Parameters = {
  ...full,
  blockBytes: ['4096'],
  patterns: ['randread', 'randwrite'],
  depths: ['4'],
  loads: ['50'],
  guests: ['1'],
  sizeMiB: 64,
  fills: 1,
  roundSeconds: 3,
  rounds: 12,
  openSeconds: 8,
};
/** As a guess for the plan; a store that needs all 25 takes longer. */
const usualRounds = 10;

export const matrix: Scenario = {
  name: 'storage/matrix',
  family: 'storage',
  purpose: 'What the store can do at most once it has settled, and how quick it is at a stated load, point by point.',
  needs: {guests: 1, fio: true, scratch: true},
  impact: () => 'load',
  claims: [],
  provides: ['storage.round', 'storage.iops', 'storage.bandwidth', 'storage.cpu'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const asked = parametersOf(matrixSettings, parameters);
    const {closed, open} = pointsOf(asked);
    const rounds = Math.min(usualRounds, asked.rounds) * closed.length * (asked.roundSeconds + 4);
    return 20 + asked.fills * fillEstimateSeconds(asked.sizeMiB) + rounds + open.length * (asked.openSeconds + 4);
  },
  preview(cluster, parameters) {
    const asked = parametersOf(matrixSettings, parameters);
    const {closed, open} = pointsOf(asked);
    const loads = [...closed, ...open].map(point => loadCommand(cluster.guests, point, asked));
    const commands = [fillCommand(mostGuests(cluster, asked), asked), ...loads];
    return commands.map(({argv}) => ({host: cluster.client.name, argv}));
  },
  run: runMatrix,
  measure: measureMatrix,
};

function mostGuests(cluster: Cluster, {guests}: MatrixSettings): readonly Guest[] {
  return chosenGuests(cluster, Math.max(...guests));
}

function loadCommand(guests: readonly Guest[], point: Point, asked: MatrixSettings): Command {
  const {engine, sizeMiB, roundSeconds, openSeconds, openDepth} = asked;
  const seconds = point.loop === 'closed' ? roundSeconds : openSeconds;
  const shape = {engine, sizeMiB, blockBytes: point.blockBytes, seconds, rampSeconds: 0};
  return deviceLoad(guests.slice(0, point.guests), shape, () => hardnessOf(point, openDepth));
}

async function runMatrix(trial: Trial): Promise<void> {
  const asked = parametersOf(matrixSettings, trial.planned.parameters);
  const guests = mostGuests(trial.cluster, asked);
  await fillGuests(trial, guests, asked);
  await keepStart(trial, guests);
  const {closed, open} = pointsOf(asked);
  const enough = (point: Point) => point.guests <= guests.length;
  await settle(trial, guests, closed, asked, enough);
  for (const [index, point] of open.entries()) {
    if (!enough(point)) continue;
    trial.say(`open loop: ${pointText(point)}`);
    await runPoint(trial, guests, {point, name: openOf(index)}, asked);
  }
}

/** Round by round over all points that have not settled, so that what drifts falls on all of them alike. */
async function settle(
  trial: Trial,
  guests: readonly Guest[],
  points: readonly ClosedPoint[],
  asked: MatrixSettings,
  enough: (point: Point) => boolean,
): Promise<void> {
  const rates = points.map((): number[] => []);
  for (let round = 1; round <= asked.rounds; round++) {
    for (const [index, point] of points.entries()) {
      const own = rates[index] ?? [];
      if (!enough(point) || isSteady(own)) continue;
      trial.say(`round ${round}: ${pointText(point)}`);
      const outcome = await runPoint(trial, guests, {point, name: roundOf(index, round)}, asked);
      own.push(rateOf(outcome, point));
    }
  }
}

async function runPoint(
  trial: Trial,
  guests: readonly Guest[],
  {point, name}: {point: Point; name: string},
  asked: MatrixSettings,
): Promise<Outcome> {
  const {client} = trial.cluster;
  const command = loadCommand(guests, point, asked);
  const seconds = point.loop === 'closed' ? asked.roundSeconds : asked.openSeconds;
  const look = {load: name, guests: guests.slice(0, point.guests), seconds};
  if (trial.signal.aborted) throw new Error('interrupted');
  return whileLookedAt(trial, look, () => trial.record(`${name}.json`, client, command));
}

/** Only to know when to stop; what is measured is read again from what was kept. A round that failed is no rate. */
function rateOf({stdout}: Outcome, point: ClosedPoint): number {
  const report = parseFio(stdout, 'round');
  const totals = report.ok ? fioTotals(report.value, directionsOf(point), 'round') : undefined;
  return totals?.ok ? totals.value.iops : Number.NaN;
}

function isSteady(rates: readonly number[]): boolean {
  if (rates.length < steadyWindow) return false;
  const state = steadyState(rates);
  return state.ok && state.value.steady;
}
