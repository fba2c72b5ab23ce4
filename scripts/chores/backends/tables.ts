/** The tables of docs/backends.md. Pure. */
import {storeBackends} from '../../../harness/storage/stores/index.ts';
import {type StoreKind, storeKinds} from '../../../harness/types.ts';
import type {StoredStores, StoreFigure} from './stored.ts';

/** The guide, section 2.3; it lost the digits before the decimal point of the percentages. */
const guide: Partial<Record<StoreKind, string>> = {
  cephfs: '8–15 µs, 99.999 %',
  gluster: '12–25 µs, 99.99 %',
  nfs: '20–40 µs, 99.9 %',
};

export function tables(runs: readonly StoredStores[]): string {
  const all = runs.flatMap(run => run.figures);
  const figures = all.filter(({part}) => part === undefined);
  const kinds = storeKinds.filter(kind => figures.some(each => each.kind === kind));
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [`${title}: none.`] : [`${title}:`, lines.map(line => `- ${line}`).join('\n')];
  return [
    runs.map(({run, commit}) => `Run ${run} at ${commit.slice(0, 10)}.`).join(' ') || 'No run is kept.',
    table(
      ['store', 'the guide', 'read, depth 1', 'durable write, depth 1', 'a server is lost', 'blocks lost'],
      kinds.map(kind => rowOf(kind, figures)),
    ),
    ...partsTable(all),
    ...list(
      'Gave no figure',
      runs.flatMap(run => run.without),
    ),
    ...list(
      'Critical findings',
      runs.flatMap(run => run.critical),
    ),
  ].join('\n\n');
}

function rowOf(kind: StoreKind, all: readonly StoreFigure[]): readonly string[] {
  const own = all.filter(each => each.kind === kind);
  const lost = own.filter(({figure}) => figure === 'lost');
  return [
    storeBackends[kind].title,
    guide[kind] ?? '',
    loadOf(own, 'read'),
    loadOf(own, 'write'),
    stallOf(own),
    lost.length === 0 ? '' : String(lost.reduce((sum, {value}) => sum + value, 0)),
  ];
}

/** A part of a store that failed while its node lived: the longest of all trials, and everything that was lost. */
function partsTable(all: readonly StoreFigure[]): readonly string[] {
  const parts = [...new Set(all.flatMap(({part}) => part ?? []))].sort();
  if (parts.length === 0) return [];
  const rows = parts.map(part => {
    const own = all.filter(each => each.part === part);
    const of = (figure: StoreFigure['figure']) => own.filter(each => each.figure === figure);
    const [kind] = own.map(each => each.kind);
    const sum = (figure: StoreFigure['figure']) => {
      const some = of(figure);
      return some.length === 0 ? '' : String(some.reduce((total, {value}) => total + value, 0));
    };
    return [
      `\`${part}\``,
      kind === undefined ? '' : storeBackends[kind].title,
      String(of('stall').length),
      longest(of('stall')),
      longest(of('metadata-stall')),
      sum('errors'),
      sum('lost'),
    ];
  });
  return [
    'A part of a store failed while its node lived:',
    table(
      [
        'scenario',
        'store',
        'trials',
        'writes stood still',
        'files stood still',
        'writes told as failed',
        'blocks lost',
      ],
      rows,
    ),
  ];
}

function longest(figures: readonly StoreFigure[]): string {
  const [worst] = figures.toSorted((a, b) => b.value - a.value);
  return worst === undefined ? '' : `${worst.atLeast ? 'at least ' : ''}${time(worst.value)}`;
}

/** At depth 1, over all trials: the median. */
function loadOf(own: readonly StoreFigure[], direction: 'read' | 'write'): string {
  const of = (figure: StoreFigure['figure']) =>
    median(own.filter(each => each.figure === figure && each.direction === direction && each.depth === '1'));
  const [iops, share, p50] = [of('iops'), of('share'), of('p50')];
  if (iops === undefined) return '';
  const against = share === undefined ? '' : `, ${Math.round(share * 100)} % of the null disk`;
  const latency = p50 === undefined ? '' : `, median ${time(p50)}`;
  return `${Math.round(iops)} op/s${against}${latency}`;
}

function stallOf(own: readonly StoreFigure[]): string {
  const stalls = own.filter(({figure}) => figure === 'stall');
  const [first] = stalls;
  if (first === undefined) return '';
  const told = stalls.map(({value, atLeast}) => `${atLeast ? 'at least ' : ''}${time(value)}`).join('; ');
  const why = 'not applicable: served by one node; stood still until that was back, ';
  return first.copies === 'one' ? `${why}${told}` : `stood still ${told}`;
}

function median(figures: readonly StoreFigure[]): number | undefined {
  const values = figures.map(({value}) => value).sort((a, b) => a - b);
  const [low, high] = [values[Math.floor((values.length - 1) / 2)], values[Math.floor(values.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

function time(seconds: number): string {
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  return seconds < 1 ? `${(seconds * 1000).toPrecision(3)} ms` : `${seconds.toFixed(1)} s`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
