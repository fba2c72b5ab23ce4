import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {artefactsOf, recordedTrial} from '../../fixtures/kit/replay-transport.ts';
import type {Deployment, Deploys} from '../../harness/types.ts';
import {deployGuest} from './guest.ts';

const planned = plannedTrial({scenario: deployGuest.name, profile: 'tuned'});

/** `changed`: of each order, one after the other. */
function trialWith(changed: readonly number[], serves = true) {
  const {cluster} = fakeCluster(() => ({}));
  const [guest] = cluster.guests;
  if (guest === undefined) throw new Error('no guest');
  const done: string[] = [];
  const orders = [...changed];
  const deploys: Deploys = {
    guest,
    async order() {
      const [count] = orders.splice(0, 1);
      done.push('order');
      if (count === undefined) return {ok: false, error: 'n1: make disk: failed: no room'};
      return {ok: true, value: {hosts: {n1: {ok: 9, changed: count}, n2: {ok: 4, changed: 0}}} satisfies Deployment};
    },
    serves: async () => (serves ? {ok: true, value: undefined} : {ok: false, error: 'vm1 does not answer'}),
    async takeBack() {
      done.push('take back');
      return {ok: true, value: undefined};
    },
  };
  return {...recordedTrial({...cluster, deploys}, planned, {name: 'tuned', title: '', settings: []}), done};
}

const measuredOf = (metric: string, {samples}: ReturnType<typeof deployGuest.measure>) =>
  samples.find(each => each.metric === metric)?.value;

test('an order that makes a guest, and changes nothing the second time', async t => {
  const {trial, artefacts, done} = trialWith([5, 0]);
  await deployGuest.run(trial);
  t.deepEqual(done, ['order', 'order', 'take back']);
  const measured = deployGuest.measure(artefacts, planned);
  t.is(measuredOf('deploy.changed-again', measured), 0);
  t.true((measuredOf('deploy.service', measured) ?? -1) >= (measuredOf('deploy.playbook', measured) ?? 0));
});

test('planted: an order that changes something every time', async t => {
  const {trial, artefacts} = trialWith([5, 2]);
  await deployGuest.run(trial);
  t.is(measuredOf('deploy.changed-again', deployGuest.measure(artefacts, planned)), 2);
});

test('planted: a guest that was there before times nothing', async t => {
  const {trial, artefacts} = trialWith([0, 0]);
  await deployGuest.run(trial);
  const {samples, problems} = deployGuest.measure(artefacts, planned);
  t.deepEqual(samples, []);
  t.regex(problems[0]?.found ?? '', /was there before/);
});

for (const [what, changed, serves, words] of [
  ['a playbook that fails', [], true, /the order failed: n1: make disk: failed: no room/],
  ['a guest that never serves', [5], false, /vm1 does not answer/],
  ['a second order that fails', [5], true, /the order failed/],
] as const) {
  test(`planted: ${what} fails the trial, and what was made is taken back`, async t => {
    const {trial, done} = trialWith(changed, serves);
    await t.throwsAsync(async () => deployGuest.run(trial), {message: words});
    t.is(done.at(-1), 'take back');
  });
}

test('without its artefact there is a problem and no sample', t => {
  const {samples, problems} = deployGuest.measure(artefactsOf(new Map()), planned);
  t.deepEqual([samples.length, problems.length], [0, 1]);
});
