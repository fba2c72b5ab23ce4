import type {Command} from 'commander';
import {type Foretold, foretellAll, foretellLive} from '../../../harness/cluster/foretell.ts';
import {runLocally} from '../../../harness/transport/local.ts';
import type {Result} from '../../../harness/types.ts';
import {inventoryOption, labNamed, labOption} from '../kit/cluster-options.ts';
import {CommandError} from '../kit/command-error.ts';
import {lookAt} from '../kit/open-cluster.ts';
import {readText} from '../kit/package-files.ts';

interface Options {
  lab?: string | true;
  inventory?: string;
  json?: true;
}

export function setUp(command: Command): void {
  command
    .argument('[cib]', "a cluster's configuration and status as cibadmin prints it, or - for standard input")
    .addOption(labOption('a local lab that is up, as it is now'))
    .addOption(inventoryOption())
    .option('--json', 'print JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  seatrial simulate --inventory cluster.yaml             the cluster as it is now; only looks
  seatrial simulate --lab                                the lab trial
  seatrial simulate cib.xml                              what cibadmin --query has printed
  ssh n1 cibadmin --query | seatrial simulate -
  seatrial simulate --json cib.xml | jq '.[] | {lost, guests}'

Pacemaker's own crm_simulate (of the package pacemaker-cli-utils) is asked: for a cluster on the first of its nodes that has it, for a file
on this machine, and no cluster is connected to. Nodes are lost at once; quorum is taken for lost where not more than half of them
are left. Where several nodes are as good, the cluster may choose another one than this.
Exit code: 0 every guest runs somewhere after each single loss, 1 one does not, 3 no CIB, no cluster, or no crm_simulate.`,
    )
    .action(run);
}

async function run(file: string | undefined, options: Options): Promise<void> {
  const foretold = await foretoldOf(file, options);
  if (!foretold.ok) {
    throw new CommandError(foretold.error, 'Do what it says. A file must hold what cibadmin --query prints.');
  }
  process.stdout.write(options.json ? `${JSON.stringify(foretold.value, null, 1)}\n` : matrix(foretold.value));
  const single = foretold.value.filter(({lost}) => lost.length === 1);
  process.exitCode = single.some(({guests}) => Object.values(guests).some(nodes => nodes.length === 0)) ? 1 : 0;
}

async function foretoldOf(
  file: string | undefined,
  {lab, inventory}: Options,
): Promise<Result<readonly Foretold[], string>> {
  const name = labNamed(lab);
  if ([file, name, inventory].filter(each => each !== undefined).length !== 1) {
    throw new CommandError('which cluster is meant?', 'Give a file, or --lab, or --inventory FILE: one of them.');
  }
  if (file !== undefined) return foretellAll(runLocally, readText(file === '-' ? '/dev/stdin' : file));
  return lookAt({lab, inventory}, foretellLive);
}

/** A line for each loss, a column for each guest. */
function matrix(losses: readonly Foretold[]): string {
  const guests = Object.keys(losses[0]?.guests ?? {});
  if (guests.length === 0) return 'the CIB has no virtual machine that is to run\n';
  const rows = losses.map(({lost, quorate, guests: placed}) => [
    `${lost.join(' and ')} lost${quorate ? '' : ', no quorum'}`,
    ...guests.map(guest => placed[guest]?.join(' and ') || 'nowhere'),
  ]);
  const all = [['', ...guests], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map(row => (row[column] ?? '').length))) ?? [];
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return `${all.map(row => line(row).trimEnd()).join('\n')}\n`;
}
