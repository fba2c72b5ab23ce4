/**
 * Where overcommit breaks, live: guests that are alike share a processor evenly, and what switching costs may break it
 * from the third on; with one of them put behind the others, the second step breaks, and the sweep says so. Needs root.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import type {Sample} from '../../harness/types.ts';
import {overcommit} from '../compute/overcommit.ts';
import {type Ground, groundFor, inhabitants, tryOnce} from './environment.ts';

let ground: Ground;

test.before('a lab with three guests', async t => {
  ground = await groundFor('overcommit', 3, text => t.log(text));
  // Whatever else this machine does comes after the guests: the first of them alone must have its processor.
  for (const guest of ground.cluster.guests) prefer(guest.name, -20);
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

/** As `nice` would: QEMU is a session of its own, and the kernel weighs sessions. */
function prefer(guest: string, nice: number): void {
  const command = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  const [own, ...others] = inhabitants(`${ground.folder}/${ground.name}`).filter(({pid}) =>
    command(pid).includes(`guest=${guest},`),
  );
  if (own === undefined || others.length > 0) throw new Error(`${guest} is not one process`);
  writeFileSync(`/proc/${own.pid}/autogroup`, String(nice));
}

async function swept(t: {log(text: string): void}): Promise<readonly Sample[]> {
  const parameters = {...overcommit.parameters.quick, guests: 3};
  const {run, end} = await tryOnce(ground, overcommit, parameters, 280_000, text => t.log(text));
  const [trial] = run.trials;
  if (end.status !== 'complete' || trial?.record.status !== 'done')
    throw new Error(`${end.reason} ${trial?.record.reason}`);
  const {samples, problems} = overcommit.measure(trial.artefacts, trial.record.planned);
  for (const {metric, value, labels, censored} of samples)
    t.log(`${metric} ${labels.factor ?? ''} ${censored ? 'at least ' : ''}${value.toFixed(3)}`);
  for (const {expected, found} of problems) t.log(`expected ${expected}, found ${found}`);
  return samples;
}

const breaks = (samples: readonly Sample[]) => samples.find(({metric}) => metric === 'compute.overcommit');

test.serial('three guests that are alike share a processor evenly, and two of them do not break it', async t => {
  t.timeout(300_000);
  const samples = await swept(t);
  const fair = samples.filter(({metric}) => metric === 'compute.fair-share');
  t.is(fair.length, 3);
  t.true(fair.every(({value}) => value > 0.9));
  t.true((breaks(samples)?.value ?? 0) >= 2);
});

test.serial('a guest that is put behind the others breaks the step at which it comes', async t => {
  t.timeout(300_000);
  // A fifth of the processor beside another guest: enough for its agent to answer.
  prefer('vm2', -14);
  const samples = await swept(t);
  t.like(breaks(samples), {value: 1});
  t.is(breaks(samples)?.censored, undefined);
  const fair = samples.find(({metric, labels}) => metric === 'compute.fair-share' && labels.factor === '2x');
  t.true(fair !== undefined && fair.value < 0.5);
});
