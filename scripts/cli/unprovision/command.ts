import type {Command} from 'commander';
import {CommandError} from '../kit/command-error.ts';
import {addPlaybookOptions, chosenSets, inventoryOf, type PlaybookFlags, runSets} from '../kit/playbooks.ts';

export function setUp(command: Command): void {
  addPlaybookOptions(command);
  command
    .addHelpText(
      'after',
      `
Examples:
  seatrial unprovision --cluster --inventory cluster.yaml --check   what would be taken back
  seatrial unprovision --cluster --inventory cluster.yaml

Takes back what the record on each host says that seatrial provision added, and then holds the host against the
snapshot from before: what differs is told.
Exit code: 0 everything is as before, 3 wrong usage or configuration, or a host that cannot be worked on; 4 something
differs, failed, or was interrupted.`,
    )
    .action(async (flags: PlaybookFlags) => {
      const sets = chosenSets(flags, 'unprovision');
      if (sets.length === 0) throw new CommandError('what is to be taken back?', 'Say --cluster, or see --help.');
      await runSets('unprovision', sets, inventoryOf(flags, {connects: true}), flags);
    });
}
