import {type Command, Option} from 'commander';
import {haClusterPlaybook} from '../../../harness/provision/ha-cluster.ts';
import {CommandError} from '../kit/command-error.ts';
import {addPlaybookOptions, chosenSets, inventoryOf, type PlaybookFlags, runSets} from '../kit/playbooks.ts';

export function setUp(command: Command): void {
  addPlaybookOptions(command);
  command
    .addOption(
      new Option(
        '--print <what>',
        'ha_cluster: print a playbook for linux-system-roles/ha_cluster, and run nothing',
      ).choices(['ha_cluster']),
    )
    .addHelpText(
      'after',
      `
Examples:
  seatrial provision --cluster --inventory cluster.yaml --check     what would be changed
  seatrial provision --cluster --inventory cluster.yaml
  seatrial provision --cluster --inventory cluster.yaml --json      0 changed: the second time nothing is
  seatrial provision --guests --inventory cluster.yaml              guests of ours, within the inventory's quota
  seatrial provision --print ha_cluster --inventory cluster.yaml    for RHEL and SLES, whose own role does it

Ansible does it (core 2.14 or later, Debian's package ansible), with the inventory's own way to log in. Every host keeps
a record of what was added, written before it is: seatrial unprovision takes back exactly that. Guests carry a mark with
owner and expiry, and are refused where they would take more than provision.guests of the inventory allows.
Exit code: 0 done, 3 wrong usage or configuration, or a host that cannot be worked on; 4 failed or interrupted.`,
    )
    .action(async (flags: PlaybookFlags & {print?: 'ha_cluster'}) => {
      if (flags.print !== undefined) {
        process.stdout.write(haClusterPlaybook(inventoryOf(flags, {connects: false})));
        return;
      }
      const sets = chosenSets(flags, 'provision');
      if (sets.length === 0)
        throw new CommandError('what is to be provisioned?', 'Say --cluster or --guests, or see --help.');
      await runSets('provision', sets, inventoryOf(flags, {connects: true}), flags);
    });
}
