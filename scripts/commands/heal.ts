import {existsSync, readdirSync} from 'node:fs';
import type {Command} from 'commander';
import {labNames, openLab} from '../../harness/lab/index.ts';
import type {Cluster} from '../../harness/types.ts';
import {giveBack, inventoryFrom, journalFolder, journalOf, openInventory} from '../clusters.ts';
import {fromLab} from '../lab-options.ts';
import {exitCodes, Refusal} from '../refusal.ts';

export function addHeal(program: Command): void {
  program
    .command('heal')
    .description(
      'Undo what a run left in force: faults and settings, by the journal. Safe to run twice, or for nothing.',
    )
    .option('--lab <name>', 'this lab; without it and without --inventory every lab of this machine')
    .option('--inventory <file>', 'the cluster that this file describes')
    .addHelpText(
      'after',
      `
Examples:
  seatrial heal                               every lab that is up
  seatrial heal --lab trial
  seatrial heal --inventory cluster.yaml      a real cluster

Exit code: 0 healthy, 3 wrong usage or configuration, 4 something is still wrong; it says what.`,
    )
    .action(async (options: {lab?: string; inventory?: string}) => {
      if (options.lab !== undefined && options.inventory !== undefined) {
        throw new Refusal('--lab and --inventory exclude each other', 'Say one of them.');
      }
      if (options.inventory !== undefined) {
        const opened = await openInventory(inventoryFrom(options.inventory));
        try {
          await healOne(opened.cluster);
        } finally {
          await opened.close();
        }
        return;
      }
      const names = options.lab === undefined ? labNames() : [options.lab];
      for (const name of names) {
        const opened = await openLab(name);
        if (opened.ok) await healOne(opened.value);
        else if (options.lab !== undefined) fromLab(opened);
        else process.stdout.write(`${name}: ${opened.error.sentence}. ${opened.error.todo}\n`);
      }
      if (options.lab !== undefined) return;
      const others = journaled().filter(name => !names.includes(name));
      for (const name of others) {
        process.stdout.write(
          `${name}: something is in force; run: seatrial heal --inventory FILE, with its inventory\n`,
        );
      }
      if (others.length > 0) process.exitCode = exitCodes.aborted;
      else if (names.length === 0) process.stdout.write('nothing is in force, and no lab is up\n');
    });
}

async function healOne(cluster: Cluster): Promise<void> {
  const journal = await journalOf(cluster.name);
  try {
    const say = (text: string, host?: string) =>
      process.stderr.write(`${cluster.name}${host === undefined ? '' : ` ${host}`}: ${text}\n`);
    const left = await giveBack(cluster, journal, say);
    if (left.length === 0) process.stdout.write(`${cluster.name} is healthy\n`);
    else {
      for (const {invariant, detail} of left) process.stdout.write(`${cluster.name}: ${invariant}: ${detail}\n`);
      process.exitCode = exitCodes.aborted;
    }
  } finally {
    await journal.release();
  }
}

/** Clusters whose journals hold something. */
function journaled(): string[] {
  if (!existsSync(journalFolder)) return [];
  return readdirSync(journalFolder)
    .filter(file => file.endsWith('.jsonl'))
    .map(file => file.slice(0, -'.jsonl'.length));
}
