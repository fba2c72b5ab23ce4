/**
 * Whole runs, kept packed: judged again they give the same bytes; and those that were told time had foreseen something.
 * `UPDATE_GOLDEN=1` writes anew.
 */
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {unpack} from '../../../fixtures/kit/packed-run.ts';
import {readRun} from '../../../harness/run/store.ts';
import {foreseenSentence} from '../../../reports/run/foreseen.ts';
import {scenarios} from '../../../suites/index.ts';
import {readRegister} from './claims-register.ts';
import {judgeRun} from './judge-run.ts';
import {render} from './save-report.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures');
const names = readdirSync(join(fixtures, 'runs')).filter(name => name.endsWith('.packed'));

for (const name of names)
  test(`${name} is whole, and gives the same verdicts, byte for byte`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-packed-'));
    t.teardown(() => rmSync(folder, {recursive: true, force: true}));
    unpack(readFileSync(join(fixtures, 'runs', name)), folder);
    const run = await readRun(folder);
    if (!run.ok) throw new Error(run.error.found);
    t.deepEqual(run.value.damage, []);
    const report = judgeRun(run.value, readRegister(join(folder, 'claims.yaml')).claims, scenarios);
    const foreseen = /^Foreseen at the start, .* Decided: \d+\.$/.test(foreseenSentence(report));
    t.is(foreseen, run.value.plan.window !== undefined);
    const golden = join(fixtures, 'golden', name);
    for (const format of ['md', 'verdicts-csv'] as const) {
      const text = await render(report, format);
      if (process.env.UPDATE_GOLDEN) {
        mkdirSync(golden, {recursive: true});
        writeFileSync(join(golden, format), text);
      }
      t.true(text === readFileSync(join(golden, format), 'utf8'), `${format} differs from ${golden}`);
    }
  });

test('there is one', t => {
  t.true(names.length > 0);
});
