/**
 * The harness is killed with -9 at random moments while a fault of each kind is in force, and `seatrial heal` makes
 * the cluster whole each time. `SEED` draws other moments, `KILLS` another number of them.
 */
import {join} from 'node:path';
import {execa} from 'execa';
import {mulberry32, shuffled} from '../../harness/random.ts';
import {scenarios} from '../../suites/index.ts';
import {resilience} from '../../suites/resilience/index.ts';
import {readSuite} from '../cli/kit/claims-register.ts';
import {readProfiles} from '../cli/kit/profiles.ts';
import type {LongTrial, Stage} from './trial.ts';

const lab = 'killed';
const shape = ['--storage', 'nbd', '--guests', '2'];
const seed = Number(process.env.SEED ?? 1);
const kills = Number(process.env.KILLS ?? 20);
/** From the moment that the guests are watched: before the fault, while it is in force, and while it is healed. */
const longestSeconds = 30;
/** A table or a queue of ours that is left on a host, by the words of its own tools. */
const traces = 'nft list tables 2>/dev/null | grep seatrial; tc qdisc show | grep -E "netem|tbf"; true';

const trial: LongTrial = {
  proves: `The harness killed with -9 at ${kills} random moments over the faults that a lab without Ceph takes: healed each time.`,
  minutes: Math.ceil(4 + kills * 1.5),
  async run(stage) {
    stage.afterwards(() => stage.run(['seatrial', 'lab', 'down', lab], {exits: [0, 3]}));
    await stage.step('lab up', () => stage.run(['seatrial', 'lab', 'up', lab, ...shape]));
    const random = mulberry32(seed);
    let names: string[] = [];
    for (let kill = 1; kill <= kills; ) {
      if (names.length === 0) names = shuffled(onNbd, random);
      const name = names.pop() ?? '';
      const seconds = random() * longestSeconds;
      await stage.step(`${kill}: ${name}, killed ${seconds.toFixed(1)} s after the watch began`, async () => {
        const ended = await killedIn(stage, name, seconds, kill);
        stage.saw('the harness', ended);
        if (ended.startsWith(refused)) return;
        stage.saw('heal', await healed(stage));
        kill++;
      });
    }
  },
};
export default trial;

/** Of the suite: a fault that is meant to be found critical is not in it. */
const inSuite = readSuite('resilience', {
  scenarios: scenarios.map(({name}) => name),
  profiles: readProfiles().map(({name}) => name),
}).scenarios.map(({scenario}) => scenario);

const onNbd = resilience
  .filter(({name}) => inSuite.includes(name))
  .filter(({needs}) => needs.storage === undefined || needs.storage.includes('nbd'))
  .map(({name}) => name);

/** What only a look at the machines shows to be impossible here: it does not count as a kill. */
const refused = 'nothing can be tried on this cluster';

/** What it had said last. It may have ended by itself before: that is told too. */
async function killedIn(stage: Stage, scenario: string, seconds: number, kill: number): Promise<string> {
  const words = ['accept', '--lab', lab, ...shape, '--suite', 'resilience', '--only', scenario];
  const short = ['--quick', '--reps', '1', '--profile', 'as-found', '--seed', String(kill)];
  const out = ['--out', join(stage.folder, `run-${kill}`)];
  const script = join(import.meta.dirname, '../seatrial.ts');
  const running = execa(process.execPath, [script, ...words, ...short, ...out], {reject: false, all: true});
  let said = '';
  const watching = Promise.withResolvers<void>();
  running.all.on('data', (text: Buffer) => {
    said += text.toString();
    if (said.includes('watching ')) watching.resolve();
  });
  void running.finally(watching.resolve);
  stage.signal.addEventListener('abort', () => running.kill('SIGKILL'), {once: true});
  await watching.promise;
  const reason = said.split('\n').find(line => line.startsWith(refused));
  if (reason !== undefined) return reason;
  if (!said.includes('watching ')) throw new Error(`accept ended before it watched: ${said.slice(-600)}`);
  await new Promise(resolve => setTimeout(resolve, seconds * 1000));
  const killed = running.kill('SIGKILL');
  const {signal} = await running;
  const last = said.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return killed && signal === 'SIGKILL' ? `killed; its last words: ${last}` : 'had ended by itself';
}

/** Throws where it did not come to a silent audit, or left a trace that no audit of the cluster sees. */
async function healed(stage: Stage): Promise<string> {
  const began = performance.now();
  await stage.run(['seatrial', 'heal', '--lab', lab]);
  const seconds = (performance.now() - began) / 1000;
  for (const host of ['n1', 'n2', 'n3', 'client']) {
    const {stdout} = await stage.run(['seatrial', 'lab', 'exec', '--lab', lab, host, '--', 'sh', '-c', traces]);
    if (stdout.trim() !== '') throw new Error(`left on ${host}: ${stdout.trim()}`);
  }
  return `healthy after ${seconds.toFixed(1)} s, no trace`;
}
