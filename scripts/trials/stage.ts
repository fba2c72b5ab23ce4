/** Runs one long trial: steps timed, commands logged, and what is to be done afterwards done, however it ends. */
import {appendFileSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import type {LongTrial, RunOptions, Stage} from './trial.ts';

const top = join(import.meta.dirname, '../..');
/** Lines of output that a failed command shows. */
const shownLines = 15;

export interface Step {
  name: string;
  seconds: number;
  saw: Record<string, string>;
}

export interface Played {
  seconds: number;
  steps: readonly Step[];
  /** Undefined where it passed. */
  failure: string | undefined;
  /** The folder with `log.txt` and what the trial left; gone where it passed. */
  folder: string;
}

/** `tell` is given a line for every step. Never throws: what was thrown is the failure. */
export async function play(
  name: string,
  trial: LongTrial,
  interrupt: AbortSignal,
  tell: (line: string) => void,
): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), `seatrial-trial-${name}-`));
  const began = performance.now();
  const steps: Step[] = [];
  const cleaning: (() => unknown)[] = [];
  const signal = AbortSignal.any([interrupt, AbortSignal.timeout(trial.minutes * 3 * 60_000)]);
  const failures: string[] = [];
  const attempt = async (act: () => unknown) => {
    try {
      await act();
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  };
  await attempt(() => endedBy(signal, trial.run(stageOf({folder, signal, steps, cleaning, tell}))));
  for (const act of cleaning.reverse()) await attempt(act);
  if (failures.length === 0) rmSync(folder, {recursive: true, force: true});
  const place = steps.at(-1)?.name;
  const failure =
    failures.length === 0 ? undefined : `${place === undefined ? '' : `${place}: `}${failures.join('; ')}`;
  return {seconds: (performance.now() - began) / 1000, steps, failure, folder};
}

/** The deadline holds for a trial that does not listen to its signal, too. */
async function endedBy(signal: AbortSignal, running: Promise<void>): Promise<void> {
  const ended = Promise.withResolvers<never>();
  const end = () => ended.reject(new Error(endOf(signal)));
  signal.addEventListener('abort', end, {once: true});
  if (signal.aborted) end();
  try {
    await Promise.race([running, ended.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function endOf({reason}: AbortSignal): string {
  return reason instanceof Error && reason.name === 'TimeoutError'
    ? 'it took three times as long as it usually takes'
    : 'it was interrupted';
}

interface Scene {
  folder: string;
  signal: AbortSignal;
  steps: Step[];
  cleaning: (() => unknown)[];
  tell: (line: string) => void;
}

function stageOf({folder, signal, steps, cleaning, tell}: Scene): Stage {
  const log = join(folder, 'log.txt');
  return {
    folder,
    signal,
    afterwards: act => void cleaning.push(act),
    saw(what, value) {
      const step = steps.at(-1);
      if (step === undefined) throw new Error(`saw "${what}" outside of a step`);
      step.saw[what] = String(value);
      tell(`    ${what}: ${value}`);
    },
    async step(name, act) {
      signal.throwIfAborted();
      const step: Step = {name, seconds: 0, saw: {}};
      steps.push(step);
      tell(`  ${name}`);
      appendFileSync(log, `\n== ${name}\n`);
      const began = performance.now();
      try {
        return await act();
      } finally {
        step.seconds = (performance.now() - began) / 1000;
        tell(`    ${step.seconds.toFixed(1)} s`);
      }
    },
    run: (argv, options = {}) => runLogged(argv, options, log, signal),
  };
}

async function runLogged(
  argv: readonly [string, ...string[]],
  {exits = [0], timeoutMs = 600_000, env = {}, stdin}: RunOptions,
  log: string,
  signal: AbortSignal,
): Promise<{stdout: string; exitCode: number}> {
  const [command, ...words] =
    argv[0] === 'seatrial' ? [process.execPath, join(top, 'scripts/seatrial.ts'), ...argv.slice(1)] : argv;
  const ended = await execa(command, words, {
    cwd: top,
    env,
    timeout: timeoutMs,
    // A command that was cleaning up after SIGTERM is given the time for it.
    forceKillAfterDelay: 60_000,
    // Where the trial has ended, what is done afterwards must still run.
    ...(signal.aborted ? {} : {cancelSignal: signal}),
    ...(stdin === undefined ? {stdin: 'ignore' as const} : {input: stdin}),
    all: true,
    reject: false,
  });
  appendFileSync(log, `\n$ ${argv.join(' ')}\n${ended.all}\n(exit ${ended.exitCode ?? ended.signal ?? 'unknown'})\n`);
  if (ended.exitCode !== undefined && exits.includes(ended.exitCode)) {
    return {stdout: ended.stdout, exitCode: ended.exitCode};
  }
  const how = ended.timedOut
    ? `did not end within ${timeoutMs / 1000} s`
    : ended.exitCode === undefined
      ? `was ended by ${ended.signal ?? ended.code ?? 'an unknown cause'}`
      : `ended with ${ended.exitCode}, not ${exits.join(' or ')}`;
  const shown = ended.all.trimEnd().split('\n').slice(-shownLines).join('\n');
  throw new Error(`${argv.join(' ')} ${how}:\n${shown}`);
}
