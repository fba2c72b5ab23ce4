import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {idempotent} from '../cluster/commands.ts';
import type {Command} from '../types.ts';
import {dutyFolder, endDuty, startDuty} from './duty-cycle.ts';

/** The commands run for real, with their files in a folder of the test. */
function here(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'duty-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const duties = join(folder, 'duties');
  const run = ({argv: [program, ...words]}: Command) =>
    spawnSync(
      program,
      words.map(word => word.replaceAll(dutyFolder, duties)),
      {encoding: 'utf8'},
    );
  const mark = join(folder, "it's down");
  const duty = {
    name: 'mark',
    on: idempotent(['touch', mark]),
    off: idempotent(['rm', '-f', mark]),
    onMs: 100,
    offMs: 100,
    times: 3,
  };
  const count = () => readFileSync(join(duties, 'mark.count'), 'utf8').trim();
  return {run, mark, duty, duties, count};
}

test('it is done and undone as often as asked, and ends by itself undone', async t => {
  const {run, mark, duty, duties, count} = here(t);
  t.is(run(startDuty(duty)).status, 0);
  for (let tries = 0; existsSync(join(duties, 'mark.pid')) && tries < 100; tries += 1) await sleep(50);
  t.false(existsSync(join(duties, 'mark.pid')), 'the loop has not ended');
  t.is(count(), '3');
  t.false(existsSync(mark));
  t.is(run(endDuty(duty)).status, 0);
  t.false(existsSync(duties), 'what it counted is forgotten');
});

test('ended in the middle it is undone at once, and does not go on; twice and for nothing is fine', async t => {
  const {run, mark, duty, duties} = here(t);
  const long = {...duty, onMs: 60_000};
  t.is(run(startDuty(long)).status, 0);
  for (let tries = 0; !existsSync(mark) && tries < 100; tries += 1) await sleep(20);
  t.true(existsSync(mark));
  const pid = readFileSync(join(duties, 'mark.pid'), 'utf8').trim();
  t.not(run(startDuty(long)).status, 0, 'a second one of the name was started');
  for (let time = 0; time < 2; time += 1) {
    t.is(run(endDuty(duty)).status, 0);
    t.false(existsSync(mark));
    // Its new parent may not have taken note of its death yet.
    for (let tries = 0; existsSync(`/proc/${pid}`) && tries < 100; tries += 1) await sleep(20);
    t.false(existsSync(`/proc/${pid}`));
  }
});

test('what could not be done is not counted', async t => {
  const {run, duty, duties, count} = here(t);
  t.is(run(startDuty({...duty, on: idempotent(['false']), onMs: 1, offMs: 1})).status, 0);
  for (let tries = 0; existsSync(join(duties, 'mark.pid')) && tries < 100; tries += 1) await sleep(50);
  t.is(count(), '0');
});

test('a process that has the number of a loop of before is left alone', t => {
  const {run, duty, duties} = here(t);
  spawnSync('mkdir', ['-p', duties]);
  spawnSync('sh', ['-c', `echo ${process.pid} >"${duties}/mark.pid"`]);
  t.is(run(endDuty(duty)).status, 0);
  t.false(existsSync(duties));
});
