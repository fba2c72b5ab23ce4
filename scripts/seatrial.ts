/** The command line. One file a command in commands/. */
import {Command, CommanderError} from 'commander';
import {groups} from './cli/index.ts';
import {CommandError, exitCodeHelp, exitCodes} from './cli/kit/command-error.ts';
import {version} from './cli/kit/package-files.ts';
import {outliveReaders} from './cli/kit/terminal.ts';

async function program(called: string | undefined): Promise<Command> {
  const seatrial = new Command('seatrial')
    .description('Acceptance tests for KVM clusters with high availability.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText(
      'after',
      `
Examples:
  seatrial doctor                                 what this machine lacks for a lab; of a cluster: --inventory FILE
  seatrial accept --lab --quick                   a first sea trial in a few minutes
  seatrial accept --inventory cluster.yaml        the real cluster
  seatrial report runs/2025-11-24T15-06-12-trial  judge a stored run again
  seatrial inspect fio.json iperf3.json           what is in files you have; no cluster needed

${exitCodeHelp}`,
    );
  for (const [title, group] of Object.entries(groups)) {
    seatrial.commandsGroup(title);
    for (const [name, {about, load}] of Object.entries(group)) {
      const command = seatrial.command(name).description(about);
      if (name === called) (await load())(command);
    }
  }
  return seatrial;
}

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
