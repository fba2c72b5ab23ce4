import test from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {checks} from '../../../harness/doctor/checks/index.ts';
import {readRegister} from './claims-register.ts';
import {CommandError} from './command-error.ts';
import {doctorFirst, knownChecks, promisedSeconds} from './doctor-first.ts';

test('the promise is the tightest bound of the switch', t => {
  t.is(promisedSeconds(readRegister().claims), 15);
  t.is(promisedSeconds([]), 15);
});

test('--despite takes the names of checks, and nothing else', t => {
  t.deepEqual(knownChecks(['bmc', 'timing']), ['bmc', 'timing']);
  const error = t.throws(() => knownChecks(['everything']), {instanceOf: CommandError});
  t.regex(error?.todo ?? '', /Name one of login, /);
});

test('a danger is a refusal that names its check; let through by name, it is told for the record', async t => {
  // Nothing answers anything: most of it is a danger.
  const {cluster} = fakeCluster(() => undefined);
  const said: string[] = [];
  const watch = {say: (text: string) => void said.push(text), signal: new AbortController().signal};
  const refused = await t.throwsAsync(doctorFirst(cluster, ['login'], watch), {instanceOf: CommandError});
  t.is(refused?.exitCode, 3);
  t.regex(refused?.message ?? '', /dangers on scripted:\n/);
  // The whole list, to be typed as it stands; what was let through already is in it, and is not told again.
  t.regex(refused?.todo ?? '', /--despite login,node-answers,\S+/);
  t.false(refused?.message.includes('[login]'));
  t.false(`${refused?.message}${refused?.todo}`.includes('secret-of-the-controller'));
  const all = checks.map(({id}) => id);
  const told = await doctorFirst(cluster, all, watch);
  t.true(told.some(each => /^login: n1: /.test(each)));
  t.true(said.some(each => /warnings: seatrial doctor/.test(each)));
});

test('an interrupt ends the look at once', async t => {
  const {cluster} = fakeCluster(() => undefined);
  const error = await t.throwsAsync(doctorFirst(cluster, [], {say: () => {}, signal: AbortSignal.abort()}), {
    instanceOf: CommandError,
  });
  t.is(error?.exitCode, 4);
});
