import type {Sample} from '../../../harness/types.ts';
import {linearAxis} from '../../document/charts/axes.ts';
import type {Chart, DataTable} from '../../document/charts/draw.ts';
import {blockKey, lineKey} from '../../document/charts/legend.ts';
import {colour} from '../../document/charts/palette.ts';
import {type Mark, plotted} from '../../document/charts/plot.ts';
import {aside, type Bound, bars, boundLines, boundNames, boundsHeight, nearAndFar} from '../../document/charts/rows.ts';
import type {Words} from '../../document/document.ts';
import {byCount, byText, clipped, oneLine} from '../../words/text.ts';
import {formatBound, formatQuantity, missing, scaleFor} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import type {Report} from '../report.ts';
import type {Sources} from '../sources.ts';
import {boundsOf} from './bounds.ts';

const maxRows = 80;
const rowHeight = 24;
const columns = ['migration.blackout', 'migration.downtime', 'migration.total', 'migration.transferred'] as const;

/** One direction of one migration. */
interface Direction {
  trial: string;
  profile: string;
  leg: string;
  repetition: string;
  blackout?: Sample;
  downtime?: Sample;
  total?: Sample;
  transferred?: Sample;
}

/** What a client missed against what QEMU says it paused: one row for each direction of each migration. */
export async function migrationChart(sources: Sources): Promise<Chart | undefined> {
  const all = directionsOf(sources);
  const measured = all.filter(({blackout, downtime}) => blackout || downtime);
  if (measured.length === 0) return undefined;
  const rows = measured.slice(0, maxRows);
  const values = rows.flatMap(({blackout, downtime}) => [...finiteOf(blackout), ...finiteOf(downtime)]);
  const longest = most(0, values);
  const bounds = nearAndFar(promisedBounds(sources.report), longest);
  const near = bounds.near.slice(0, 4);
  const top =
    most(
      longest,
      near.map(({value}) => value),
    ) || 1;
  return plotted({
    id: 'migration',
    title: "Migration: blackout seen by a client, and QEMU's own downtime",
    summary: summaryOf(all, bounds.far),
    canvas: {
      width: 330,
      height: rows.length * rowHeight,
      margin: {left: 170, right: 180, top: boundsHeight(near), bottom: 38},
    },
    x: linearAxis(symbol => symbol, top * 1.02, scaleFor('s', top)),
    y: {rows: rows.length},
    marks: [...rowMarks(rows), boundLines(near), boundNames(near, 48)],
    legend: [
      {key: blockKey(colour.blackout, colour.ink), text: 'blackout seen by the client (wide bar)'},
      {key: blockKey(colour.ink, colour.ink), text: "QEMU's downtime (narrow bar)"},
      ...(near.length > 0 ? [{key: lineKey(colour.limit, '5 3'), text: 'promised bound'}] : []),
    ],
    table: numbersOf(all, sources),
  });
}

function rowMarks(rows: readonly Direction[]): readonly Mark[] {
  const bar = (sample: Sample | undefined) => finiteOf(sample).map(high => ({low: 0, high}));
  const number = (sample: Sample | undefined) =>
    sample ? `${sample.censored ? '> ' : ''}${formatQuantity(sample.value, 's')}` : missing;
  return [
    bars(rows, ({blackout}) => bar(blackout), [0.16, 0.84], colour.blackout, colour.paper),
    bars(rows, ({downtime}) => bar(downtime), [0.36, 0.64], colour.ink),
    aside(rows, {left: -162}, ({profile}) => clipped(oneLine(profile), 10), {align: 'left'}),
    aside(rows, {left: -86}, ({leg}) => clipped(oneLine(leg), 9), {align: 'left', colour: colour.muted}),
    aside(rows, {left: -8}, ({repetition}) => `r${clipped(repetition, 4)}`, {align: 'right', colour: colour.muted}),
    aside(rows, {right: 12}, ({blackout, downtime}) => `${number(blackout)} seen, ${number(downtime)} paused`, {
      align: 'left',
    }),
  ];
}

function finiteOf(sample: Sample | undefined): readonly number[] {
  return sample && Number.isFinite(sample.value) ? [sample.value] : [];
}

function promisedBounds(report: Report): readonly Bound[] {
  return boundsOf(report, ({metric, claim}, seconds) => {
    if (metric !== 'migration.blackout' && metric !== 'migration.downtime') return undefined;
    const what = metric === 'migration.blackout' ? 'blackout' : 'downtime';
    return {text: `${what} ≤ ${formatBound(seconds, 's')} (${oneLine(claim)})`};
  });
}

function summaryOf(all: readonly Direction[], far: readonly Bound[]): string {
  const both = all
    .flatMap(({blackout, downtime}) => (blackout && downtime ? [blackout.value - downtime.value] : []))
    .filter(Number.isFinite);
  const least = both.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  return [
    `${plural(all.length, 'leg')} of live migrations.`,
    both.length > 0
      ? `The client missed between ${formatQuantity(least, 's')} and ${formatQuantity(most(Number.NEGATIVE_INFINITY, both), 's')} more than QEMU's pause.`
      : '',
    ...far.map(limit => `Not on this scale: ${limit.text}.`),
  ]
    .filter(part => part !== '')
    .join(' ');
}

function most(least: number, values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value), least);
}

function numbersOf(all: readonly Direction[], sources: Sources): DataTable {
  return {
    caption: 'Live migrations, leg by leg',
    columns: [
      {title: 'Trial'},
      {title: 'Profile'},
      {title: 'Leg'},
      {title: 'Repetition', numeric: true},
      {title: 'Client-seen blackout', numeric: true},
      {title: 'QEMU downtime', numeric: true},
      {title: 'Total time', numeric: true},
      {title: 'Data moved', numeric: true},
    ],
    rows: all.map(({trial, profile, leg, repetition, blackout, downtime, total, transferred}) => [
      {href: `#trial-${trial}`, words: `#${trial}`},
      oneLine(profile),
      oneLine(leg) || missing,
      repetition,
      ...[blackout, downtime, total, transferred].map(
        (sample): Words => (sample ? sources.number(sample) : {absent: 'not measured'}),
      ),
    ]),
  };
}

function directionsOf(sources: Sources): Direction[] {
  const found = new Map<string, Direction>();
  for (const metric of columns) {
    for (const sample of sources.ofMetric(metric)) {
      const {trial = '', profile = '', leg = '', repetition = '', guest = ''} = sample.labels;
      // Of a matrix, or of a migration that was struck, other charts and tables tell.
      if (leg === '') continue;
      const key = JSON.stringify([trial, profile, leg, guest]);
      const row = found.get(key) ?? {trial, profile, leg, repetition};
      if (metric === 'migration.blackout') row.blackout = sample;
      else if (metric === 'migration.downtime') row.downtime = sample;
      else if (metric === 'migration.total') row.total = sample;
      else row.transferred = sample;
      found.set(key, row);
    }
  }
  const order = new Map(sources.report.header.profiles.map((profile, index) => [profile.name, index]));
  const rank = (profile: string) => order.get(profile) ?? order.size;
  return [...found.values()].sort(
    (a, b) =>
      rank(a.profile) - rank(b.profile) ||
      byText(a.profile, b.profile) ||
      byCount(a.repetition, b.repetition) ||
      byCount(a.trial, b.trial) ||
      byText(a.leg, b.leg),
  );
}
