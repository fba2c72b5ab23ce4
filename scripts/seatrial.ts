/** Runs the command line, and ends with its exit code whatever comes. */
import {CommanderError} from 'commander';
import {CommandError, exitCodes} from './cli/kit/command-error.ts';
import {outliveReaders} from './cli/kit/terminal.ts';
import {program} from './cli/program.ts';

outliveReaders();
try {
  const [called, about] = process.argv.slice(2);
  await (await program(called === 'help' ? about : called)).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version come this way too, with exit code 0; everything else is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  } else if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n${error.todo}\n`);
    process.exitCode = error.exitCode;
  } else if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    process.stderr.write('the disk is full\nMake room, then run: seatrial heal\n');
    process.exitCode = exitCodes.aborted;
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`seatrial stumbled over a mistake of its own: ${text}\nRun: seatrial heal\n`);
    process.exitCode = exitCodes.aborted;
  }
}
