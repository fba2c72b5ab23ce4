import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {setPower} from '../cluster/bmc.ts';
import {idempotent, readOnly} from '../cluster/commands.ts';
import {auditedIn, auditedTransport} from './audit.ts';

function place(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-audit-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  return join(folder, 'deep', 'audit.jsonl');
}

const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

test('what changes is written before and after; what looks is counted', async t => {
  const path = place(t);
  const {cluster} = fakeCluster((_, words) => (words.startsWith('false') ? {exit: 3} : {}));
  const [n1, n2] = cluster.nodes;
  if (!n1 || !n2) return t.fail();
  const audited = auditedTransport(cluster.transport, path);
  await audited.exec(n1, idempotent(['ip', 'link', 'set', 'dev', 'clus0', 'down']));
  await audited.exec(n2, readOnly(['cat', '/proc/uptime']));
  await audited.exec(n2, readOnly(['cat', '/proc/uptime']));
  const running = await audited.start(n2, {argv: ['false'], timeoutMs: 1000, idempotent: false});
  await running.outcome;
  await audited.upload(n1, '/tmp/a', '/tmp/b');
  await audited.download(n1, '/tmp/b', '/tmp/c');
  audited.close();
  const lines = linesOf(path);
  t.like(lines[0], {
    n: 1,
    host: 'n1',
    argv: ['ip', 'link', 'set', 'dev', 'clus0', 'down'],
    idempotent: true,
  });
  t.regex(String(lines[0]?.at), /^\d{4}-\d\d-\d\dT.*Z$/);
  t.like(lines[1], {n: 1, ms: 1, exit: {kind: 'exited', code: 0}});
  t.like(lines[2], {n: 2, host: 'n2', argv: ['false'], idempotent: false});
  t.like(lines[3], {n: 2, exit: {kind: 'exited', code: 3}});
  t.like(lines[4], {n: 3, argv: ['(upload)', '/tmp/a', '/tmp/b']});
  t.like(lines.at(-1), {looked: {n2: 2, n1: 1}});
  t.is(lines.length, 7);
  t.is(statSync(path).mode & 0o777, 0o600);
  t.deepEqual(auditedIn(`${readFileSync(path, 'utf8')}{"n":9,"host":"n3","ar`), {commands: 3, hosts: 2});
});

test('it only grows, and long words are told by their sum', async t => {
  const path = place(t);
  const {cluster} = fakeCluster(() => ({}));
  for (const word of ['first', 'x'.repeat(100_000)]) {
    const audited = auditedTransport(cluster.transport, path);
    await audited.exec(cluster.client, {argv: ['echo', word], timeoutMs: 1000, idempotent: false});
    audited.close();
  }
  const lines = linesOf(path);
  t.deepEqual(lines[0]?.argv, ['echo', 'first']);
  t.regex(JSON.stringify(lines[3]?.argv), /x{300}… \(100000 characters, sha256 [0-9a-f]{64}\)/);
  t.true(statSync(path).size < 2000);
});

test('a command that never ended is there all the same', async t => {
  const path = place(t);
  const {cluster} = fakeCluster(() => ({}));
  const hanging = {...cluster.transport, exec: () => new Promise<never>(() => {})};
  const audited = auditedTransport(hanging, path);
  void audited.exec(cluster.client, {argv: ['reboot'], timeoutMs: 1000, idempotent: false});
  t.like(linesOf(path)[0], {argv: ['reboot']});
});

test('an order to a controller is written without its password', async t => {
  const path = place(t);
  let power = 'off';
  const {cluster, asked} = fakeCluster((_, words) => {
    if (words.endsWith('power on')) power = 'on';
    return {stdout: `Chassis Power is ${power}\n`};
  });
  const [n1] = cluster.nodes;
  if (!n1?.bmc) return t.fail();
  const audited = auditedTransport(cluster.transport, path);
  t.true((await setPower({...cluster, transport: audited}, n1, 'on', 5000)).ok);
  audited.close();
  t.true(
    asked.some(({stdin}) => stdin?.includes(n1.bmc?.password ?? '-')),
    'the password was never needed',
  );
  const text = readFileSync(path, 'utf8');
  t.regex(text, /"chassis","power","on"/);
  t.notRegex(text, /power","status/);
  t.false(text.includes(n1.bmc.password));
});
