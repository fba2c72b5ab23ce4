import {readFileSync} from 'node:fs';
import test from 'ava';
import {pageFile, withTables} from './files.ts';
import type {StoredStores, StoreFigure} from './stored.ts';
import {tables} from './tables.ts';

const figure = (kind: StoreFigure['kind'], more: Partial<StoreFigure>): StoreFigure => ({
  trial: 1,
  kind,
  figure: 'iops',
  value: 1,
  ...more,
});
const run = (figures: readonly StoreFigure[]): StoredStores => ({
  run: 'r',
  startedAt: '2026-11-28T12:00:00Z',
  commit: '0123456789abcdef',
  figures: [...figures],
  without: ['a: expected b, found c'],
  critical: [],
});

test('the page is what the script makes of what is kept', t => {
  const page = readFileSync(pageFile, 'utf8');
  t.is(withTables(page), page, 'run: node scripts/chores/backends.ts');
  t.throws(() => withTables('# nothing'), {message: /has no <!-- made/});
});

test('a load is told at depth 1, as a median, with its share of the null disk', t => {
  const read = {direction: 'read', depth: '1'} as const;
  const text = tables([
    run([
      figure('nfs', {...read, value: 100}),
      figure('nfs', {...read, value: 300}),
      figure('nfs', {...read, depth: '16', value: 9000}),
      figure('nfs', {...read, figure: 'share', value: 0.5}),
      figure('nfs', {...read, figure: 'p50', value: 0.0005}),
    ]),
  ]);
  t.regex(text, /\| 20–40 µs, 99\.9 % \| 200 op\/s, 50 % of the null disk, median 500 µs \|/);
  t.regex(text, /Gave no figure:\n\n- a: expected b, found c/);
});

test('a store that one node serves is not applicable, and no pass', t => {
  const text = tables([
    run([
      figure('nbd', {figure: 'stall', copies: 'one', value: 26.77}),
      figure('nbd', {figure: 'lost', copies: 'one', value: 0}),
      figure('gluster', {figure: 'stall', copies: 'several', value: 78.98, atLeast: true}),
      figure('gluster', {figure: 'lost', copies: 'several', value: 3}),
    ]),
  ]);
  t.regex(text, /NBD .*not applicable: served by one node; stood still until that was back, 26\.8 s \| 0 \|/);
  t.regex(text, /GlusterFS .* stood still at least 79\.0 s \| 3 \|/);
});

test('a part that fails has a table of its own, and is no lost server', t => {
  const part = 'failover/brick-killed';
  const text = tables([
    run([
      figure('gluster', {figure: 'stall', copies: 'several', value: 79}),
      figure('gluster', {part, figure: 'stall', copies: 'several', value: 0.05}),
      figure('gluster', {part, figure: 'stall', copies: 'several', value: 0.4, trial: 2}),
      figure('gluster', {part, figure: 'errors', copies: 'several', value: 0}),
      figure('gluster', {part, figure: 'lost', copies: 'several', value: 0}),
      figure('gluster', {part, figure: 'lost', copies: 'several', value: 2, trial: 2}),
    ]),
  ]);
  t.regex(text, /\| GlusterFS \|.*\| stood still 79\.0 s \| {2}\|/);
  t.regex(text, /\| `failover\/brick-killed` \| GlusterFS \| 2 \| 400 ms \| {2}\| 0 \| 2 \|/);
});
