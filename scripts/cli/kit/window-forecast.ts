/** What a run that is told time is likely to decide, said before it begins. */
import type {Cluster, Plan, Profile, RunHeader, StoredRun, WindowForecast} from '../../../harness/types.ts';
import {forecastWindow} from '../../../reports/window/forecast.ts';
import {formatDuration} from '../../../reports/words/units.ts';
import {plural} from '../../../reports/words/words.ts';
import {type Beginning, standingAtStart} from './window-source.ts';

/** Of a run that has tried nothing yet: from the estimates of its scenarios, and from what earlier runs have shown. */
export function foreseen(beginning: Beginning, seconds: number): WindowForecast {
  const {run, earlier} = beginning;
  const ids = earlier.map(({header}) => header.id);
  return forecastWindow(standingAtStart(beginning, seconds), seconds, run.plan.seed, ids);
}

/** A run of which nothing has been tried. */
export function notBegun(header: RunHeader, plan: Plan): StoredRun {
  return {header, plan, trials: [], claims: '', damage: [], unproven: []};
}

/** What can be said of a run with nothing asked of the cluster. */
export function headerOfPlan(
  {name, storage, hardware, nodes, guests}: Cluster,
  {seed}: Plan,
  {profiles, suite, quick}: {profiles: readonly Profile[]; suite: string; quick: boolean},
): RunHeader {
  return {
    schema: 'seatrial-run/1',
    id: '',
    seatrialVersion: '',
    commit: '',
    startedAt: new Date().toISOString(),
    cluster: name,
    suite,
    quick,
    seed,
    storage,
    hardware,
    nodes: nodes.map(node => node.name),
    guests: guests.map(guest => guest.name),
    profiles,
    fingerprints: [],
  };
}

/** Its first line. */
export function forecastHeadline({windowSeconds, decided, open, allSeconds, all}: WindowForecast): string {
  const inTime =
    windowSeconds === undefined
      ? ''
      : `in ${formatDuration(windowSeconds)} about ${Math.round(decided)} of ${plural(open, 'promise')}; `;
  const whole = all === open ? 'all of them' : `${all} of them, and no more,`;
  return `forecast: ${inTime}${whole} in ${formatDuration(allSeconds)}`;
}

export function forecastLines(forecast: WindowForecast): string {
  const {promises, runs} = forecast;
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
  const rests =
    runs.length === 0
      ? 'from the estimates of the scenarios, and from nothing measured: half of what is not known comes out otherwise'
      : `from what ${plural(runs.length, 'earlier run')} took and showed, and where they did not from the estimates: ${runs.join(', ')}`;
  return [
    forecastHeadline(forecast),
    `  ${rests}`,
    line(head).trimEnd(),
    ...rows.map(row => line(row).trimEnd()),
    '',
    '',
  ].join('\n');
}
