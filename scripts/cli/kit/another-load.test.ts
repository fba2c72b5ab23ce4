import test from 'ava';
import {easyRegister} from '../../../fixtures/kit/example-run.ts';
import {judged, nights, place, reasonOf, verdictOf} from '../../../fixtures/kit/nights.ts';
import {storedTrial} from '../../../fixtures/kit/stored-run.ts';
import {anotherLoad, unsaidBy} from '../../../reports/judge/under.ts';
import {scenarios} from '../../../suites/index.ts';
import {readRegister, registerOf} from './claims-register.ts';

const madeFor = (under: string) =>
  registerOf(
    easyRegister('>= 1 op/s').replace('        statistic:', `        under: ${under}\n        statistic:`),
    'claims.yaml',
  );

test('planted: a load that is lighter than the one promised meets nothing, and misses nothing', async t => {
  const {planned} = await storedTrial('storage/fio', 'tuned');
  const depth = Number(planned.parameters.iodepth);
  const at = place(t);
  const folders = await nights(at, 1, 2);
  const verdictUnder = async (under: string) => {
    const report = await judged(at, folders, [], madeFor(under));
    return [verdictOf(report)?.kind, reasonOf(report)] as const;
  };
  t.is((await verdictUnder(`{iodepth: ">= ${depth}"}`))[0], 'met');
  const [lighter, why] = await verdictUnder(`{iodepth: ">= ${depth + 1}"}`);
  t.is(lighter, 'undecided');
  t.regex(why, new RegExp(`another load than the promise is made for: iodepth was ${depth}, ≥ ${depth + 1} is asked`));
  t.regex((await verdictUnder('{queues: ">= 1"}'))[1], /they have no parameter queues, ≥ 1 is asked for/);
  t.regex((await verdictUnder('{engine: "<= 1"}'))[1], /engine was "libaio", ≤ 1 is asked for/);
});

test('a plan names the promises that its loads say nothing of', t => {
  const {claims} = madeFor('{iodepth: ">= 16"}');
  const trial = (iodepth: number, scenario = 'storage/fio') => ({scenario, parameters: {iodepth}});
  t.deepEqual(unsaidBy(claims, [trial(1), trial(4), trial(1, 'storage/other')]), [
    {
      target: 'sto.iops.randread',
      scenario: 'storage/fio',
      reason: 'its trials had another load than the promise is made for: iodepth was 1, ≥ 16 is asked for',
    },
  ]);
  t.deepEqual(unsaidBy(claims, [trial(1), trial(16)]), []);
  t.deepEqual(unsaidBy(claims, [trial(1, 'storage/other')]), []);
});

test('what the register asks of a load the shipped scenarios have, whole and quick', t => {
  const asked = readRegister().claims.flatMap(({targets}) => targets.filter(({under}) => under !== undefined));
  t.true(asked.length > 0);
  for (const target of asked) {
    const scenario = scenarios.find(({name}) => name === target.where.scenario);
    const parameters = scenario?.parameters;
    t.is(anotherLoad(target, parameters?.full ?? {}), undefined, target.id);
    t.is(anotherLoad(target, parameters?.quick ?? {}), undefined, target.id);
    for (const {parameter, value} of target.under ?? [])
      t.truthy(anotherLoad(target, {...parameters?.full, [parameter]: value / 2}), target.id);
  }
});
