import type {Sample} from '../../../harness/types.ts';
import {type Canvas, type Chart, draw, linearTicks} from '../../document/charts/draw.ts';
import {blocks, type Frame, type Layer, segments, textAbove, textAside} from '../../document/charts/layers.ts';
import {blockKey, legend, lineKey} from '../../document/charts/legend.ts';
import {colour} from '../../document/charts/palette.ts';
import type {Words} from '../../document/document.ts';
import {byCount, byText, clipped, oneLine} from '../../words/text.ts';
import {formatBound, formatQuantity, missing, scaleFor} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import type {Sources} from '../sources.ts';

const maxLegs = 80;
const rowHeight = 24;
const columns = ['migration.blackout', 'migration.downtime', 'migration.total', 'migration.transferred'] as const;

interface Leg {
  trial: string;
  profile: string;
  leg: string;
  repetition: string;
  blackout?: Sample;
  downtime?: Sample;
  total?: Sample;
  transferred?: Sample;
}

/** What a client missed against what QEMU says it paused: one row for each leg of each migration. */
export async function migrationChart(sources: Sources): Promise<Chart | undefined> {
  const all = legsOf(sources);
  if (!all.some(leg => leg.blackout || leg.downtime)) return undefined;
  const rows = all.filter(leg => leg.blackout || leg.downtime).slice(0, maxLegs);
  const values = rows
    .flatMap(leg => [leg.blackout, leg.downtime])
    .flatMap(sample => (sample && Number.isFinite(sample.value) ? [sample.value] : []));
  const bounds = sources.report.verdicts
    .flatMap(({targets}) => targets.map(({target}) => target))
    .filter(
      target =>
        target.unit === 's' &&
        target.statistic !== 'ratio' &&
        (target.metric === 'migration.blackout' || target.metric === 'migration.downtime'),
    );
  const limits = [
    ...new Map(
      bounds.flatMap(target => {
        const seconds = target.statistic === 'proportion' ? target.limit : target.bound;
        if (seconds === undefined || !(seconds > 0) || !Number.isFinite(seconds)) return [];
        const what = target.metric === 'migration.blackout' ? 'blackout' : 'downtime';
        const text = `${what} ≤ ${formatBound(seconds, 's')} (${oneLine(target.claim)})`;
        return [[text, {seconds, text}] as const];
      }),
    ).values(),
  ].sort((a, b) => a.seconds - b.seconds || byText(a.text, b.text));
  const longest = values.reduce((most, value) => Math.max(most, value), 0);
  const near = limits.filter(limit => limit.seconds <= longest * 3).slice(0, 4);
  const far = limits.filter(limit => limit.seconds > longest * 3);
  const top = near.reduce((most, limit) => Math.max(most, limit.seconds), longest);
  const scale = scaleFor('s', top || 1);
  const frame: Frame = {
    x: {title: scale.symbol, ticks: linearTicks((top || 1) * scale.factor * 1.02, 6), log: false},
    y: {rows: rows.length},
  };
  const canvas: Canvas = {
    width: 330,
    height: rows.length * rowHeight,
    margin: {left: 170, right: 180, top: 10 + near.length * 14, bottom: 38},
  };
  const end = frame.x.ticks.at(-1) ?? 1;
  const bar = (pick: (leg: Leg) => Sample | undefined, half: number) =>
    rows.flatMap((leg, index) => {
      const sample = pick(leg);
      return sample && Number.isFinite(sample.value)
        ? [{x: 0, x2: sample.value * scale.factor, y: index + 0.5 - half, y2: index + 0.5 + half}]
        : [];
    });
  const number = (sample: Sample | undefined) =>
    sample ? `${sample.censored ? '> ' : ''}${formatQuantity(sample.value, 's')}` : missing;
  const layers: Layer[] = [
    blocks(
      frame,
      bar(leg => leg.blackout, 0.34),
      colour.blackout,
      colour.paper,
    ),
    blocks(
      frame,
      bar(leg => leg.downtime, 0.14),
      colour.ink,
    ),
    textAside(
      frame,
      -162,
      rows.map((leg, index) => ({y: index + 0.5, text: clipped(oneLine(leg.profile), 10)})),
      {align: 'left'},
    ),
    textAside(
      frame,
      -86,
      rows.map((leg, index) => ({y: index + 0.5, text: clipped(oneLine(leg.leg), 9)})),
      {align: 'left', colour: colour.muted},
    ),
    textAside(
      frame,
      -8,
      rows.map((leg, index) => ({y: index + 0.5, text: `r${clipped(leg.repetition, 4)}`})),
      {align: 'right', colour: colour.muted},
    ),
    textAside(
      frame,
      canvas.width + 12,
      rows.map((leg, index) => ({
        y: index + 0.5,
        text: `${number(leg.blackout)} seen, ${number(leg.downtime)} paused`,
      })),
      {align: 'left'},
    ),
    segments(
      frame,
      near.map(({seconds}) => ({x: seconds * scale.factor, x2: seconds * scale.factor, y: 0, y2: rows.length})),
      {colour: colour.limit, width: 1.5, dash: [5, 3]},
    ),
    ...near.map(({seconds, text}, index) => {
      const right = (seconds * scale.factor) / end > 0.6;
      return textAbove(frame, -6 - index * 14, [{x: seconds * scale.factor, text: clipped(text, 48)}], {
        align: right ? 'right' : 'left',
        colour: colour.limit,
        size: 10,
        dx: right ? 3 : -3,
      });
    }),
  ];
  const both = all
    .flatMap(leg => (leg.blackout && leg.downtime ? [leg.blackout.value - leg.downtime.value] : []))
    .filter(Number.isFinite);
  const title = "Migration: blackout seen by a client, and QEMU's own downtime";
  const summary = [
    `${plural(all.length, 'leg')} of live migrations.`,
    both.length > 0
      ? `The client missed between ${formatQuantity(least(both), 's')} and ${formatQuantity(most(both), 's')} more than QEMU's pause.`
      : '',
    ...far.map(limit => `Not on this scale: ${limit.text}.`),
  ]
    .filter(part => part !== '')
    .join(' ');
  return {
    id: 'migration',
    title,
    summary,
    svg: await draw('migration', canvas, layers, title, summary),
    legend: legend([
      {key: blockKey(colour.blackout, colour.ink), text: 'blackout seen by the client (wide bar)'},
      {key: blockKey(colour.ink, colour.ink), text: "QEMU's downtime (narrow bar)"},
      ...(near.length > 0 ? [{key: lineKey(colour.limit, '5 3'), text: 'promised bound'}] : []),
    ]),
    table: {
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
      rows: all.map(leg => [
        {href: `#trial-${leg.trial}`, words: `#${leg.trial}`},
        oneLine(leg.profile),
        oneLine(leg.leg) || missing,
        leg.repetition,
        ...[leg.blackout, leg.downtime, leg.total, leg.transferred].map(
          (sample): Words => (sample ? sources.number(sample) : {absent: 'not measured'}),
        ),
      ]),
    },
  };
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function legsOf(sources: Sources): Leg[] {
  const legs = new Map<string, Leg>();
  for (const metric of columns) {
    for (const sample of sources.ofMetric(metric)) {
      const {trial = '', profile = '', leg = '', repetition = ''} = sample.labels;
      const key = JSON.stringify([trial, profile, leg]);
      const row = legs.get(key) ?? {trial, profile, leg, repetition};
      if (metric === 'migration.blackout') row.blackout = sample;
      else if (metric === 'migration.downtime') row.downtime = sample;
      else if (metric === 'migration.total') row.total = sample;
      else row.transferred = sample;
      legs.set(key, row);
    }
  }
  const order = new Map(sources.report.header.profiles.map((profile, index) => [profile.name, index]));
  const rank = (profile: string) => order.get(profile) ?? order.size;
  return [...legs.values()].sort(
    (a, b) =>
      rank(a.profile) - rank(b.profile) ||
      byText(a.profile, b.profile) ||
      byCount(a.repetition, b.repetition) ||
      byCount(a.trial, b.trial) ||
      byText(a.leg, b.leg),
  );
}
