import {existsSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {type TrialResult, trialResultSchema, trialsPage} from './result.ts';
import {play} from './stage.ts';
import {storedResults} from './stored.ts';
import type {LongTrial, Stage} from './trial.ts';

const never = new AbortController().signal;
const silent = () => {};

function trial(run: (stage: Stage) => Promise<void>, minutes = 1): LongTrial {
  return {proves: 'It holds.', minutes, run};
}

test('steps are timed, what they saw is kept, a passed trial leaves nothing', async t => {
  const done: string[] = [];
  const played = await play(
    'good',
    trial(async stage => {
      stage.afterwards(() => done.push('first'));
      stage.afterwards(() => done.push('second'));
      const {stdout} = await stage.step('print', () => stage.run(['sh', '-c', 'echo seen; exit 2'], {exits: [0, 2]}));
      stage.saw('words', stdout);
      t.true(existsSync(join(stage.folder, 'log.txt')));
    }),
    never,
    silent,
  );
  t.is(played.failure, undefined);
  t.deepEqual(
    played.steps.map(({name, saw}) => ({name, saw})),
    [{name: 'print', saw: {words: 'seen'}}],
  );
  t.true((played.steps[0]?.seconds ?? 0) > 0);
  t.deepEqual(done, ['second', 'first']);
  t.false(existsSync(played.folder));
});

test('planted: a command that fails ends the trial with its step and its words, cleans up, and keeps the log', async t => {
  const done: string[] = [];
  const played = await play(
    'bad',
    trial(async stage => {
      stage.afterwards(() => done.push('cleaned'));
      await stage.step('one', () => {});
      await stage.step('two', () => stage.run(['sh', '-c', 'echo what went wrong >&2; exit 7']));
      await stage.step('three', () => t.fail('a step after the failed one'));
    }),
    never,
    silent,
  );
  t.regex(played.failure ?? '', /^two: sh -c .* ended with 7, not 0:\nwhat went wrong$/);
  t.deepEqual(done, ['cleaned']);
  t.is(played.steps.length, 2);
  t.regex(readFileSync(join(played.folder, 'log.txt'), 'utf8'), /== two\n\n\$ sh -c/);
  rmSync(played.folder, {recursive: true});
});

test('planted: a trial that cannot clean up has failed', async t => {
  const played = await play(
    'dirty',
    trial(async stage => {
      stage.afterwards(() => {
        throw new Error('the lab is still up');
      });
      await stage.step('all is well', () => {});
    }),
    never,
    silent,
  );
  t.regex(played.failure ?? '', /the lab is still up/);
  rmSync(played.folder, {recursive: true});
});

test('planted: one that hangs is ended at its deadline, and what it does afterwards still runs', async t => {
  let cleaned = '';
  const played = await play(
    'slow',
    trial(async stage => {
      stage.afterwards(async () => {
        cleaned = (await stage.run(['echo', 'cleaned'])).stdout;
      });
      await stage.step('wait', () => stage.run(['sleep', '100']));
    }, 0.005),
    never,
    silent,
  );
  t.regex(played.failure ?? '', /^wait: it took three times as long/);
  t.is(cleaned, 'cleaned');
  rmSync(played.folder, {recursive: true});
});

const passed: TrialResult = {
  name: 'good',
  proves: 'It holds.',
  date: '2026-11-27T23:00:00.000Z',
  commit: 'abc',
  machine: 'one',
  load: 1,
  seconds: 185,
  outcome: 'passed',
  steps: [{name: 'a | b', seconds: 4.25, saw: {fenced: '14 s'}}],
};

test('the page says what passed, what failed and why', t => {
  const page = trialsPage([{...passed, name: 'zz', outcome: 'failed', reason: 'two: no'}, passed]);
  t.regex(page, /\| \[good\]\(#good\) \| passed \| 3 min 05 s \| 2026-11-27 \| abc \|/);
  t.regex(page, /\| a \\\| b \| 4\.3 s \| fenced: 14 s \|/);
  t.regex(page, /## zz\n\nIt holds\.\n\n\*\*Failed\*\*: two: no/);
  t.regex(trialsPage([]), /None has been run yet/);
});

test('docs/trials.md is what the stored results say', t => {
  const docs = join(import.meta.dirname, '../../docs');
  const page = readFileSync(join(docs, 'trials.md'), 'utf8');
  t.true(page === trialsPage(storedResults(join(docs, 'trials'))), 'run a trial again, or: npm run trials -- --page');
});

test('a result without its outcome is none', t => {
  t.true(trialResultSchema.safeParse(passed).success);
  const {outcome: _, ...without} = passed;
  t.false(trialResultSchema.safeParse(without).success);
});
