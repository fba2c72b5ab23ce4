import {existsSync, readdirSync} from 'node:fs';
import type {Command} from 'commander';
import {labNames, openLab} from '../../../harness/lab/index.ts';
import type {Cluster} from '../../../harness/types.ts';
import {fromLab, inventoryOption, labNamed, labOption} from '../kit/cluster-options.ts';
import {exitCodes, Refusal} from '../kit/command-error.ts';
import {giveBack, inventoryFrom, journalFolder, journalOf, openInventory} from '../kit/open-cluster.ts';

export function setUp(command: Command): void {
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

Exit code: 0 healthy, 3 wrong usage or configuration, 4 something is still wrong; it says what.`,
    )
    .action(async (options: {lab?: string | true; inventory?: string}) => {
      const lab = labNamed(options.lab);
      if (lab !== undefined && options.inventory !== undefined) {
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
      const names = lab === undefined ? labNames() : [lab];
      for (const name of names) {
        const opened = await openLab(name);
        if (opened.ok) await healOne(opened.value);
        else if (lab !== undefined) fromLab(opened);
        else process.stdout.write(`${name}: ${opened.error.sentence}. ${opened.error.todo}\n`);
      }
      if (lab !== undefined) return;
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
