import {mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {type Batch, contentsOf, maxFileBytes, readBatch} from './read-files/batch.ts';
import {pooled} from './read-files/pool.ts';
import {inspectFiles} from './read-files.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures');
const good = ['fio-3.42/randread-jsonplus.out', 'iperf3-3.21/tcp.out', 'fio-3.33/group-reporting.out'].map(path =>
  join(fixtures, path),
);

async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const answer of answers) list.push(answer);
  return list;
}

test('files come in the order given, and one that cannot be read is an entry', async t => {
  const paths = [good[0] ?? '', '/nowhere.json', good[1] ?? ''];
  const contents = await all(inspectFiles(paths));
  t.deepEqual(
    contents.map(({file}) => file),
    paths,
  );
  t.deepEqual(
    contents.map(({tool, error}) => [tool, error === undefined]),
    [
      ['fio', true],
      [undefined, false],
      ['iperf3', true],
    ],
  );
  t.regex(contents[1]?.error?.found ?? '', /ENOENT/);
  t.regex(contentsOf(fixtures).error?.found ?? '', /EISDIR/);
});

test('threads give the same answers in the same order as one thread', async t => {
  const batches: Batch[] = Array.from({length: 40}, (_, n) => ({
    task: {kind: 'inspect'},
    paths: n % 7 === 0 ? [`/nowhere-${n}`] : [good[n % good.length] ?? '', good[(n + 1) % good.length] ?? ''],
  }));
  t.deepEqual(await all(pooled(batches)), batches.map(readBatch));
});

test('a reader that stops early ends the threads', async t => {
  for await (const answer of pooled([{task: {kind: 'inspect'}, paths: good}])) {
    t.is(answer.kind, 'inspect');
    break;
  }
});

test('a thread that dies is a failure that names its files, never a shorter list', async t => {
  const broken: Batch = JSON.parse('{"task": null, "paths": ["b.json"]}');
  await t.throwsAsync(all(pooled([{task: {kind: 'inspect'}, paths: good}, broken])), {
    message: /^a thread died on one of b\.json: /,
  });
});

test('a file too large to be held is refused', t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-read-'));
  const path = join(folder, 'large');
  writeFileSync(path, '');
  t.regex(contentsOf(path).error?.found ?? '', /empty/);
  truncateSync(path, maxFileBytes + 1);
  t.is(contentsOf(path).error?.found, '129 MiB');
  rmSync(folder, {recursive: true});
});
