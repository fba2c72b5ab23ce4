/**
 * Whole runs, kept packed: judged again they give the same bytes; and those that were told time had foreseen something.
 * Runs NAME.1.packed, NAME.2.packed, … are nights of one cluster, and judged together as well.
 * `UPDATE_GOLDEN=1` writes anew.
 */
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {unpack} from '../../../fixtures/kit/packed-run.ts';
import {foreseenSentence} from '../../../reports/run/foreseen.ts';
import type {Report} from '../../../reports/run/report.ts';
import {scenarios} from '../../../suites/index.ts';
import {readRegister} from './claims-register.ts';
import {judgePool, judgeRun} from './judge-run.ts';
import {type GivenRun, givenRuns} from './pool/known.ts';
import {selectRuns} from './pool/select.ts';
import {render} from './save-report.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures');
const names = readdirSync(join(fixtures, 'runs')).filter(name => name.endsWith('.packed'));
const pools = Map.groupBy(names, name => /^(.*)\.\d+\.packed$/.exec(name)?.[1]);

async function opened(t: ExecutionContext, files: readonly string[]): Promise<readonly [GivenRun, ...GivenRun[]]> {
  const at = mkdtempSync(join(tmpdir(), 'seatrial-packed-'));
  t.teardown(() => rmSync(at, {recursive: true, force: true}));
  for (const file of files) unpack(readFileSync(join(fixtures, 'runs', file)), join(at, file));
  const given = await givenRuns(files.map(file => join(at, file)));
  for (const {run} of given) t.deepEqual(run.damage, []);
  return given;
}

async function isGolden(t: ExecutionContext, report: Report, name: string): Promise<void> {
  const golden = join(fixtures, 'golden', name);
  for (const format of ['md', 'verdicts-csv'] as const) {
    const text = await render(report, format);
    if (process.env.UPDATE_GOLDEN) {
      mkdirSync(golden, {recursive: true});
      writeFileSync(join(golden, format), text);
    }
    t.true(text === readFileSync(join(golden, format), 'utf8'), `${format} differs from ${golden}`);
  }
}

for (const name of names)
  test(`${name} is whole, and gives the same verdicts, byte for byte`, async t => {
    // A run of hours takes half a minute.
    t.timeout(180_000);
    const [{folder, run}] = await opened(t, [name]);
    const report = judgeRun(run, readRegister(join(folder, 'claims.yaml')).claims, scenarios);
    const foreseen = /^Foreseen at the start, .* Decided: \d+\.$/.test(foreseenSentence(report));
    t.is(foreseen, run.plan.window !== undefined);
    await isGolden(t, report, name);
  });

for (const [name, nights] of pools)
  if (name !== undefined)
    test(`${name}: ${nights.length} runs together give the same verdicts, byte for byte, whichever is named first`, async t => {
      // Evenings of failovers take more than a minute.
      t.timeout(300_000);
      t.true(nights.length > 1);
      const given = await opened(t, nights);
      const [first, ...more] = given;
      const judged = ([one, ...others]: readonly [GivenRun, ...GivenRun[]]) => {
        const {runs, leftOut} = selectRuns([one.run, ...others.map(({run}) => run)], []);
        const {folder} = given.reduce((last, each) =>
          each.run.header.startedAt > last.run.header.startedAt ? each : last,
        );
        return judgePool(runs, leftOut, readRegister(join(folder, 'claims.yaml')).claims, scenarios);
      };
      const report = judged([first, ...more]);
      t.is(report.pool?.runs.length, nights.length, report.pool?.leftOut.map(({reason}) => reason).join());
      const last = more.at(-1) ?? first;
      t.deepEqual(judged([last, ...given.filter(each => each !== last)]), report);
      await isGolden(t, report, `${name}.pooled`);
    });

test('there are some of each', t => {
  t.true(names.length > 0);
  t.true(pools.size > 1);
});
