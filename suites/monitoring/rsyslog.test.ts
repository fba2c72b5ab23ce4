/** The way of log lines itself, by rsyslogd on the machine of the test: its collector is killed and comes back. */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {quantityCommand} from '../../harness/probes/alarms/quantity.ts';
import {readerCommand, writerCommand} from '../../harness/probes/logs/driver.ts';
import {type LogQueue, ownLogs, startLogs} from '../../harness/services/logs.ts';
import type {Artefacts, Command, Host} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {
  type LogRecord,
  measureLogs,
  readArtefact,
  recordArtefact,
  spoolArtefact,
  writtenArtefact,
} from './logs-measure.ts';

const theirs = '/var/tmp/seatrial-logs';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The configuration of both, as a trial writes it. */
async function configurations(queue: LogQueue): Promise<{sender: string; collector: string}> {
  const {cluster, asked} = fakeCluster(() => ({}));
  const [first, second] = cluster.nodes as [Host, Host];
  await startLogs(cluster, first, second, queue);
  const of = ({name}: Host) => asked.find(({host, stdin}) => host === name && stdin !== undefined)?.stdin ?? '';
  return {sender: of(first), collector: of(second)};
}

/** Programs of the test, each ended by its number. */
function programs(t: ExecutionContext) {
  const running: ChildProcess[] = [];
  t.teardown(() => running.forEach(each => void each.kill('SIGKILL')));
  return {
    daemon(at: string): ChildProcess {
      const child = spawn('rsyslogd', ['-n', '-f', join(at, 'conf'), '-i', 'NONE'], {stdio: 'ignore'});
      running.push(child);
      return child;
    },
    probe({argv, stdin}: Command): {child: ChildProcess; said: () => string; ended: Promise<unknown>} {
      const child = spawn(argv[0], argv.slice(1), {stdio: ['pipe', 'pipe', 'ignore']});
      running.push(child);
      let text = '';
      child.stdout?.setEncoding('utf8').on('data', chunk => (text += chunk));
      child.stdin?.end(stdin ?? '');
      return {child, said: () => text, ended: new Promise(resolve => child.once('close', resolve))};
    },
  };
}

const until = async (what: string, condition: () => boolean) => {
  const found = await waitFor(what, 30_000, async () => (condition() ? true : undefined), {intervalMs: 50});
  if (!found.ok) throw new Error(found.error);
};

const there = (path: string): boolean => {
  try {
    return statSync(path).size >= 0;
  } catch {
    return false;
  }
};
const stored = (path: string): number => (there(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0);

interface Way {
  sender: string;
  collector: string;
}

/** Both in folders of their own, which one machine else could not hold. */
async function laid(t: ExecutionContext, queue: LogQueue): Promise<Way> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-rsyslog-test-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const port = String(await freePort());
  const texts = await configurations(queue);
  for (const name of ['sender', 'collector'] as const) {
    mkdirSync(join(folder, name, 'spool'), {recursive: true});
    const text = texts[name].replaceAll(theirs, join(folder, name)).replace(/"20514"/, `"${port}"`);
    writeFileSync(join(folder, name, 'conf'), text.replace(/"10\.0\.0\.2"/, '"127.0.0.1"'));
  }
  return {sender: join(folder, 'sender'), collector: join(folder, 'collector')};
}

/** What a trial keeps, and what is measured by it; `spooled` is where waiting lines are looked for. */
async function tried(t: ExecutionContext, queue: LogQueue, spooled?: (way: Way) => string) {
  const way = await laid(t, queue);
  const at = (path: string, folder: string) => path.replace(theirs, folder);
  const [store, socket] = [at(ownLogs.store, way.collector), at(ownLogs.socket, way.sender)];
  const {daemon, probe} = programs(t);
  const first = daemon(way.collector);
  daemon(way.sender);
  await until('the sender to take lines', () => there(socket));
  const node: Host = {name: 'n1', role: 'node', addresses: {}, interfaces: {}, scratch: []};
  const lines = {mark: 'seatrial-ab12', count: 10_000, everySeconds: 0.03};
  const reader = probe(readerCommand({file: store, from: 0, node}, lines, 120));
  const spool = spooled && probe(quantityCommand({quantity: 'spool', name: spooled(way), everySeconds: 0.1}, 120));
  await until('the reader to look', () => reader.said() !== '' && (spool === undefined || spool.said() !== ''));
  const writer = probe(writerCommand(node, lines, socket));
  await until('lines in the store', () => stored(store) > 10);
  const wallBeforeMs = Date.now();
  first.kill('SIGKILL');
  await new Promise(resolve => first.once('close', resolve));
  const wallAfterMs = Date.now();
  // Beyond the mark of the queue, however slow the machine is.
  const before = writer.said().split('\n').length;
  await until('lines that nobody collects', () => writer.said().split('\n').length > before + 60);
  await wait(1000);
  const healingWallMs = Date.now();
  daemon(way.collector);
  await wait(1000);
  writer.child.kill();
  await writer.ended;
  const taken = writer.said().trim().split('\n').length;
  await waitFor('every line', queue === 'disk' ? 30_000 : 3000, async () =>
    stored(store) >= taken ? true : undefined,
  );
  spool?.child.kill();
  reader.child.kill('SIGINT');
  await reader.ended;
  const clock = {offsetMs: 0, halfWidthMs: 0};
  const record: LogRecord = {
    sender: 'n1',
    collector: 'n3',
    settleSeconds: 30,
    wallBeforeMs,
    wallAfterMs,
    reached: [{fault: 'rsyslogd-killed', bit: true, evidence: 'it is gone'}],
    healingWallMs,
    clocks: {sender: clock, collector: clock},
  };
  const texts = new Map([
    [recordArtefact, JSON.stringify(record)],
    [writtenArtefact, writer.said()],
    [readArtefact, reader.said()],
    ...(spool ? [[spoolArtefact, spool.said()] as const] : []),
  ]);
  const raw: Artefacts = {names: [...texts.keys()], text: name => ({ok: true, value: texts.get(name) ?? ''})};
  const {samples, problems, findings} = measureLogs(raw);
  return {of: (metric: string) => samples.find(each => each.metric === metric)?.value, problems, findings};
}

test('lines wait in the queue on disk while the collector is gone, and none is lost', async t => {
  t.timeout(120_000);
  const {of, problems, findings} = await tried(t, 'disk', ({sender}) => join(sender, 'spool'));
  t.deepEqual([problems, findings], [[], []]);
  t.is(of('logs.lost'), 0);
  t.true(Number(of('logs.queued')) > 4000, String(of('logs.queued')));
});

test('planted: a queue that nobody looked at, or that was looked for elsewhere, shows nothing of lines lost', async t => {
  t.timeout(120_000);
  const [unseen, elsewhere] = await Promise.all([
    tried(t, 'disk'),
    tried(t, 'disk', ({collector}) => join(collector, 'spool')),
  ]);
  t.deepEqual([unseen.of('logs.lost'), unseen.of('logs.twice') === undefined], [undefined, false]);
  t.regex(unseen.problems[0]?.found ?? '', /^it was not seen: services\.logs\.existing\.spool names/);
  t.deepEqual([elsewhere.of('logs.lost'), elsewhere.of('logs.queued')], [undefined, 0]);
  t.deepEqual(
    elsewhere.problems.map(({expected, found}) => `${expected}: ${found}`),
    ['lines that wait in a queue on the disk of n1 while the collector is gone: none'],
  );
});

test('planted: a sender without a queue loses lines, and that is found', async t => {
  t.timeout(120_000);
  const {of, problems, findings} = await tried(t, 'none', ({sender}) => join(sender, 'spool'));
  t.true(Number(of('logs.lost')) > 5, String(of('logs.lost')));
  t.is(of('logs.queued'), 0);
  t.deepEqual(problems, []);
  t.regex(findings[0]?.detail ?? '', /^\d+ of \d+ lines that logger took on n1 are not in the store/);
});
