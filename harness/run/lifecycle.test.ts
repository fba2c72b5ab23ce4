import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {settle} from '../cluster/audit/index.ts';
import {type Journal, openJournal} from './journal.ts';
import {lifecycle, onlyOurs} from './lifecycle.ts';

async function journalFor(t: ExecutionContext): Promise<Journal> {
  const folder = await mkdtemp(join(tmpdir(), 'care-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const journal = await openJournal(folder, 'scripted');
  if (!journal.ok) throw new Error(journal.error);
  return journal.value;
}
const quiet = () => {};

test('an interrupt ends the waiting of a heal at once, and what is wrong is still told', async t => {
  const journal = await journalFor(t);
  const {cluster, asked} = fakeCluster(() => ({exit: {kind: 'unreachable', reason: 'no answer'}}));
  const abort = new AbortController();
  const started = performance.now();
  setTimeout(() => abort.abort(), 700);
  const left = await lifecycle.heal(cluster, journal, quiet, abort.signal);
  t.true(performance.now() - started < 3000);
  t.true(left.length > 0);
  t.regex(left.map(({detail}) => detail).join('; '), /n1/);
  const before = asked.length;
  await new Promise(resolve => setTimeout(resolve, 1500));
  t.true(asked.length - before < 60, 'it goes on asking');
});

test('interrupted before anybody looked: no healthy cluster', async t => {
  const journal = await journalFor(t);
  const {cluster} = fakeCluster(() => undefined);
  t.not((await lifecycle.heal(cluster, journal, quiet, AbortSignal.abort())).length, 0);
  t.not((await settle(cluster, 60_000, AbortSignal.abort())).length, 0);
});

test('a run that may not disturb undoes what is its own, and leaves alone what is not', async t => {
  const journal = await journalFor(t);
  // Not one node answers as it should, and one is off: all of that is somebody else's.
  const {cluster, asked} = fakeCluster((_, words) =>
    words.startsWith('rm ') || words.includes('disarm') ? {} : undefined,
  );
  t.deepEqual(await onlyOurs.heal(cluster, journal, quiet), []);
  await journal.begin({kind: 'leftover', leftover: {what: 'file', host: 'n1', path: '/var/tmp/seatrial-x'}});
  t.deepEqual(await onlyOurs.heal(cluster, journal, quiet), []);
  t.deepEqual(journal.inForce(), []);
  const changing = asked.filter(({words}) => /crm_resource|power on|cleanup/.test(words));
  t.deepEqual(changing, []);
  t.true(asked.some(({words}) => words === 'rm -f /var/tmp/seatrial-x'));
});
