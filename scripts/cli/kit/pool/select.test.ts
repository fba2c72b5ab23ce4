/** Runs of a pool are held against each other, also in what the newest of them says nothing of. */
import test, {type ExecutionContext} from 'ava';
import {night, place, reasonOf, register, verdictOf} from '../../../../fixtures/kit/nights.ts';
import {readRun} from '../../../../harness/run/store.ts';
import type {Parameters, PlannedTrial, Profile, StoredRun} from '../../../../harness/types.ts';
import {scenarios} from '../../../../suites/index.ts';
import {judgePool} from '../judge-run.ts';
import {type KnownRun, selectRuns} from './select.ts';

/** Priorities of the guests, as a profile asks for them. */
const asking = (name: string, value: string): Profile => ({
  name,
  title: '',
  settings: [{id: 'pcmk.priority', driver: 'resource', key: 'meta.priority', value, why: 'a test'}],
});
const stockNetwork = {scenario: 'network/iperf3', profile: 'stock', parameters: {seconds: 30}};

async function stored(t: ExecutionContext, number: number, ...profiles: readonly Profile[]): Promise<StoredRun> {
  const run = await readRun(await night(place(t), number));
  if (!run.ok) throw new Error(run.error.found);
  return {...run.value, header: {...run.value.header, profiles}};
}

/** The run, had its trials been others. */
function tried(run: StoredRun, more: Partial<PlannedTrial>): StoredRun {
  const trials = run.trials.map(({record, ...rest}) => ({
    ...rest,
    record: {...record, planned: {...record.planned, ...more}},
  }));
  return {...run, plan: {...run.plan, trials: run.plan.trials.map(trial => ({...trial, ...more}))}, trials};
}

function readingBack(run: StoredRun, found: string): StoredRun {
  const entry = {id: 'pcmk.priority', where: 'vm1', asked: found, found, agrees: true};
  return {
    ...run,
    trials: run.trials.map(trial => ({...trial, record: {...trial.record, readBack: [entry]}})),
  };
}

const withParameters = (run: StoredRun, parameters: Parameters) => tried(run, {parameters});
const knownAs = (run: StoredRun): KnownRun => ({id: run.header.id, folder: 'elsewhere', cluster: 'example', run});
const said = (given: readonly [StoredRun, ...StoredRun[]], known: readonly StoredRun[] = []) => {
  const {runs, leftOut} = selectRuns(given, known.map(knownAs));
  return {in: runs.map(({header}) => header.id), out: leftOut.map(({id, reason, forbids}) => ({id, reason, forbids}))};
};

test('planted: two nights of other settings under one name are not pooled because the newest did not try them', async t => {
  const [one, two] = [await stored(t, 1, asking('tuned', '1')), await stored(t, 2, asking('tuned', '2'))];
  const newest = tried(await stored(t, 3, asking('stock', '0')), stockNetwork);
  const {runs, leftOut} = selectRuns([one, two, newest], []);
  const report = judgePool(runs, leftOut, register.claims, scenarios);
  t.is(verdictOf(report)?.kind, 'undecided', reasonOf(report));
  for (const given of [
    [one, two, newest],
    [newest, two, one],
  ] as const)
    t.deepEqual(said(given), {
      in: ['night-3', 'night-2'],
      out: [{id: 'night-1', reason: 'profile tuned held other settings', forbids: false}],
    });
  t.deepEqual(said([one, newest]).in, ['night-3', 'night-1'], 'alone it is as good as any');
});

test('planted: two nights of other parameters are not pooled because the newest did not try that scenario', async t => {
  const [one, two] = [
    withParameters(await stored(t, 1), {iodepth: 1}),
    withParameters(await stored(t, 2), {iodepth: 16}),
  ];
  const newest = tried(await stored(t, 3), stockNetwork);
  const {runs, leftOut} = selectRuns([one, two, newest], []);
  t.deepEqual(leftOut, [{id: 'night-1', reason: 'storage/fio ran with other parameters', forbids: false}]);
  t.deepEqual(
    runs.map(({header, trials}) => [header.id, trials.length]),
    [
      ['night-3', 4],
      ['night-2', 4],
      ['night-1', 0],
    ],
  );
  t.is(verdictOf(judgePool(runs, leftOut, register.claims, scenarios))?.kind, 'undecided');
});

test('planted: what two nights read back differs, and the newest did not look', async t => {
  const [one, two] = [readingBack(await stored(t, 1), '0'), readingBack(await stored(t, 2), '5')];
  const newest = tried(await stored(t, 3), stockNetwork);
  t.deepEqual(said([one, two, newest]), {
    in: ['night-3', 'night-2'],
    out: [
      {
        id: 'night-1',
        reason: 'read back otherwise: tuned pcmk.priority on vm1 was 0, and here 5',
        forbids: false,
      },
    ],
  });
});

test('a night that was not given is held against newer ones alone: it would be in, and older ones would not', async t => {
  const [one, two] = [await stored(t, 1, asking('tuned', '1')), await stored(t, 2, asking('tuned', '2'))];
  const newest = tried(await stored(t, 3, asking('stock', '0')), stockNetwork);
  const wouldBeIn = 'it is comparable (4 trials, complete) and was not given';
  t.deepEqual(said([one, newest], [two]).out, [{id: 'night-2', reason: wouldBeIn, forbids: true}]);
  t.deepEqual(said([two, newest], [one]).out, [
    {id: 'night-1', reason: 'profile tuned held other settings', forbids: false},
  ]);
  const [less, more] = [withParameters(one, {iodepth: 1}), withParameters(await stored(t, 2), {iodepth: 16})];
  t.deepEqual(said([less, newest], [more]).out, [{id: 'night-2', reason: wouldBeIn, forbids: true}]);
  t.deepEqual(said([more, newest], [less]).out, [
    {id: 'night-1', reason: 'it tried nothing of what is judged here', forbids: false},
  ]);
});

test('a night of which nothing is comparable takes no other one away', async t => {
  const newest = withParameters(await stored(t, 3), {iodepth: 16});
  const other = withParameters(await stored(t, 2, asking('tuned', '2')), {iodepth: 1});
  const alike = withParameters(await stored(t, 1, asking('tuned', '1')), {iodepth: 16});
  for (const [given, known] of [
    [[alike, other, newest], []],
    [[alike, newest], [other]],
  ] as const)
    t.true(said(given, known).in.includes('night-1'));
});
