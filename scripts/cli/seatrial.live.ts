/** The command line against a real lab: interrupted politely, and killed in the middle of a fault. */
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {processesMarked} from '../../harness/lab/proc.ts';
import {readRun} from '../../harness/run/store.ts';
import {scenarios} from '../../suites/index.ts';
import {readRegister} from './kit/claims-register.ts';
import {judgeRun} from './kit/judge-run.ts';
import {journalFolder} from './kit/open-cluster.ts';

const lab = `cli${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-cli-'));
const labFolder = `/var/lib/seatrial/labs/${lab}`;

interface Called {
  child: ChildProcess;
  said(): string;
  ended: Promise<{code: number | null; said: string}>;
}

function call(...words: string[]): Called {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../seatrial.ts'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<{code: number | null; said: string}>(resolve => {
    child.once('close', code => resolve({code, said}));
  });
  return {child, said: () => said, ended};
}

async function until(called: Called, text: string, seconds: number): Promise<void> {
  for (let waited = 0; waited < seconds * 5; waited++) {
    if (called.said().includes(text)) return;
    if (called.child.exitCode !== null) break;
    await sleep(200);
  }
  throw new Error(`"${text}" was not said in ${seconds} s, but: ${called.said()}`);
}

function nothingLeft(): string[] {
  return [
    ...(existsSync(labFolder) ? [labFolder] : []),
    // The journal and the locks: CLUSTER.jsonl, CLUSTER.PID-….lock.
    ...(existsSync(journalFolder) ? readdirSync(journalFolder).filter(name => name.startsWith(`${lab}.`)) : []),
    ...processesMarked(`SEATRIAL_RACK=${labFolder}`).map(({pid}) => `process ${pid}`),
  ];
}

test.after.always(async () => {
  await call('lab', 'down', lab).ended;
  rmSync(folder, {recursive: true, force: true});
});

const accept = ['accept', '--lab', lab, '--storage', 'nbd', '--quick', '--seed', '1', '--reps', '1'];

test.serial(
  'killed in the middle of a failover: the run reads as aborted, heal and lab down leave a clean machine',
  async t => {
    t.timeout(540_000);
    const out = join(folder, 'killed');
    const run = call(...accept, '--only', 'failover/nic-down', '--out', out);
    await until(run, 'injecting nic-down', 300);
    run.child.kill('SIGKILL');
    await run.ended;

    const stored = await readRun(out);
    t.true(stored.ok);
    if (stored.ok) {
      const report = judgeRun(stored.value, readRegister().claims, scenarios);
      t.is(report.overall, 'aborted');
      t.is(report.exitCode, 4);
      t.false(report.verdicts.some(verdict => verdict.kind === 'met'));
    }
    t.is((await call('report', out).ended).code, 4);

    const healed = await call('heal', '--lab', lab).ended;
    t.is(healed.code, 0, healed.said);
    t.regex(healed.said, /healing nic-down/);
    t.regex(healed.said, /is healthy/);
    const again = await call('heal', '--lab', lab).ended;
    t.is(again.code, 0, again.said);
    t.notRegex(again.said, /healing nic-down/);

    t.is((await call('lab', 'down', lab).ended).code, 0);
    t.deepEqual(nothingLeft(), []);
  },
);

test.serial('Ctrl-C ends with 4, what was measured is stored, and the lab is gone', async t => {
  t.timeout(540_000);
  const out = join(folder, 'interrupted');
  const run = call(...accept, '--only', 'storage/fio', '--out', out);
  await until(run, 'fio randread', 300);
  run.child.kill('SIGINT');
  const {code, said} = await run.ended;
  t.is(code, 4, said);
  t.true(existsSync(join(out, 'report/report.html')), said);
  const stored = await readRun(out);
  t.is(stored.ok && stored.value.ended?.status, 'aborted');
  t.deepEqual(nothingLeft(), []);
});
