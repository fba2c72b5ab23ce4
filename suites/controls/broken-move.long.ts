/**
 * A migration that ends with 0 and leaves another memory behind: bytes of the guest's pattern are changed while it
 * moves, and the trial must say so. Beside it, the same migration with nobody's hand in it must find the guest whole.
 * Needs root.
 */
import test from 'ava';
import {guestExec} from '../../harness/guest/exec.ts';
import type {Scenario} from '../../harness/types.ts';
import {matrix} from '../migration/matrix.ts';
import {type Ground, groundFor, tryOnce} from './environment.ts';

let ground: Ground;

test.before('a lab with one guest', async t => {
  ground = await groundFor('broken-move', 1, text => t.log(text));
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

const parameters = {
  ...matrix.parameters.quick,
  options: ['pre-copy'],
  dirtyRates: ['0'],
  bandwidthMiBPerSecond: 32,
  restSeconds: 2,
};
/** One byte, in the middle of the pattern. */
const spoil = 'printf X | dd of=/dev/shm/seatrial-pattern bs=1 seek=5000000 conv=notrunc 2>/dev/null';

function spoiled(): Scenario {
  return {
    ...matrix,
    async run(trial) {
      const [guest] = trial.cluster.guests;
      const deeds: Promise<unknown>[] = [];
      await matrix.run({
        ...trial,
        say(text, host) {
          trial.say(text, host);
          if (guest === undefined || !text.startsWith('moving')) return;
          deeds.push(guestExec(trial.cluster, guest, {argv: ['sh', '-c', spoil], timeoutMs: 20_000}));
        },
      });
      await Promise.all(deeds);
    },
  };
}

test('one byte that changed while a guest moved is found; a guest that nobody touched is whole', async t => {
  t.timeout(300_000);
  for (const [scenario, found] of [
    [matrix, 0],
    [spoiled(), 1],
  ] as const) {
    const {run, end} = await tryOnce(ground, scenario, parameters, 140_000, text => t.log(text));
    t.deepEqual(end, {status: 'complete', reason: ''});
    const [trial] = run.trials;
    if (trial === undefined) return t.fail('no trial was stored');
    const {samples, findings, problems} = scenario.measure(trial.artefacts, trial.record.planned);
    t.deepEqual(problems, []);
    t.true(samples.some(({metric, value}) => metric === 'migration.total' && value > 0));
    t.is(findings.length, found, JSON.stringify(findings));
    t.true(findings.every(({severity, detail}) => severity === 'critical' && /memory of vm1/.test(detail)));
  }
});
