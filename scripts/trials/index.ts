/**
 * `npm run trials`: runs every trial of this folder, or those named, and keeps what they came to in docs/trials/
 * and docs/trials.md. `--list` says what there is, `--page` only writes the page anew. Ends 0 when all passed, 1 when
 * one failed, 3 for an unknown name.
 */
import {globSync, mkdirSync, writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {basename, join} from 'node:path';
import {parseArgs} from 'node:util';
import {commit, machine} from '../chores/bench/machine.ts';
import {duration, type TrialResult, trialsPage} from './result.ts';
import {play} from './stage.ts';
import {storedResults} from './stored.ts';
import type {LongTrial} from './trial.ts';

const docs = join(import.meta.dirname, '../../docs');
const kept = join(docs, 'trials');

const names = globSync('*.trial.ts', {cwd: import.meta.dirname})
  .map(file => basename(file, '.trial.ts'))
  .sort();

async function trialNamed(name: string): Promise<LongTrial> {
  const loaded: {default: LongTrial} = await import(`./${name}.trial.ts`);
  return loaded.default;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function list(): Promise<void> {
  for (const name of names) {
    const {minutes, proves} = await trialNamed(name);
    say(`${name.padEnd(24)} ${String(minutes).padStart(3)} min  ${proves}`);
  }
}

async function runOne(name: string, signal: AbortSignal): Promise<TrialResult> {
  const trial = await trialNamed(name);
  say(`${name}: ${trial.proves} About ${trial.minutes} minutes.`);
  const [load = 0] = loadavg();
  const before = {date: new Date().toISOString(), commit: commit(), machine: machine(), load};
  const {seconds, steps, failure, folder} = await play(name, trial, signal, say);
  say(
    failure === undefined ? `  passed in ${duration(seconds)}` : `  failed: ${failure}\n  what it left is in ${folder}`,
  );
  return {
    name,
    proves: trial.proves,
    ...before,
    seconds,
    outcome: failure === undefined ? 'passed' : 'failed',
    ...(failure === undefined ? {} : {reason: failure}),
    steps: [...steps],
  };
}

function keep(result: TrialResult): void {
  mkdirSync(kept, {recursive: true});
  writeFileSync(join(kept, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  writePage();
}

function writePage(): void {
  writeFileSync(join(docs, 'trials.md'), trialsPage(storedResults(kept)));
}

const {values, positionals} = parseArgs({
  options: {list: {type: 'boolean'}, page: {type: 'boolean'}},
  allowPositionals: true,
});
const unknown = positionals.filter(name => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no trial ${unknown.join(', ')}; there are ${names.join(', ') || 'none yet'}\n`);
  process.exit(3);
}
if (values.list) await list();
else if (values.page) writePage();
else {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());
  for (const name of positionals.length > 0 ? positionals : names) {
    if (interrupt.signal.aborted) break;
    const result = await runOne(name, interrupt.signal);
    // What was interrupted says nothing.
    if (interrupt.signal.aborted) process.exitCode = 4;
    else keep(result);
    if (result.outcome === 'failed') process.exitCode ??= 1;
  }
}
