/** The exit codes of every command. */
export const exitCodes = {met: 0, missed: 1, undecided: 2, usage: 3, aborted: 4} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp =
  'Exit code: 0 all met, 1 some missed, 2 some undecided and none missed, 3 wrong usage or configuration, 4 aborted or not healed.';

/** Ends a command with one sentence, what to do about it, and an exit code. Thrown before anything is left in force. */
export class CommandError extends Error {
  readonly todo: string;
  readonly exitCode: ExitCode;

  constructor(sentence: string, todo: string, exitCode: ExitCode = exitCodes.usage) {
    super(sentence);
    this.name = 'CommandError';
    this.todo = todo;
    this.exitCode = exitCode;
  }
}
