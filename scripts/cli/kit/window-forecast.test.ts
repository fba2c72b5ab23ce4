/** What is foreseen with and without earlier runs, and what a report says of it afterwards. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {easyRegister, exampleRun} from '../../../fixtures/kit/example-run.ts';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import {readRun} from '../../../harness/run/store.ts';
import type {StoredRun, Unruled} from '../../../harness/types.ts';
import {foreseenAndCame, foreseenSentence} from '../../../reports/run/foreseen.ts';
import {whatNext} from '../../../reports/window/next.ts';
import {registerOf} from './claims-register.ts';
import {earlierThanPlanned} from './pool/with-history.ts';
import {forecastLines, foreseen, notBegun} from './window-forecast.ts';
import {standingAtStart} from './window-source.ts';

const {claims} = registerOf(easyRegister('>= 1 op/s'), 'claims.yaml');

/** Of a cluster with one night of six trials: what is to be tried next, nothing of it begun. */
async function afterOneNight(at: string): Promise<StoredRun> {
  const folder = join(at, 'runs', 'night-1');
  await exampleRun(folder, {
    trials: 6,
    id: 'night-1',
    hoursAgo: 20,
    scale: slot => 1 + 0.003 * Math.sin(7 * slot * slot),
  });
  const night = await readRun(folder);
  if (!night.ok) throw new Error(night.error.found);
  const {header, plan} = night.value;
  const offers = plan.trials
    .slice(0, 1)
    .map(({scenario, parameters}) => ({scenario, parameters, estimatedSeconds: 600}));
  const asked = {...plan, trials: [], window: {asked: 'for 30m', offers}};
  // Of a lab that is not up nobody can say more.
  const hardware = {...header.hardware, note: 'a local lab that is not up'};
  return notBegun({...header, hardware, id: '', startedAt: new Date().toISOString()}, asked);
}

test('with history the forecast knows what was shown and what a trial takes; without it, neither', async t => {
  const at = mkdtempSync(join(tmpdir(), 'seatrial-foreseen-'));
  t.teardown(() => rmSync(at, {recursive: true, force: true}));
  const run = await afterOneNight(at);
  const {earlier} = await earlierThanPlanned(run, join(at, 'runs', 'new'), join(at, 'history.sqlite'));
  t.deepEqual(
    earlier.map(({header}) => header.id),
    ['night-1'],
  );
  const known = {run, claims, unruled: new Map()};
  const [alone, after] = [foreseen({...known, earlier: []}, 1800), foreseen({...known, earlier}, 1800)];
  t.is(alone.decided, 0, 'three trials of ten minutes decide no median');
  t.true(after.decided > 0.8, 'one more, of a minute, does after six');
  t.true((after.promises[0]?.seconds ?? Number.NaN) < 300);
  t.regex(forecastLines(alone), /from nothing measured/);
  t.regex(forecastLines(after), /from what 1 earlier run took and showed, .*: night-1/);
});

/** One conformance rule is all that speaks to it. */
const ruled = registerOf(
  easyRegister('>= 1 op/s')
    .replace('storage.iops', 'conformance.broken')
    .replace(/where: .*/, 'where: { scenario: conformance/rules, claim: sto.iops, profile: tuned }')
    .replace('median', 'observed')
    .replace('>= 1 op/s', '<= 0')
    .replace(/ *confidence: .*\n/, ''),
  'claims.yaml',
).claims;

test('planted: what rules that do not apply cannot show is not foreseen, and is not drawn', async t => {
  const at = mkdtempSync(join(tmpdir(), 'seatrial-foreseen-'));
  t.teardown(() => rmSync(at, {recursive: true, force: true}));
  const begun = await afterOneNight(at);
  const offers = [{scenario: 'conformance/rules', parameters: {}, estimatedSeconds: 15}];
  const run = {...begun, plan: {...begun.plan, window: {asked: 'for 1h', offers}}};
  const chanceWhere = (open: 'everything' | 'met' | undefined) => {
    const unruled: Unruled = new Map(open === undefined ? [] : [['sto.iops', open] as const]);
    const known = {run, claims: ruled, earlier: [], unruled};
    const round = whatNext(standingAtStart(known, 3600));
    return {drawn: round !== undefined, chance: foreseen(known, 3600).promises[0]?.chance};
  };
  t.deepEqual(chanceWhere('everything'), {drawn: false, chance: undefined});
  const [all, missedOnly] = [chanceWhere(undefined), chanceWhere('met')];
  t.true(all.drawn && missedOnly.drawn);
  t.true((all.chance ?? 1) > 0.4 && (all.chance ?? 1) < 0.9, `${all.chance}`);
  t.true((missedOnly.chance ?? 1) > 0 && (missedOnly.chance ?? 1) < (all.chance ?? 0), `${missedOnly.chance}`);
});

test('planned on another cluster, or another length, nothing is taken from it', async t => {
  const at = mkdtempSync(join(tmpdir(), 'seatrial-foreseen-'));
  t.teardown(() => rmSync(at, {recursive: true, force: true}));
  const run = await afterOneNight(at);
  const place = [join(at, 'runs', 'new'), join(at, 'history.sqlite')] as const;
  const quick = await earlierThanPlanned({...run, header: {...run.header, quick: true}}, ...place);
  t.deepEqual(quick.earlier, []);
  t.regex(quick.leftOut[0]?.reason ?? '', /quick/);
  t.deepEqual((await earlierThanPlanned({...run, header: {...run.header, cluster: 'b'}}, ...place)).earlier, []);
});

test('the report says what was foreseen and what came; without a forecast it says nothing', t => {
  const report = exampleReport(2);
  t.is(foreseenSentence(report), '');
  t.deepEqual(foreseenAndCame(report), []);
  const told = {
    ...report,
    foreseen: {
      windowSeconds: 3600,
      decided: 1.6,
      open: 4,
      all: 3,
      allSeconds: 9000,
      promises: [
        {id: 'x', chance: 0.25},
        {id: 'y', chance: 1, trials: 7, seconds: 900},
      ],
      over: [],
      runs: [],
    },
  };
  t.deepEqual(
    foreseenAndCame(told).map(({foreseen: {id}}) => id),
    ['y', 'x'],
  );
  t.is(
    foreseenSentence(told),
    'Foreseen at the start, from the estimates alone: 2 of 4 promises decided in 1 h 00 min. Decided: 0.',
  );
});
