/**
 * What a long trial is: a proof of minutes that the tests have no time for, such as "three bare hosts become a
 * cluster, are tried, and nothing is left". It stands in `scripts/trials/NAME.trial.ts` as the default export, and is
 * found there by that name: `npm run trials -- NAME`.
 */

/** What a trial file exports. */
export interface LongTrial {
  /** One sentence: what is shown once it has passed. */
  proves: string;
  /** How long it usually takes. It is ended after three times that. */
  minutes: number;
  /** Throws where something is not as it should be; the sentence thrown is the outcome. */
  run(stage: Stage): Promise<void>;
}

/** What a trial is given to work with. */
export interface Stage {
  /** One step: timed, and on the page by its name. What it throws ends the trial. Steps do not nest. */
  step<T>(name: string, act: () => T | Promise<T>): Promise<T>;
  /** A number or a word seen in the step that is running, with its unit: `saw('fenced after', '14.9 s')`. */
  saw(what: string, value: string | number): void;
  /**
   * Runs a command from the top of the repository, its output into the trial's log. `seatrial` stands for this
   * checkout's command line. Another exit code than `exits` (0 without it) throws with the last lines of output.
   */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<{stdout: string; exitCode: number}>;
  /** Done when the trial ends, however it ends; the last one first. */
  afterwards(act: () => unknown): void;
  /** An empty folder, removed when the trial has passed and kept when it failed. */
  folder: string;
  /** Aborted by Ctrl-C, SIGTERM and at the deadline: long waits of a trial's own must listen to it. */
  signal: AbortSignal;
}

export interface RunOptions {
  /** Exit codes that are as they should be. */
  exits?: readonly number[];
  /** Ten minutes without it. */
  timeoutMs?: number;
  /** Besides those of this process. */
  env?: Readonly<Record<string, string>>;
  stdin?: string;
}
