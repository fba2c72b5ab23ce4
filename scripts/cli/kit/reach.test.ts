import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Answer, fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {type Journal, openJournal} from '../../../harness/run/journal.ts';
import type {Host, Outcome} from '../../../harness/types.ts';
import {CommandError} from './command-error.ts';
import {refuseUnreached} from './reach.ts';

const fine: Outcome = {stdout: '0\n', stderr: '', durationMs: 1, exit: {kind: 'exited', code: 0}};
const said = (stderr: string): Outcome => ({...fine, stderr, exit: {kind: 'exited', code: 255}});
const silent = said('ssh: connect to host 10.0.0.2 port 22: Connection timed out\r\n');
const denied = said('root@10.0.0.2: Permission denied (publickey).\r\n');

interface World {
  /** What n2 says to ssh. */
  n2: Outcome;
  power?: 'on' | 'off';
  heals?: boolean;
  fault?: boolean;
  signal?: AbortSignal;
}

async function asked(t: ExecutionContext, {n2, power, heals = false, fault = false, signal}: World): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'reach-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const opened = await openJournal(folder, 'scripted');
  if (!opened.ok) throw new Error(opened.error);
  const journal: Journal = opened.value;
  if (fault) await journal.begin({kind: 'fault', fault: 'nic-down', nodes: ['n2'], parameters: {}, describe: ''});
  const no = 'Error: Unable to establish IPMI v2 / RMCP+ session\n';
  const answer: Answer = power === undefined ? {exit: 1, stderr: no} : {stdout: `Chassis Power is ${power}\n`};
  const {cluster} = fakeCluster((_host, words) => (words.includes('ipmitool') ? answer : {stdout: '0\n'}));
  const connect = async (host: Host) => (host.name === 'n2' ? n2 : fine);
  const {exec} = cluster.transport;
  const reaching = {cluster, transport: {connect, exec}, ssh: {user: 'root', port: 22}, journal};
  const opening = {say: () => {}, signal: signal ?? new AbortController().signal, heals};
  return refuseUnreached(reaching, opening).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('a cluster whose hosts all answer is opened', async t => {
  t.is(await asked(t, {n2: fine, power: 'on'}), undefined);
});

for (const n2 of [silent, denied]) {
  test(`refused with 3 before anything is touched: ${n2.stderr.trim()}`, async t => {
    const error = await asked(t, {n2});
    if (!(error instanceof CommandError)) return t.fail(String(error));
    t.is(error.exitCode, 3);
    t.regex(error.message, /^1 of 4 hosts of scripted cannot be worked on:\nn2 \(10\.0\.0\.2\): /);
    t.regex(error.todo, /Nothing was touched\.$/);
  });
}

test('BMCs that let nobody in are refused with 3, all of them in one line, and heal goes on', async t => {
  const error = await asked(t, {n2: fine});
  if (!(error instanceof CommandError)) return t.fail(String(error));
  t.is(error.exitCode, 3);
  const [, line = '', ...more] = error.message.split('\n');
  t.regex(line, /^n1 \(10\.0\.0\.101\), n2 \(.*\), n3 \(.*\) as admin: .*Unable to establish IPMI/);
  t.deepEqual(more, []);
  t.notRegex(error.message, /secret/);
  t.is(await asked(t, {n2: fine, heals: true}), undefined);
});

test('a fault of an earlier run in force is named: healing comes first', async t => {
  const error = await asked(t, {n2: silent, fault: true});
  t.regex(error instanceof CommandError ? error.todo : '', /still in force: run seatrial heal/);
});

test('heal goes on with a silent host that a fault left, or whose power is off, and with no other', async t => {
  t.is(await asked(t, {n2: silent, heals: true, fault: true}), undefined);
  t.is(await asked(t, {n2: silent, heals: true, power: 'off'}), undefined);
  t.true((await asked(t, {n2: silent, heals: true, power: 'on'})) instanceof CommandError);
  t.true((await asked(t, {n2: denied, heals: true, power: 'off', fault: true})) instanceof CommandError);
});

test('heal does not wait for a BMC that does not answer either', async t => {
  const started = performance.now();
  t.true((await asked(t, {n2: silent, heals: true})) instanceof CommandError);
  t.true(performance.now() - started < 9000);
});

test('an interrupt while hosts are asked is an end with 4, not a refusal of the cluster', async t => {
  const error = await asked(t, {n2: silent, signal: AbortSignal.abort()});
  if (!(error instanceof CommandError)) return t.fail(String(error));
  t.is(error.exitCode, 4);
  t.regex(error.message, /nothing was touched/);
});
