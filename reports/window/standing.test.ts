import test from 'ava';
import {switchTarget} from '../../fixtures/kit/switch-target.ts';
import type {Claim, Parameters, Sample, Target} from '../../harness/types.ts';
import {judgeAtEveryLook} from '../judge/verdict.ts';
import {oddsOf} from './prospect.ts';
import {openClaims} from './standing.ts';

const scenario = 'storage/fio';
const atLeast: Target = {
  ...switchTarget,
  metric: 'storage.iops',
  unit: 'op/s',
  where: {scenario, profile: 'tuned'},
  statistic: 'median',
  relation: 'at-least',
  bound: 500_000,
};
const atMost: Target = {...atLeast, relation: 'at-most'};
const slots = (n: number) => Array.from({length: n}, (_, index) => index + 1);

function sample(trial: number, value: number, censored: boolean): Sample {
  return {
    metric: atLeast.metric,
    unit: atLeast.unit,
    value,
    labels: {scenario, profile: 'tuned', trial: String(trial), repetition: String(trial)},
    from: {artefact: `trials/${trial}/fio.json`, path: 'iops'},
    ...(censored ? {censored} : {}),
  };
}

/** How it stands after `tried` trials of which these gave something. */
function after(target: Target, samples: readonly Sample[], tried: number, parameters: Parameters = {}) {
  const claim = {id: 'sto.iops', targets: [target]} as unknown as Claim;
  const verdict = judgeAtEveryLook(target, samples, slots(tried));
  const judged = {
    verdict: {target, verdict, samples: samples.map((_, index) => index)},
    tried: true,
    owed: slots(tried),
    forbidden: false,
  };
  const standing = {
    claims: [{verdict: {claim, kind: verdict.kind, reason: '', targets: [judged.verdict]} as const, judged: [judged]}],
    samples,
  };
  const provides = {[scenario]: {provides: [target.metric], claims: [claim.id]}};
  return openClaims(standing, {
    offers: [{scenario, parameters}],
    profiles: ['tuned'],
    provides,
    unruled: new Map(),
  } as never);
}

const missedWithin = (target: Target, samples: readonly Sample[], tried: number, more: number) => {
  const [open] = after(target, samples, tried)[0]?.targets ?? [];
  return open === undefined ? undefined : oddsOf(open.prospect, more).missed;
};

test('planted: values that are known from one side only say nothing, and are not waited for', t => {
  t.is(after(atLeast, [sample(1, 6253, true)], 1).length, 1, 'one may be chance');
  // The store was never the limit: seen for 31 trials in a row.
  for (const tried of [2, 5, 31])
    t.deepEqual(
      after(
        atLeast,
        slots(tried).map(n => sample(n, 6253, true)),
        tried,
      ),
      [],
    );
  t.is(
    after(
      atLeast,
      slots(3).map(n => sample(n, 6253, false)),
      3,
    ).length,
    1,
    'these say which side',
  );
});

test('planted: a load that the promise is not made for is not offered for it', t => {
  const deep: Target = {...atLeast, under: [{parameter: 'iodepth', relation: 'at-least', value: 16}]};
  t.is(after(deep, [], 0, {iodepth: 16}).length, 1);
  t.deepEqual(after(deep, [], 0, {iodepth: 1}), []);
});

test('where more is worse, a value that is beyond the bound before it ends says it all', t => {
  const beyond = slots(5).map(n => sample(n, 600_000, true));
  t.true(Number(missedWithin(atMost, beyond, 5, 6)) > 0.8);
  t.deepEqual(
    after(
      atMost,
      slots(2).map(n => sample(n, 6253, true)),
      2,
    ),
    [],
    'it may still end on either side',
  );
});

test('planted: where two of 28 trials said something, the next forty are not expected to decide', t => {
  const two = [sample(3, 6253, false), sample(17, 6100, false)];
  t.true(Number(missedWithin(atLeast, two, 2, 40)) > 0.7);
  t.is(missedWithin(atLeast, two, 28, 40), 0);
  t.true(Number(missedWithin(atLeast, two, 28, 300)) > 0.7);
});
