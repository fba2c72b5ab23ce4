import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {identify} from '../lab/proc.ts';
import {takeLock} from './lock.ts';

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lock-'));
  t.teardown(() => rm(path, {recursive: true, force: true}));
  return path;
}

/** A process that may hold a lock, and its end. */
async function stranger(t: ExecutionContext) {
  const child: ChildProcess = spawn('sleep', ['60']);
  t.teardown(() => {
    child.kill('SIGKILL');
  });
  await once(child, 'spawn');
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('no process');
  return {
    identity,
    async end() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const sentence = (taken: Awaited<ReturnType<typeof takeLock>>): string => (taken.ok ? '' : taken.error);
const left = async (path: string) => (await readdir(path)).filter(name => name.endsWith('.lock')).length;

test('two inventories of the same nodes exclude each other, whatever they are called', async t => {
  const path = await folder(t);
  const other = await stranger(t);
  const held = await takeLock(path, 'prod-a', ['10.0.0.1', '10.0.0.2'], other.identity);
  const refused = sentence(await takeLock(path, 'prod-b', ['10.0.0.2', '10.0.0.3']));
  t.regex(refused, /^10\.0\.0\.2 of cluster prod-b, as cluster prod-a, is being worked on by process \d+ \(seatrial/);
  t.regex(refused, new RegExp(`process ${other.identity.pid} .* since \\d{4}-\\d\\d-\\d\\dT`));
  t.is(await left(path), 1);
  if (held.ok) await held.value.release(false);
  t.is(sentence(await takeLock(path, 'prod-b', ['10.0.0.2'])), '');
});

test('the same BMC is the same machine', async t => {
  const path = await folder(t);
  const other = await stranger(t);
  await takeLock(path, 'prod-a', ['10.0.0.1', 'BMC 10.0.9.1:623'], other.identity);
  t.regex(
    sentence(await takeLock(path, 'prod-b', ['10.1.0.1', 'BMC 10.0.9.1:623'])),
    /^BMC 10\.0\.9\.1:623 of cluster/,
  );
});

test('clusters of other machines do not exclude each other', async t => {
  const path = await folder(t);
  const other = await stranger(t);
  await takeLock(path, 'prod-a', ['10.0.0.1', '10.0.0.2'], other.identity);
  await takeLock(path, 'trial', [], other.identity);
  t.is(sentence(await takeLock(path, 'prod-b', ['10.0.0.3'])), '');
  t.is(sentence(await takeLock(path, 'second', [])), '');
});

test('one name is one journal: excluded too, whichever machines', async t => {
  const path = await folder(t);
  const other = await stranger(t);
  await takeLock(path, 'prod-a', ['10.0.0.1'], other.identity);
  t.regex(sentence(await takeLock(path, 'prod-a', ['10.0.0.9'])), /^cluster prod-a is being worked on by process/);
});

test('the lock of a killed process is taken over', async t => {
  const path = await folder(t);
  const other = await stranger(t);
  await takeLock(path, 'prod-a', ['10.0.0.1'], other.identity);
  t.not(sentence(await takeLock(path, 'prod-a', ['10.0.0.1'])), '');
  await other.end();
  t.is(sentence(await takeLock(path, 'prod-a', ['10.0.0.1'])), '');
  t.is(await left(path), 1);
});

test('the pid of a holder under another start time, or of another boot, is another process', async t => {
  const path = await folder(t);
  const {identity} = await stranger(t);
  await takeLock(path, 'a', ['10.0.0.1'], {...identity, startTicks: '1'});
  const taken = await takeLock(path, 'a', ['10.0.0.1'], identity);
  t.is(sentence(taken), '');
  const [file = ''] = await readdir(path);
  const text = await readFile(join(path, file), 'utf8');
  t.regex(text, /"boot":"[0-9a-f-]{36}"/);
  await writeFile(join(path, file), text.replace(/"boot":"[0-9a-f-]+"/, '"boot":"another"'));
  t.is(sentence(await takeLock(path, 'a', ['10.0.0.1'])), '');
});

test('what a dead process left in force under another name is told, and healing it frees the machines', async t => {
  const path = await folder(t);
  const other = await stranger(t);
  await takeLock(path, 'prod-a', ['10.0.0.1'], other.identity);
  await writeFile(join(path, 'prod-a.jsonl'), '{"id":1}\n');
  await other.end();
  const refused = sentence(await takeLock(path, 'prod-b', ['10.0.0.1']));
  t.regex(refused, /left something in force: run seatrial heal with the inventory of prod-a first$/);
  // Under its own name it can be healed; given back while something stays in force, the machines still say so.
  const healing = await takeLock(path, 'prod-a', ['10.0.0.1']);
  if (!healing.ok) return t.fail(healing.error);
  await healing.value.release(true);
  t.regex(sentence(await takeLock(path, 'prod-b', ['10.0.0.1'])), /left something in force/);
  const again = await takeLock(path, 'prod-a', ['10.0.0.1']);
  await rm(join(path, 'prod-a.jsonl'));
  if (again.ok) await again.value.release(false);
  t.is(sentence(await takeLock(path, 'prod-b', ['10.0.0.1'])), '');
});

test('a lock that cannot be read is nobody’s to remove but a person’s', async t => {
  const path = await folder(t);
  await writeFile(join(path, 'x.lock'), '{"pid":');
  t.regex(sentence(await takeLock(path, 'a', [])), /x\.lock cannot be read: where no seatrial works/);
});

test('a lock of before locks knew machines counts by its cluster, while its process lives', async t => {
  const path = await folder(t);
  const other = await stranger(t);
  const {pid, startTicks: startedTicks} = other.identity;
  await writeFile(join(path, 'prod-a.lock'), JSON.stringify({pid, startedTicks}));
  t.regex(sentence(await takeLock(path, 'prod-a', [])), new RegExp(`by process ${pid} \\(an older seatrial\\)`));
  t.is(sentence(await takeLock(path, 'prod-b', ['10.0.0.1'])), '');
  await other.end();
  t.is(sentence(await takeLock(path, 'prod-a', [])), '');
});

test('of many that begin in the same moment never two hold it', async t => {
  const path = await folder(t);
  const {identity} = await stranger(t);
  const taken = await Promise.all(
    Array.from({length: 6}, (_, index) => takeLock(path, `c${index}`, ['10.0.0.1'], identity)),
  );
  const holders = taken.filter(one => one.ok);
  t.true(holders.length <= 1);
  t.is(await left(path), holders.length);
});
