import {appendFile, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {type Journal, openJournal} from './journal.ts';

async function folder(t: {teardown(fn: () => Promise<void>): void}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'journal-'));
  t.teardown(() => rm(path, {recursive: true, force: true}));
  return path;
}
async function opened(path: string): Promise<Journal> {
  const journal = await openJournal(path, 'c');
  if (!journal.ok) throw new Error(journal.error);
  return journal.value;
}
const fault = {kind: 'fault', name: 'nic-down', host: 'n1', describe: 'ip link set clus0 down'} as const;

test('what is begun and not done is in force for the next process, newest first', async t => {
  const path = await folder(t);
  const first = await opened(path);
  const entry = await first.begin(fault);
  await first.begin({kind: 'profile', previous: []});
  await first.release();
  const second = await opened(path);
  t.deepEqual(
    second.inForce().map(x => x.kind),
    ['profile', 'fault'],
  );
  await second.done(entry);
  t.deepEqual(
    second.inForce().map(x => x.kind),
    ['profile'],
  );
  await second.release();
});

test('a torn last line is dropped and does not hide the next one', async t => {
  const path = await folder(t);
  const first = await opened(path);
  await first.begin(fault);
  await first.release();
  await appendFile(join(path, 'c.jsonl'), '{"id":2,"kind":"fau');
  const second = await opened(path);
  t.is(second.inForce().length, 1);
  await second.begin({...fault, host: 'n2'});
  await second.release();
  t.deepEqual(
    (await opened(path)).inForce().map(x => (x.kind === 'fault' ? x.host : '')),
    ['n2', 'n1'],
  );
});

test('one at a time, and a journal that was given back is free', async t => {
  const path = await folder(t);
  const first = await opened(path);
  const refused = await openJournal(path, 'c');
  t.regex(refused.ok ? '' : refused.error, new RegExp(`^cluster c is being worked on by process ${process.pid} `));
  await first.release();
  await (await opened(path)).release();
});
