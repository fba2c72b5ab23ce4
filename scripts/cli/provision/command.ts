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
  seatrial provision --cluster --inventory cluster.yaml --check     what would be changed
  seatrial provision --cluster --inventory cluster.yaml
  seatrial provision --cluster --inventory cluster.yaml --json      0 changed: the second time nothing is
  seatrial provision --guests --inventory cluster.yaml              guests of ours, within the inventory's quota

Ansible does it (core 2.14 or later, Debian's package ansible), with the inventory's own way to log in. Every host keeps
a record of what was added, written before it is: seatrial unprovision takes back exactly that. Guests carry a mark with
owner and expiry, and are refused where they would take more than provision.guests of the inventory allows.
Exit code: 0 done, 3 wrong usage or configuration, or a host that cannot be worked on; 4 failed or interrupted.`,
    )
    .action(async (flags: PlaybookFlags) => {
      const sets = chosenSets(flags, 'provision');
      if (sets.length === 0)
        throw new CommandError('what is to be provisioned?', 'Say --cluster or --guests, or see --help.');
      await runSets('provision', sets, inventoryOf(flags), flags);
    });
}
