/**
 * `kill -9` of the harness in the middle of faults that leave rules, queues, loops and stopped daemons on hosts: the
 * audit sees what is left, `seatrial heal` takes it away by the journal alone, and the audit is silent. Needs root.
 */
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import test from 'ava';
import {killedWhenItSpeaks} from '../../fixtures/kit/killed-child.ts';
import {raised} from '../../fixtures/kit/lab.ts';
import {audit} from '../../harness/cluster/audit/index.ts';
import {remainsOn} from '../../harness/faults/remains.ts';
import {labDown} from '../../harness/lab/index.ts';
import type {Cluster, Parameters} from '../../harness/types.ts';
import {forgetLab} from '../../scripts/cli/kit/open-cluster.ts';
import {leftBehind} from './left-behind.ts';

const name = 'left-behind';
let cluster: Cluster;

test.before(async t => {
  t.timeout(240_000);
  const options = {name, nodes: 3, storage: 'ceph', guests: 1, postSeconds: 5, links: 2} as const;
  cluster = await raised(options, text => t.log(text));
});

test.after.always(async () => {
  await labDown(name);
  await forgetLab(name);
});

const module = (path: string) => JSON.stringify(join(import.meta.dirname, '../..', path));

/** Another process writes the journal, injects, and is killed with the fault in force. */
async function killedInMidFault(fault: string, parameters: Parameters): Promise<void> {
  const harness = `const {openLab} = await import(${module('harness/lab/index.ts')});
    const {openJournal, faultIntent} = await import(${module('harness/run/journal.ts')});
    const {faultNamed} = await import(${module('harness/faults/index.ts')});
    const {journalFolder} = await import(${module('scripts/cli/kit/open-cluster.ts')});
    const cluster = (await openLab(${JSON.stringify(name)})).value;
    const journal = (await openJournal(journalFolder, ${JSON.stringify(name)})).value;
    const fault = faultNamed(cluster, ${JSON.stringify(fault)}, ['n1'], ${JSON.stringify(parameters)}).value;
    await journal.begin(faultIntent(fault));
    const outcome = await fault.inject(cluster);
    if (outcome.exit.code !== 0) throw new Error(JSON.stringify(outcome));
    console.log('in force');
    setInterval(() => {}, 1000);`;
  await killedWhenItSpeaks(harness);
}

async function seatrial(...words: string[]): Promise<{code: number | null; output: string}> {
  const program = join(import.meta.dirname, '../../scripts/seatrial.ts');
  const child = spawn(process.execPath, [program, ...words], {stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      output += chunk;
    });
  return new Promise(resolve => child.once('exit', code => resolve({code, output})));
}

const leftOnHost = async () => {
  const found = await Promise.all(cluster.nodes.map(node => remainsOn(cluster, node)));
  return found.flatMap(each => (each.ok ? each.value : [each.error]));
};

for (const [fault, parameters, shown] of leftBehind) {
  test.serial(`${fault}: left in force by a harness that was killed, seen, healed and gone`, async t => {
    t.timeout(240_000);
    await killedInMidFault(fault, parameters);
    if (shown !== undefined) {
      t.regex((await leftOnHost()).join('\n'), shown);
      const findings = await audit(cluster);
      t.true(
        findings.some(({invariant, detail}) => invariant === 'no fault is left in force' && shown.test(detail)),
        JSON.stringify(findings),
      );
    }
    const at = performance.now();
    const healed = await seatrial('heal', '--lab', name);
    t.is(healed.code, 0, healed.output);
    t.log(`healed in ${((performance.now() - at) / 1000).toFixed(1)} s`);
    t.deepEqual(await leftOnHost(), []);
    t.deepEqual(await audit(cluster), []);
  });
}
