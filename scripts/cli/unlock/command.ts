import {createInterface} from 'node:readline/promises';
import type {Command} from 'commander';
import {openLab} from '../../../harness/lab/index.ts';
import {clusterLock, type Held, looksAlive, removeClusterLock} from '../../../harness/run/cluster-lock.ts';
import type {Cluster} from '../../../harness/types.ts';
import {fromLab, inventoryOption, labNamed, labOption} from '../kit/cluster-options.ts';
import {CommandError} from '../kit/command-error.ts';
import {connectInventory, inventoryFrom, journalOf} from '../kit/open-cluster.ts';

export function setUp(command: Command): void {
  command
    .addOption(labOption('on this lab'))
    .addOption(inventoryOption())
    .option('--yes-i-mean <cluster>', "the cluster's name, in place of typing it")
    .addHelpText(
      'after',
      `
Examples:
  seatrial unlock --inventory cluster.yaml                        says whose lock it is, and asks
  seatrial unlock --inventory cluster.yaml --yes-i-mean prod-a    takes it away
  seatrial unlock --lab                                           of the lab trial; --lab NAME for another

An owner gives a sign every minute; one that has given none for 5 minutes looks dead. What a process of this machine
left needs no unlock: the next command takes it over. Where another machine died in the middle of a run, faults may
still be in force, and only its own journal says which: run seatrial heal there if you can.
Exit code: 0 not locked any more, 3 wrong usage, or the lock stays.`,
    )
    .action(unlock);
}

interface Options {
  lab?: string | true;
  inventory?: string;
  yesIMean?: string;
}

async function unlock(options: Options): Promise<void> {
  const {cluster, close} = await opened(options);
  try {
    const lock = await clusterLock(cluster);
    if (!lock.ok)
      throw new CommandError(`the lock of ${cluster.name} cannot be read: ${lock.error}`, 'Mend that first.');
    if (lock.value === undefined) return void process.stdout.write(`${cluster.name} is not locked\n`);
    process.stdout.write(`${described(cluster.name, lock.value)}\n`);
    await confirm(cluster.name, options.yesIMean);
    const removed = await removeClusterLock(cluster, lock.value.owner.token);
    if (!removed.ok) throw new CommandError(`the lock stays: ${removed.error}`, 'Run the same command again.');
    process.stdout.write(`${cluster.name} is not locked any more\n`);
  } finally {
    await close();
  }
}

/** The cluster, held on this machine only: a process of this machine that still works on it refuses. */
async function opened({lab, inventory}: Options): Promise<{cluster: Cluster; close(): Promise<void>}> {
  const name = labNamed(lab);
  if ((name === undefined) === (inventory === undefined)) {
    throw new CommandError(
      name === undefined ? 'which cluster is meant?' : '--lab and --inventory exclude each other',
      'Say --inventory FILE, or --lab for a local one.',
    );
  }
  if (name === undefined) return connectInventory(inventoryFrom(inventory ?? '', {connects: true}));
  const cluster = fromLab(await openLab(name));
  const journal = await journalOf(cluster.name);
  return {cluster, close: () => journal.release()};
}

function described(cluster: string, {owner, silentSeconds}: Held): string {
  const sign =
    silentSeconds === undefined ? 'no sign of it is on any node' : `its last sign was ${silentSeconds} s ago`;
  return (
    `${cluster} is locked by ${owner.by}, process ${owner.pid} (${owner.command}), since ${owner.since}: ` +
    `${sign}, it looks ${looksAlive(silentSeconds) ? 'ALIVE' : 'dead'}`
  );
}

async function confirm(name: string, said: string | undefined): Promise<void> {
  if (said === undefined && !process.stdin.isTTY) {
    throw new CommandError('nobody is here to confirm that the lock goes', `Say so with: --yes-i-mean ${name}`);
  }
  let answer = said;
  if (answer === undefined) {
    const terminal = createInterface({input: process.stdin, output: process.stderr});
    answer = await terminal.question(`Type the cluster's name to take the lock away: `);
    terminal.close();
  }
  if (answer.trim() === name) return;
  throw new CommandError(
    `the name given is not that of the cluster, ${name}: the lock stays`,
    'Look at the inventory.',
  );
}
