/**
 * Writes docs/methods.md: how numbers are judged, and every statistic beside what others published and what it does on
 * simulated data. `node scripts/chores/methods.ts` simulates anew (about a minute) and writes; `--check` compares
 * and ends with 1 where the page is untrue.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {catalogue} from '../../reports/stats/catalogue.ts';
import {binomialCdf, normalCdf} from '../../reports/stats/distributions.ts';
import {medianRank} from '../../reports/stats/median.ts';
import {held, type Statistic} from '../../reports/stats/statistic.ts';
import * as looks from './look-simulations.ts';
import {autocorrelations, cellOf, distances, trialCounts} from './order-simulations.ts';
import {type Simulated, simulate, simulations} from './simulations.ts';

const top = join(import.meta.dirname, '../..');
export const pagePath = join(top, 'docs/methods.md');
const simulatedPath = join(top, 'docs/methods-simulated.json');
const seed = 20_251_124;

export type Simulations = Readonly<Record<string, Simulated>>;

/** The simulations as they were last run. */
export function readSimulated(): Simulations {
  const shape = z.record(z.string(), z.strictObject({share: z.number(), trials: z.number(), seed: z.number()}));
  return shape.parse(JSON.parse(readFileSync(simulatedPath, 'utf8')));
}

function simulateAll(): Simulations {
  return Object.fromEntries(Object.entries(simulations).map(([name, one]) => [name, simulate(one, one.trials, seed)]));
}

const cell = (text: string) => text.replaceAll('|', '\\|');
const row = (...cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;

function publishedRows(one: Statistic): readonly string[] {
  return one.published.flatMap(example => {
    const figures = held(one, example);
    if (!figures.ok) return [row(one.name, example.where, '', '', figures.error.need, 'no')];
    return figures.value.map(({path, printed, ours, difference, agrees}, i) => {
      const gap = difference === undefined ? '' : difference === 0 ? '0' : difference.toExponential(1);
      const where = i === 0 ? example.where : '″';
      return row(
        `\`${one.name}\``,
        where,
        path === '' ? '(the answer)' : path,
        printed,
        ours,
        agrees ? gap : `${gap} **differs**`,
      );
    });
  });
}

function simulationRow({name}: Statistic, simulated: Simulations): string {
  const [plan, result] = [simulations[name], simulated[name]];
  if (plan === undefined || result === undefined)
    return row(`\`${name}\``, 'none: arithmetic on what was measured', '', '', '', '');
  const percent = `${Number((100 * result.share).toFixed(2))} %`;
  return row(`\`${name}\``, plan.counts, plan.promise, percent, String(result.trials), String(result.seed));
}

/** What dependence does, and what allowing for it costs. */
function orderSection(simulated: Simulations): readonly string[] {
  const share = (name: string) => `${Number((100 * (simulated[name]?.share ?? Number.NaN)).toFixed(1))} %`;
  const head = (first: string, columns: readonly string[]) => [
    row(first, ...columns),
    row('---', ...columns.map(() => '---')),
  ];
  const byRho = autocorrelations.map(rho => `autocorrelation ${rho}`);
  return [
    '## Trials that depend on each other',
    '',
    'AR(1) histories, 1,000 a cell (± 0.7 points at 5 %), the bound exactly at the true median: false "met" / false "missed" with the order used, and in',
    'brackets false "met" without it. The aim is 5 %. Six trials cannot show what hurts them most; where more than six can be afforded, take ten or twenty.',
    '',
    ...head('trials', byRho),
    ...trialCounts.map(n =>
      row(
        String(n),
        ...autocorrelations.map(
          rho => `${share(cellOf.met(n, rho))} / ${share(cellOf.missed(n, rho))} (${share(cellOf.unordered(n, rho))})`,
        ),
      ),
    ),
    '',
    'The price, on independent trials: how often a promise is met whose bound lies so many standard deviations above the true median, and in brackets',
    'without the order.',
    '',
    ...head(
      'trials',
      distances.map(distance => (distance === 1 ? '1 deviation' : `${distance} deviations`)),
    ),
    ...trialCounts.map(n =>
      row(
        String(n),
        ...distances.map(
          distance => `${share(cellOf.decided(n, distance))} (${share(cellOf.decidedUnordered(n, distance))})`,
        ),
      ),
    ),
    '',
    '"Every time" with a reliability of 95 % that is just kept, met by 59 clean trials (the aim is 5 %); and a change found in 120 nights without one.',
    '',
    ...head('', byRho),
    row(
      '59 clean trials',
      ...autocorrelations.map(rho => `${share(cellOf.worst(rho))} (${share(cellOf.worstUnordered(rho))})`),
    ),
    row('120 nights, noise 5 %', ...autocorrelations.map(rho => share(cellOf.changes(rho)))),
    '',
  ];
}

/** What looking after every trial does, and what allowing for it costs. */
function looksSection(simulated: Simulations): readonly string[] {
  const of = (name: string) => simulated[name]?.share ?? Number.NaN;
  const share = (name: string) => `${Number((100 * of(name)).toFixed(1))} %`;
  const count = (name: string) => String(Number((200 * of(name)).toFixed(1)));
  const {median, ratio, fixed} = looks.cellOf;
  return [
    '## Looked at after every trial',
    '',
    '1,000 histories a cell, stopped at the first verdict, the bound exactly at the truth: false "met" / false "missed" of the confidence sequence; in brackets',
    'false "met" of the interval for a fixed number, looked at as often. Discrete: four values. Drifting: from the bound on, by one deviation within 200',
    'trials, away from what the verdict says; both sides of a pair drift alike. Dependent: autocorrelation 0.3, more so 0.5.',
    '',
    row('median', ...looks.most.map(most => `up to ${most} trials`)),
    row('---', ...looks.most.map(() => '---')),
    ...looks.kinds.map(kind =>
      row(
        kind,
        ...looks.most.map(most => {
          const [met, missed] = [median('met', kind, most), median('missed', kind, most)];
          return `${share(met)} / ${share(missed)} (${share(fixed(kind, most))})`;
        }),
      ),
    ),
    '',
    row('ratio', ...looks.most.map(most => `up to ${most} pairs`)),
    row('---', ...looks.most.map(() => '---')),
    ...looks.kinds.map(kind =>
      row(
        kind,
        ...looks.most.map(most => `${share(ratio('met', kind, most))} / ${share(ratio('missed', kind, most))}`),
      ),
    ),
    '',
    'The price: expected trials until a verdict, the bound so many deviations away (200 where there is none by then); beside it the fixed number that decides in',
    '80 % of cases. It is known only to who knows the distance beforehand.',
    '',
    row('', ...looks.distances.map(distance => (distance === 1 ? '1 deviation' : `${distance} deviations`))),
    row('---', ...looks.distances.map(() => '---')),
    row('trials, median', ...looks.distances.map(distance => count(looks.cellOf.trials(distance)))),
    row(
      'the same, drift not looked for',
      ...looks.distances.map(distance => count(looks.cellOf.steadyTrials(distance))),
    ),
    row('a fixed number', ...looks.distances.map(distance => String(fixedNumber(distance)))),
    row('pairs, ratio', ...looks.distances.map(distance => count(looks.cellOf.pairs(distance)))),
    '',
    `Runs of ${looks.trialsOfRun} trials that are judged together after the second and after each further one, up to ${looks.mostRuns.median}, and differ among themselves by so many deviations of a trial;`,
    'the bound at the median of all such runs: false "met" / false "missed" of 4,000 histories (± 0.35 points at 5 %). Were runs that differ always undecided, it would be the same to 0.1 points:',
    'what is left is of two runs that lie together by chance.',
    '',
    row('', ...looks.spreads.map(spread => (spread === 0 ? 'alike' : `differ by ${spread}`))),
    row('---', ...looks.spreads.map(() => '---')),
    row(
      'median',
      ...looks.spreads.map(
        spread => `${share(looks.cellOf.runs('met', spread))} / ${share(looks.cellOf.runs('missed', spread))}`,
      ),
    ),
    row(
      `"every time" with a reliability of 95 % over all such runs that is just missed, up to ${looks.mostRuns.worst} runs: met`,
      ...looks.spreads.map(spread => share(looks.cellOf.everyRun(spread))),
    ),
    '',
    `"Every time" with a reliability of 95 % that is just missed, looked at after every trial: met in ${share(looks.cellOf.worst)}.`,
    '',
  ];
}

const otherWords = {ratio: 'ratio', proportion: 'share', worst: '"every time"'} as const;

/** What drifts over the bound within a run, and what it costs to see that. */
function driftSection(simulated: Simulations): readonly string[] {
  const share = (name: string) => `${Number((100 * (simulated[name]?.share ?? Number.NaN)).toFixed(1))} %`;
  const {ends, crossing, kept, keptSteady} = looks.cellOf;
  const byDrift = looks.drifts.map(by => (by === 1 ? 'by 1 deviation' : `by ${by} deviations`));
  const rows = looks.noises.flatMap(noise => [
    ...looks.most.map(n => ({noise, n, rule: 'every-trial' as const})),
    ...[...looks.fixedNumbers, looks.longest].map(n => ({noise, n, rule: 'once' as const})),
  ]);
  const rules = {once: 'a fixed number', 'every-trial': 'looked at after every one'};
  return [
    '## A drift over the bound',
    '',
    'A median that rises steadily, by so many deviations, and reaches the bound with the last trial, judged then: false "met" / false "missed" (the mirror image), and in brackets false',
    '"met" were drift not looked for. 1,000 histories a cell.',
    '',
    row('trials', ...byDrift),
    row('---', ...byDrift.map(() => '---')),
    ...rows.map(({noise, n, rule}) =>
      row(
        `${n} ${noise}, ${rules[rule]}`,
        ...looks.drifts.map(by => {
          const of = (side: 'met' | 'missed' | 'steady') => share(ends(side, noise, by, n, rule));
          return `${of('met')} / ${of('missed')} (${of('steady')})`;
        }),
      ),
    ),
    '',
    'The same of other promises: a ratio of which one side drifts (where both drift alike it is in the table before), a share of 90 %, and "every time" with a',
    'reliability of 95 %. What broke once is missed for good, and truly.',
    '',
    row('promise', ...byDrift),
    row('---', ...byDrift.map(() => '---')),
    ...looks.others.map(one =>
      row(
        `${otherWords[one.what]}, ${one.n} ${one.what === 'ratio' ? 'pairs' : 'trials'}, ${rules[one.looks]}`,
        ...looks.drifts.map(by => {
          const found = looks.sidesOf(one).map(side => share(looks.cellOf.other(side, one, by)));
          return `${found.join(' / ')} (${share(looks.cellOf.other('steady', one, by))})`;
        }),
      ),
    ),
    '',
    'Stopped at the first "met", the bound crossed halfway through 200 trials. "Met" before that is true of the trials made and of the next one; that the drift',
    'goes on for a hundred more nobody can know from the first twenty: a longer window, or another night, shows it.',
    '',
    row('', ...byDrift),
    row('---', ...byDrift.map(() => '---')),
    row('"met" after the crossing: false', ...looks.drifts.map(by => share(crossing('after', by)))),
    row('"met" before it', ...looks.drifts.map(by => share(crossing('before', by)))),
    '',
    'The price for a fixed number of trials without a drift: how often a median is met whose bound lies so many deviations away, and in brackets were drift not',
    'looked for. For trials that are looked at one by one it is in the table before.',
    '',
    row('trials', ...looks.distances.map(distance => (distance === 1 ? '1 deviation' : `${distance} deviations`))),
    row('---', ...looks.distances.map(() => '---')),
    ...looks.fixedNumbers.map(n =>
      row(
        String(n),
        ...looks.distances.map(distance => `${share(kept(distance, n))} (${share(keptSteady(distance, n))})`),
      ),
    ),
    '',
  ];
}

/** Trials whose interval of order statistics lies within this distance of the median in four cases of five, normal. */
function fixedNumber(distance: number): number {
  const kept = normalCdf(distance);
  for (let n = 2; ; n++) {
    const ranked = medianRank(n, 0.95);
    if (ranked.ok && binomialCdf(ranked.value.rank - 1, n, 1 - kept) >= 0.8) return n;
  }
}

/** The whole page. `prose` is its hand-written head. */
export function methodsPage(simulated: Simulations): string {
  return [
    prose,
    '## Every statistic',
    '',
    '`seatrial stats NAME` computes each from JSON; `seatrial stats --list` says what each takes.',
    '',
    row('statistic', 'what it answers', 'source'),
    row('---', '---', '---'),
    ...catalogue.map(({name, purpose, source}) => row(`\`${name}\``, purpose, source)),
    '',
    '## Held against published results',
    '',
    'A figure agrees when ours, rounded to the printed places, is the printed one. "By hand" and "not printed" are said where no publication has the figure.',
    '',
    row('statistic', 'published', 'figure', 'printed', 'ours', 'difference'),
    row('---', '---', '---', '---', '---', '---'),
    ...catalogue.flatMap(publishedRows),
    '',
    '## Held against simulated data',
    '',
    row('statistic', 'what is counted', 'promised', 'found', 'trials', 'seed'),
    row('---', '---', '---', '---', '---', '---'),
    ...catalogue.map(one => simulationRow(one, simulated)),
    '',
    ...orderSection(simulated),
    ...looksSection(simulated),
    ...driftSection(simulated),
  ].join('\n');
}

const prose = `<!-- Made by scripts/chores/methods.ts; change that and run it. -->
# How the numbers are judged

The unit that counts is the trial: one whole run. A million I/Os of one run are one value.

- **Verdict.** Met only if the whole confidence interval lies on the good side of the bound, missed only if it lies wholly on the bad side,
  undecided otherwise, with the reason and the number of trials that would decide. No data, a file that cannot be read, a run shorter than
  asked and a fault that was not healed are undecided, never met. A missing value is never 0.
- **A median over trials** has an interval of order statistics: no distribution is assumed, but six trials are needed at 95 %. A bootstrap would
  look tighter and cover less (81 % at three trials).
- **Before against after** is interleaved, A B B A …, and paired by slot, on logarithms. Run in blocks, drift alone gave 39 % false alarms.
  Unpaired data: Welch on logarithms with Mann–Whitney beside it. Several metrics in one report: p values by Holm. A claim needs three trials a
  side, or three pairs: where a machine has two speeds, two a side fall on one each by chance and hardly differ among themselves; that gave up to
  12.4 % false alarms at 5 %, three gave 3.1 %.
- **Trials that depend on each other** are worth less than they count. Where the order is known (slots of a run, start times of files) it is tested
  by ranks (Bartels 1982), at a level of 3/n, since few trials cannot show what hurts them most. Where dependence cannot be excluded, an interval of
  a median is stretched about the median (7 times at most for six trials), and "every time" counts n(1 − ρ)/(1 + ρ) trials. So six trials that look
  independent still have min … max; half of all sets of six do not look so, and decide only where the bound is far. Trials of one run are parted by
  healing and profile changes, which is no proof that the cluster forgets: the level is not relaxed for that. At an autocorrelation of 0.5 no cell of the
  tables below is above 5 %, at 0.9 six and ten trials are. The order only ever takes away: it turns
  met and missed into undecided, never the other way. Three pairs are too few to see it: where each side by itself has an autocorrelation of 0.5, a ratio of
  three is false in 7 %, of six in 4.4 % (what both sides share cancels out). Where the order is not known, trials are taken as independent, and the method says so: an
  interval of a median then covers 75–80 % at an autocorrelation of 0.6, and a drift is not looked for.
- **In blocks** (all of A, then all of B) a drift looks like a difference: a t test then cries in 39–100 %. A ratio in a verdict is undecided; a
  comparison takes a steady drift out (analysis of covariance over the order of the trials, false alarms 5 %), which makes the interval about twice as
  wide, and says "measured in blocks: interleave". What neighbours share stays: at an autocorrelation of 0.6, 8–9 % false alarms.
- **What drifts** over the run is true of the trials that were made and of none after them; a verdict is about the cluster as it is handed over, so it must
  be true of the last trials too. Where the order is known each value is carried along the slope (Theil 1950; Sen 1968) to the next trial, and "met" and
  "missed" stand only where what comes out says the same. Medians, P99, shares and "every time" are carried in their unit, ratios on logarithms, pair by
  pair. What broke "every time" once is missed for good.
  - How steep: the slope is not known either, and carrying its best guess gave up to 8.6 % false "met". So it is the steep end of Sen's interval. An error of
    the level (e·σ/√n, e = √(π/2) for a median, 1 for a mean) and one of the slope at the end of the run (√π·σ/√n) add up by their squares; the interval of
    the level takes its own half-width of that, and the slope gets what is left to 96 %, one-sided (95 % would do for many normal values): its 78 % end for a median of many
    trials, its 82 % end for a ratio, less where the interval of the level is wide by itself, of few trials (Blom 1958) or for every look. Both ends at 95 % would be wider than needed.
  - Values of which some are equal (counts, whole seconds) draw Sen's slope to 0: then least squares is asked too, the steeper one is taken, and what is carried
    stays on their grid.
  - Why not the last third of the trials by itself: a drift goes on within it, and its interval is no narrower than that of the carried values.
  - The reason says "figures drift over the run" where a Mann–Kendall test is below 2.5 % on its side, "may drift" where it is not. A drift that stays far from
    the bound takes nothing away. Where it is below 2.5 % and goes towards the bound, "met" carries a note: by how much a trial, and after how many trials
    the bound is crossed at this pace. Three pairs are too few to look for a drift, and one wide enough to matter widens their interval too.
  - "Every time" rests on trials that can be exchanged. Of independent ones 59 clean trials show 95 % on the average of those made, however they drift
    (Hoeffding 1956), which says nothing of the next: a time that rises from 9 to 14.9 s under a bound of 15 s is undecided. A weak drift far from the bound
    stays met, with the note.
  - A drift that bends is carried as a straight one, and what begins after the last trial nobody can see.
- **Looking again until it fits** makes an interval for a fixed number of trials wrong: who judges after every trial and stops at the first "met" turns
  1.5 % false "met" into 15 % by 200 trials. A run of fixed repetitions is judged by such an interval. A run that is told time (\`--for\`, \`--until\`,
  \`--until-decided\`), and evidence of several runs, are judged by confidence sequences, which hold at every look (Ville 1939; Robbins 1970; Howard,
  Ramdas, McAuliffe & Sekhon 2021): a median and a P99 by order statistics from a beta-binomial mixture (Howard & Ramdas 2022; 7 trials at least at 95 %,
  where a fixed number takes 6), a share by the same mixture, a ratio by the t test with a normal prior over the effect (Lai 1976; Wang & Ramdas 2025;
  5 pairs at least). Why not planned looks with spent α (O'Brien–Fleming, Pocock): they want the last look to be known, and neither a window nor a second
  night has one. "Every time" needs nothing: the first that breaks the bound decides, and 59 clean trials in a row from the first on are one look only.
  Dependence of trials is allowed for at a level of 0.25 in place of 3/n, since many looks give it many chances not to show; of pairs at 0.4 in place of
  0.05 (1/n below 20 pairs): at 0.25 an autocorrelation of 0.5 gave a false verdict in 5.7 %. The report names the look
  from which on a verdict stood; a verdict is that of all trials, not of the luckiest look.
- **Several runs** are blocks. Where their values differ by more than chance (Kruskal–Wallis, α = 5 %, for each promise) they are not pooled: the promise is
  undecided and the night that stands apart is named. Where every night by itself says the same, the night is the unit, and a further one is reckoned with:
  the promise is met, or missed, where a 95 % prediction interval for the next night (t, of the nights' own figures) lies wholly on that side. "Every time" counts the trials of all nights that kept
  the bound, and is met where that interval, of the nights' worst, lies on the good side as well. Adding nights until it fits is allowed for: with the bound at the median of all nights the
  interval lies beyond it by chance in 1.4 % after two, 0.7 % after three, 0.3 % after four. A single trial that broke "every time" still counts. Every run of the cluster that is known is either
  in, or named with its reason; one that is comparable and was left out, or is missing from disk, takes every "met" away.
- **Worth a word** is a change whose interval excludes none and which exceeds 3 % and twice the noise of an A/A run. "None is worse" is said only where no
  interval reaches beyond that on the bad side.
- **"Every time"** is a share with its exact interval. Ten clean switches show 74 % only; 59 show 95 %, 299 show 99 %. A VM that never came back is
  a failure, and a wait that never ended is censored (Kaplan–Meier), not dropped.
- **Percentiles** are read off the merged histograms of all jobs and guests, never averaged. A bound inside the bin is undecided. fio counts
  nothing above 17.1 s. A percentile p needs operations beyond it: N·(1 − p) ≥ 1 to be seen apart from the longest (100 for P99), and to speak for the
  next trial so many that the largest is above the true percentile with the confidence asked for, pᴺ ≤ 1 − confidence: 299 for P99, 29,956 for P99.99 at
  95 % (Wilks 1941; Hahn & Meeker, Statistical Intervals, §5). That is the least: operations of one trial depend on each other.
- **Counted once.** A copy of a run is found by what it measured and when, whatever its name, and is no trial; rates of several files add up only where
  these ran at once for nine tenths of the longest. Confidence below 80 % and reliability below 50 % are refused: with those "met" is worth nothing.
- **Storage** is measured in steady state as SNIA defines it; 25 rounds without it are undecided.
- **Nightly series** are cut where the level changed (E-divisive, Student's t); a change in the newest five nights is suspected until a re-run
  confirms it, and one for the better ends no regression until then. Nights that depend on each other are allowed for, by what the levels leave (from 30 nights on), and it is said. Slow drift hides
  from change points and is held against a pinned baseline.
- **Outliers** are flagged, never dropped.

## Where the distribution functions come from

From Cephes (Moshier), as the npm package [cephes](https://www.npmjs.com/package/cephes) 3.3.3 carries it: C compiled to WebAssembly, BSD licence,
one package without dependencies, 0.8 MB. Measured on 94 points against mpmath 1.3 at 32 digits, worst relative error:

| | incomplete beta, a and b to 500,000 | incomplete gamma | normal, to −30 | t quantile | beta quantile | packages | size | licence |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| cephes 3.3.3 | 9e-11 | 6e-11 | 1e-14 (through the gamma) | 3e-14 | 1e-12 | 1 | 0.8 MB | BSD-3-Clause |
| our own continued fractions, before | 1e-10 | 4e-13 (lower only) | 2e-14 | 6e-14 | 1e-12 | 0 | 0 | |
| @stdlib single packages | 4e-13 | 9e-4 (at a = 50,000) | 1e-13 | 6e-15 | 6e-16 | 231 | 27 MB | Apache-2.0 and BSL-1.0 |
| lib-r-math.js 2.0.3 | 7e-8 | 4e-14 | 2e-16 | 1e-8 | 5e-9 | 3 | 3.9 MB | MIT on a port of GPL code |
| jstat 1.9.6 | 8e-8 | | 0 at −10 | | | 1 | | MIT |

Two of its functions are not used: \`ndtr\` is 0 below −27 and \`igami\` gives up for some degrees of freedom above 7000; the incomplete gamma function,
and halving, stand in for them. The package compiles its code while it loads, so \`require('seatrial/stats')\` does not work; \`import\` does.
`;

if (import.meta.main) {
  const simulated = simulateAll();
  const page = methodsPage(simulated);
  const data = `${JSON.stringify(simulated, null, 2)}\n`;
  if (process.argv.includes('--check')) {
    const same = readFileSync(pagePath, 'utf8') === page && readFileSync(simulatedPath, 'utf8') === data;
    if (!same) {
      process.stderr.write(
        'docs/methods.md is not what the code makes: run node scripts/chores/methods.ts and look at the difference\n',
      );
      process.exitCode = 1;
    }
  } else {
    writeFileSync(simulatedPath, data);
    writeFileSync(pagePath, page);
    process.stdout.write(
      `docs/methods.md: ${catalogue.length} statistics, ${Object.keys(simulated).length} simulations\n`,
    );
  }
}
