import {existsSync, readdirSync} from 'node:fs';
import type {Command} from 'commander';
import {labNames, openLab} from '../../../harness/lab/index.ts';
import {auditedTransport} from '../../../harness/run/audit.ts';
import type {Journal} from '../../../harness/run/journal.ts';
import type {Cluster} from '../../../harness/types.ts';
import {fromLab, inventoryOption, labNamed, labOption} from '../kit/cluster-options.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {holdCluster} from '../kit/hold-cluster.ts';
import {onInterrupt} from '../kit/interrupt.ts';
import {
  auditFileOf,
  inventoryFrom,
  journalFolder,
  journalOf,
  openInventory,
  restoreCluster,
} from '../kit/open-cluster.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';

export function setUp(command: Command): void {
  addPluginsOption(command);
  command
    .addOption(labOption('this lab; every lab of this machine without --lab and --inventory'))
    .addOption(inventoryOption())
    .addHelpText(
      'after',
      `
Examples:
  seatrial heal                               every lab that is up
  seatrial heal --lab                         the lab trial; --lab NAME for another
  seatrial heal --inventory cluster.yaml      a real cluster

What is done to hosts is written to ${auditFileOf('CLUSTER')}, which only grows.
Ctrl-C ends the waiting at once: what is in force by then stays written, and the next heal goes on from there.
Exit code: 0 healthy, 3 wrong usage or configuration, 4 something is still wrong; it says what.`,
    )
    .action(async (options: Options) => {
      const interrupt = onInterrupt(text => process.stderr.write(`${text}\n`), stopping);
      try {
        await healAll(options, interrupt.signal);
      } finally {
        interrupt.release();
      }
    });
}

interface Options {
  lab?: string | true;
  inventory?: string;
}

const stopping = 'stopping: nothing more is waited for; run seatrial heal again to go on';

async function healAll(options: Options, signal: AbortSignal): Promise<void> {
  const lab = labNamed(options.lab);
  if (lab !== undefined && options.inventory !== undefined) {
    throw new CommandError('--lab and --inventory exclude each other', 'Say one of them.');
  }
  if (options.inventory !== undefined) {
    const inventory = inventoryFrom(options.inventory, {connects: true});
    const opened = await openInventory(inventory, {say: sayOf(inventory.cluster), signal, heals: true});
    try {
      await healOne(opened.cluster, opened.journal, signal);
    } finally {
      await opened.close();
    }
    return;
  }
  const names = lab === undefined ? labNames() : [lab];
  for (const name of names) {
    if (signal.aborted) break;
    const opened = await openLab(name);
    if (opened.ok) await healLab(opened.value, signal);
    else if (lab !== undefined) fromLab(opened);
    else process.stdout.write(`${name}: ${opened.error.sentence}. ${opened.error.todo}\n`);
  }
  if (lab !== undefined) return;
  const others = journaled().filter(name => !names.includes(name));
  for (const name of others) {
    process.stdout.write(`${name}: something is in force; run: seatrial heal --inventory FILE, with its inventory\n`);
  }
  if (others.length > 0 || signal.aborted) process.exitCode = exitCodes.aborted;
  else if (names.length === 0) process.stdout.write('nothing is in force, and no lab is up\n');
}

async function healLab(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const journal = await journalOf(cluster.name);
  try {
    const giveFree = await holdCluster({
      cluster,
      journal,
      folder: journalFolder,
      say: sayOf(cluster.name),
      heals: true,
    });
    await healOne(cluster, journal, signal).finally(giveFree);
  } finally {
    await journal.release();
  }
}

async function healOne(cluster: Cluster, journal: Journal, signal: AbortSignal): Promise<void> {
  const audited = auditedTransport(cluster.transport, auditFileOf(cluster.name));
  const say = sayOf(cluster.name);
  const left = await restoreCluster({...cluster, transport: audited}, journal, say, signal);
  audited.close();
  if (left.length === 0) process.stdout.write(`${cluster.name} is healthy\n`);
  else {
    for (const {invariant, detail} of left) process.stdout.write(`${cluster.name}: ${invariant}: ${detail}\n`);
    process.exitCode = exitCodes.aborted;
  }
}

function sayOf(cluster: string): (text: string, host?: string) => void {
  return (text, host) => void process.stderr.write(`${cluster}${host === undefined ? '' : ` ${host}`}: ${text}\n`);
}

/** Clusters whose journals hold something. */
function journaled(): string[] {
  if (!existsSync(journalFolder)) return [];
  return readdirSync(journalFolder)
    .filter(file => file.endsWith('.jsonl'))
    .map(file => file.slice(0, -'.jsonl'.length));
}
