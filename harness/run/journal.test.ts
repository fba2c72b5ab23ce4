import {appendFile, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
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
const fault = {
  kind: 'fault',
  fault: 'nic-down',
  nodes: ['n1'],
  parameters: {plane: 'cluster'},
  describe: 'ip link set clus0 down',
} as const;

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
  await second.begin({...fault, nodes: ['n2']});
  await second.release();
  t.deepEqual(
    (await opened(path)).inForce().map(x => (x.kind === 'fault' ? x.nodes.join() : '')),
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

test('faults of an older journal are read as kind, nodes and parameters', async t => {
  const path = await folder(t);
  const at = '2026-11-20T10:00:00.000Z';
  const lines = [
    {id: 1, at, kind: 'fault', name: 'host-crash', host: 'n2', describe: 'power off'},
    {id: 2, at, kind: 'fault', name: 'partition:storage', host: 'n1,n3', describe: 'iptables'},
    {id: 3, at, kind: 'profile', previous: [{id: 'mtu', driver: 'link', key: 'storage.mtu', value: '1500', why: 'w'}]},
  ];
  await writeFile(join(path, 'c.jsonl'), lines.map(line => `${JSON.stringify(line)}\n`).join(''));
  const journal = await opened(path);
  const [settings, parted, crashed] = journal.inForce();
  t.is(settings?.kind, 'profile');
  t.deepEqual(parted, {
    id: 2,
    at,
    kind: 'fault',
    fault: 'partition',
    nodes: ['n1', 'n3'],
    parameters: {plane: 'storage'},
    describe: 'iptables',
  });
  t.like(crashed, {fault: 'host-crash', nodes: ['n2'], parameters: {}});
  await journal.release();
});

test('planted: a damaged line in the middle is refused with its place, and nothing is lost', async t => {
  const path = await folder(t);
  const first = await opened(path);
  await first.begin(fault);
  await first.begin({...fault, nodes: ['n2']});
  await first.release();
  const file = join(path, 'c.jsonl');
  const whole = await readFile(file, 'utf8');
  for (const [damaged, place] of [
    [whole.replace('"kind"', '"knd"'), /c\.jsonl, line 1.*: expected .*undo it by hand/],
    [whole.replace('"nodes":["n2"]', '"nodes":"n2"'), /c\.jsonl, line 2/],
    [whole.replace('{', ''), /c\.jsonl, line 1/],
  ] as const) {
    await writeFile(file, damaged);
    const refused = await openJournal(path, 'c');
    t.regex(refused.ok ? 'opened' : refused.error, place);
    t.is(await readFile(file, 'utf8'), damaged);
  }
  await writeFile(file, whole);
  t.is((await opened(path)).inForce().length, 2);
});
