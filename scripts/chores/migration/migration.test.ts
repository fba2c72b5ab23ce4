import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {StoredRun} from '../../../harness/types.ts';
import {keptCells, pageFile, pictureFile, withFigures} from './files.ts';
import {picture} from './picture.ts';
import {compact, type MigrationCell, type StoredMigration} from './stored.ts';
import {figures} from './table.ts';

const cell = (option: string, dirtyMiBPerSecond: number, converged: boolean): MigrationCell => ({
  option,
  dirtyMiBPerSecond,
  limitMiBPerSecond: 16,
  together: 1,
  guest: 'vm1',
  totalSeconds: converged ? 20.44 : 60.2,
  end: converged ? 'moved' : 'called-back',
  blackoutSeconds: 0.42,
});
const run = (cells: readonly MigrationCell[], critical: readonly string[] = []): StoredMigration => ({
  run: 'r',
  startedAt: '2026-11-28',
  commit: 'abc',
  cells: [...cells],
  answered: cells.length - critical.length,
  critical: [...critical],
});

test('docs/migration.md and its picture are what the kept runs say', async t => {
  const page = readFileSync(pageFile, 'utf8');
  t.is(page, withFigures(page), 'write it anew: node scripts/chores/migration.ts');
  t.is(readFileSync(pictureFile, 'utf8'), await picture(keptCells()));
  t.throws(() => withFigures('# a page without a place for figures'), {message: /has no/});
});

test('an option stops converging between the last writer that it ended against and the first that it did not', t => {
  const cells = [
    cell('xbzrle', 8, true),
    cell('xbzrle', 12, true),
    cell('xbzrle', 16, false),
    cell('xbzrle', 20, true),
  ];
  const text = figures([run([...cells, cell('post-copy', 20, true)])]);
  t.regex(text, /\| xbzrle \| between 12 and 16 MiB\/s \| 4 \|/);
  t.regex(text, /\| post-copy \| it ended up to 20 MiB\/s \| 1 \|/);
  t.regex(text, /\| 16 \| xbzrle \| 1 \| 16 MiB\/s \| called back after 60\.2 s \|.* 420 ms \|/);
  t.regex(figures([run([cell('multifd', 0, false)])]), /\| multifd \| below all that was tried \| 1 \|/);
});

test('a guest that was broken is told, and counts as one that did not answer', t => {
  const broken: MigrationCell = {...cell('xbzrle', 16, true), end: 'broken'};
  const text = figures([run([cell('xbzrle', 8, true), broken], ['xbzrle: vm1 cannot be asked'])]);
  t.regex(text, /\| 16 \| xbzrle \|.*\| 20\.4 s, \*\*the guest was broken\*\* \|/);
  t.regex(text, /2 migrations in 1 runs; from inside, 1 of the guests/);
  t.true(text.includes('- xbzrle: vm1 cannot be asked'));
});

test('several at once, and other limits, are no part of the picture', t => {
  const text = figures([run([cell('pre-copy', 8, true), {...cell('pre-copy', 4, true), together: 4}])]);
  t.true(text.indexOf('Others') < text.indexOf('| 4 | pre-copy | 4 |'));
});

test('a stored trial is kept by cell, with what did not converge', async t => {
  const folder = join(import.meta.dirname, '../../../fixtures/migration-matrix');
  const artefacts = {
    names: ['matrix.json', 'beacon.log'],
    text: (name: string) => ({ok: true as const, value: readFileSync(join(folder, name), 'utf8')}),
  };
  const planned = {scenario: 'migration/matrix', parameters: {bandwidthMiBPerSecond: 24}};
  const stored = {header: {id: 'r', startedAt: '', commit: ''}, trials: [{record: {planned}, artefacts}]};
  const kept = compact(stored as unknown as StoredRun);
  t.deepEqual(
    kept.cells.map(({option, limitMiBPerSecond, end}) => [option, limitMiBPerSecond, end]),
    [
      ['pre-copy', 24, 'called-back'],
      ['post-copy', 24, 'moved'],
    ],
  );
  t.deepEqual([kept.answered, kept.critical], [2, []]);
});
