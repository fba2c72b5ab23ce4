/**
 * `node scripts/chores/trend-quality.ts [COUNT]` writes docs/trend-quality.md: how good the look at the nights is,
 * beside plain ways. Seeded: the same numbers again.
 */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {
  driftOver,
  horizon,
  noiseFactor,
  type Outcome,
  outcomeOf,
  type Shape,
  seatrialWatcher,
  thresholdWatcher,
  tTestWatcher,
} from './trend-quality/simulate.ts';

const count = Number(process.argv[2] ?? 60);
const seed = 20_251_124;
const changeAt = 40;
const sizes = [0.01, 0.02, 0.05, 0.1, 0.2];
const noises = [0.01, 0.02, 0.05];
const watchers = {
  seatrial: seatrialWatcher(0.05, true),
  'seatrial, no baseline': seatrialWatcher(0.05, false),
  '±10 % of the night before': thresholdWatcher(0.1, 1),
  '±10 % of the median of 7': thresholdWatcher(0.1, 7),
  't test 7 v 7, p < 0.05': tTestWatcher(0.05),
  't test 7 v 7, p < 0.001': tTestWatcher(0.001),
};
const names = Object.keys(watchers);

function row(
  shape: Shape,
  size: number,
  cv: number,
  histories: number,
  at: number,
  autocorrelation = 0,
): Record<string, Outcome> {
  return Object.fromEntries(
    Object.entries(watchers).map(([name, watcher]) => [
      name,
      outcomeOf(watcher, {shape, size, cv, changeAt: at, autocorrelation}, histories, seed),
    ]),
  );
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---').join('|')}|`,
  ...rows.map(cells => `| ${cells.join(' | ')} |`),
  '',
];

const lines: string[] = [
  '# How good the look at the nights is',
  '',
  `Made by \`node scripts/chores/trend-quality.ts\` out of seeded synthetic histories; ${count} histories a cell (five times as many without a change). Each is walked night by night as \`seatrial nightly\` walks it, with the same code: three trials a night, a suspected change measured again three times, the first 14 nights pinned as the baseline. Noise is the coefficient of variation of a night's median; half of its variance is shared by all trials of the night. Only regressions count. Beside it stand plain ways of looking at the same nights.`,
  '',
  `The change begins on night ${changeAt + 1}; it counts as found when it is told within ${horizon} nights. "1" night to detection is the very night. seatrial leaves changes of 5 % and less alone (its threshold for most metrics): rows of 1 % and 2 % should stay silent, and 5 % is the edge itself.`,
  '',
  `Nights that depend on each other: the share that the trials of a night have in common follows the night before, with the autocorrelation named (half of the variance: a night's median then follows the last one half as much). What seatrial tells then is really slower for some nights, its re-run included, and is counted as false here. Change points allow for it (of 120 nights without a change 69 % of series had one at an autocorrelation of 0.6 as if nights were independent; docs/methods.md has the figures now); a jump of one night and the pinned baseline do not, since allowing for it there took no alarm away in these histories.`,
  '',
  'What to read out of it: where the noise is at most a third of the change, seatrial tells a step the very night or the next, with next to no false alarms; a plain threshold that is as quick raises dozens of them as soon as the noise is 5 %. It is not better at everything. A step that is as small as the noise (5 % in 5 %) is told later than by the lax t test (night 9 against 6, which pays with 13 false alarms per 1,000 everywhere), and a drift is told only when it has passed the threshold, where a strict t test (p < 0.001), which has no threshold, is earlier in calm series and blind in noisy ones. When the noise itself becomes wilder, some nights really are slower, their re-run included, and are told: counted as false here. In rows of 1 % and 2 % at 5 % noise, "found" is chance, for every way of looking.',
  '',
  '## False alarms per 1,000 series-nights',
  '',
  `Alarms that begin while nothing has become slower. "changed noise": the noise becomes ${noiseFactor} times as wild. "spike": one night's run is slower by the size and its re-run is not.`,
  '',
];
const falseRows: string[][] = [];
const again: string[][] = [];
const addFalse = (label: string, cv: number, cells: Record<string, Outcome>) => {
  falseRows.push([label, percent(cv), ...names.map(name => (cells[name]?.falsePer1000 ?? Number.NaN).toFixed(1))]);
  again.push([label, percent(cv), (cells.seatrial?.remeasuredPer1000 ?? Number.NaN).toFixed(1)]);
};
for (const cv of noises) addFalse('no change', cv, row('none', 0, cv, count * 5, 100));
for (const autocorrelation of [0.6, 0.9]) {
  for (const cv of noises)
    addFalse(`nights depend, ${autocorrelation}`, cv, row('none', 0, cv, count, 100, autocorrelation));
}
for (const cv of noises) addFalse('changed noise', cv, row('noise', 0, cv, count, changeAt));
for (const size of [0.05, 0.1, 0.2])
  for (const cv of noises) addFalse(`spike ${percent(size)}`, cv, row('spike', size, cv, count, changeAt));
lines.push(...table(['history', 'noise', ...names], falseRows));

for (const [shape, title] of [
  ['step', 'A step'],
  ['drift', `A drift over ${driftOver} nights`],
  ['bad-night', 'One bad night, over the next day'],
] as const) {
  lines.push(`## ${title}: found, and nights to detection`, '');
  const rows: string[][] = [];
  for (const size of sizes) {
    for (const cv of noises) {
      const cells = row(shape, size, cv, count, changeAt);
      rows.push([
        percent(size),
        percent(cv),
        ...names.map(name => {
          const cell = cells[name];
          if (cell === undefined || cell.found === 0) return '—';
          return `${percent(cell.found)}, ${cell.nightsToDetection}`;
        }),
      ]);
    }
  }
  lines.push(...table(['size', 'noise', ...names], rows));
}
lines.push(
  '## What it costs',
  '',
  'Re-measurements per 1,000 series-nights where nothing became slower for good. Series of one scenario are measured again together, and `remeasure` in the nightly suite bounds them.',
  '',
  ...table(['history', 'noise', 'measured again'], again),
);
const path = join(import.meta.dirname, '../../docs/trend-quality.md');
writeFileSync(path, `${lines.join('\n').trimEnd()}\n`);
process.stdout.write(`${path}\n`);
