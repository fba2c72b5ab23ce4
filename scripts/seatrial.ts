#!/usr/bin/env node
/** The command line. One file a command in commands/. */
import {Command, CommanderError} from 'commander';
import {addClaims} from './commands/claims.ts';
import {addDoctor} from './commands/doctor.ts';
import {addLab} from './commands/lab.ts';
import {exitCodeHelp, exitCodes, Refusal} from './refusal.ts';
import {version} from './shipped.ts';

function program(): Command {
  const seatrial = new Command('seatrial')
    .description('Acceptance tests for KVM clusters with high availability.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText(
      'after',
      `
Examples:
  seatrial doctor                                 what this machine lacks for the local reference cluster
  seatrial accept --lab --quick                   a first sea trial in a few minutes
  seatrial accept --inventory cluster.yaml        the real cluster
  seatrial report runs/2025-11-24T15-06-12-trial  judge a stored run again

${exitCodeHelp}`,
    );
  addLab(seatrial);
  addDoctor(seatrial);
  addClaims(seatrial);
  return seatrial;
}

/** A reader that went away (`seatrial claims | head`) must not end a run in the middle of a fault. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

ignoreClosedPipes();
try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version come this way too, with exit code 0; everything else is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  } else if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n${error.todo}\n`);
    process.exitCode = error.exitCode;
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`seatrial stumbled over a mistake of its own: ${text}\nRun: seatrial heal\n`);
    process.exitCode = exitCodes.aborted;
  }
}
