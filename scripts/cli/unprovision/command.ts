import type {Command} from 'commander';
import {CommandError} from '../kit/command-error.ts';
import {addPlaybookOptions, chosenSets, inventoryOf, type PlaybookFlags, runSets} from '../kit/playbooks.ts';

export function setUp(command: Command): void {
  addPlaybookOptions(command);
  command
    .option('--yes-i-mean <cluster>', 'its name: what was made ends, and with it what is stored there')
    .addHelpText(
      'after',
      `
Examples:
  seatrial unprovision --cluster --inventory cluster.yaml --check   what would be taken back
  seatrial unprovision --cluster --inventory cluster.yaml --yes-i-mean prod-a
  seatrial unprovision --guests --inventory cluster.yaml --yes-i-mean prod-a
                                                                    what carries this inventory's mark, nothing else

Takes back what the record on each host says that seatrial provision added, and then holds the host against the
snapshot from before: what differs is told.
Exit code: 0 everything is as before, 3 wrong usage or configuration, or a host that cannot be worked on; 4 something
differs, failed, or was interrupted.`,
    )
    .action(async (flags: PlaybookFlags & {yesIMean?: string}) => {
      const sets = chosenSets(flags, 'unprovision');
      if (sets.length === 0)
        throw new CommandError('what is to be taken back?', 'Say --cluster or --guests, or see --help.');
      const inventory = inventoryOf(flags, {connects: true});
      const {cluster} = inventory;
      if (!flags.check && flags.yesIMean !== cluster) {
        throw new CommandError(
          `${sets.map(({name}) => name).join(' and ')} of ${cluster} will be taken away, with everything that is stored there`,
          `Say so with: --yes-i-mean ${cluster}`,
        );
      }
      await runSets('unprovision', sets, inventory, flags);
    });
}
