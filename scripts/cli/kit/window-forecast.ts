/** What a run that is told time is likely to decide, said before it begins. */
import type {Claim, Plan, Profile, StoredRun} from '../../../harness/types.ts';
import {forecastWindow, type WindowForecast} from '../../../reports/window/forecast.ts';
import {formatDuration} from '../../../reports/words/units.ts';
import {plural} from '../../../reports/words/words.ts';
import {standingNow} from './window-source.ts';

/** From what the cluster, the register and the estimates say; nothing has been measured yet. */
export function foreseen(
  plan: Plan,
  {claims, profiles, cluster}: {claims: readonly Claim[]; profiles: readonly Profile[]; cluster: string},
  seconds: number,
): WindowForecast {
  const run: StoredRun = {
    header: emptyHeader(cluster, plan, profiles),
    plan,
    trials: [],
    claims: '',
    damage: [],
    unproven: [],
  };
  const {standing} = standingNow({run, measured: {}, claims}, seconds);
  return forecastWindow(standing, seconds, plan.seed);
}

function emptyHeader(cluster: string, plan: Plan, profiles: readonly Profile[]): StoredRun['header'] {
  return {
    schema: 'seatrial-run/1',
    id: '',
    seatrialVersion: '',
    commit: '',
    startedAt: new Date(0).toISOString(),
    cluster,
    suite: '',
    quick: false,
    seed: plan.seed,
    storage: 'none',
    hardware: {emulated: false, shared: false, note: ''},
    nodes: [],
    guests: [],
    profiles,
    fingerprints: [],
  };
}

export function forecastLines(forecast: WindowForecast): string {
  const {windowSeconds, decided, open, allSeconds, all, promises} = forecast;
  const inTime = Number.isFinite(windowSeconds)
    ? `in ${formatDuration(windowSeconds)} about ${Math.round(decided)} of ${plural(open, 'promise')}; `
    : '';
  const whole = all === open ? 'all of them' : `${all} of them, and no more,`;
  const rows = promises
    .toSorted((a, b) => b.chance - a.chance || (a.seconds ?? Number.MAX_VALUE) - (b.seconds ?? Number.MAX_VALUE))
    .map(({id, chance, trials, seconds}) => [
      id,
      trials === undefined ? 'not known' : String(Math.ceil(trials)),
      seconds === undefined ? 'not known' : formatDuration(seconds),
      `${Math.round(100 * chance)} %`,
    ]);
  const head = ['promise', 'trials', 'decided after', 'chance in the window'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`;
  return [
    `forecast: ${inTime}${whole} in ${formatDuration(allSeconds)}`,
    '  from the estimates of the scenarios, and from nothing measured: half of what is not known comes out otherwise',
    line(head).trimEnd(),
    ...rows.map(row => line(row).trimEnd()),
    '',
    '',
  ].join('\n');
}
