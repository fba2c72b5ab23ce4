/**
 * Which cluster a command works on, in the same words everywhere: `--lab [NAME]` with what describes a lab, or
 * `--inventory FILE`.
 */
import {type Command, InvalidArgumentError, Option} from 'commander';
import type {Inventory} from '../../../harness/config/inventory.ts';
import {type LabError, type LabOptions, type LabShape, labShape, scrapeIntervals} from '../../../harness/lab/index.ts';
import {impacts} from '../../../harness/run/impact.ts';
import {labStoreKinds} from '../../../harness/storage/stores/index.ts';
import type {Impact, Result, StoreKind} from '../../../harness/types.ts';
import {CommandError} from './command-error.ts';
import {knownChecks} from './doctor-first.ts';
import {shapeOfUp} from './lab-shape.ts';
import {inventoryFrom} from './open-cluster.ts';
import {listed, whole} from './options.ts';

export const defaultLabName = 'trial';

export interface ClusterFlags extends LabShape {
  /** `true` without a name. */
  lab?: string | true;
  inventory?: string;
  keepLab?: true;
  yesIMean?: string;
  /** How far the work on a real cluster may go. */
  allow?: Impact;
  /** Checks of the doctor whose dangers are let through. */
  despite?: readonly string[];
  /** Nothing is connected to. */
  dryRun?: true;
}

/** One cluster, as the command line names it. `keep`: a lab built for this command stays up. */
export type ClusterChoice =
  | {kind: 'lab'; lab: LabOptions; keep: boolean}
  | {kind: 'inventory'; inventory: Inventory; despite: readonly string[]};

/** Adds the options of a command that works on a cluster for long. */
export function addClusterOptions(command: Command, aboutLab: string): void {
  command
    .addOption(labOption(aboutLab))
    .addOption(inventoryOption())
    .option('--keep-lab', 'leave the lab up afterwards')
    .addOption(allowOption())
    .option('--yes-i-mean <cluster>', "the real cluster's name, in place of typing it")
    .option('--despite <checks>', 'go on although these checks of seatrial doctor find a danger; it is noted', listed);
  addLabShape(command);
}

export function allowOption(): Option {
  const about = 'on a real cluster, how far it may go; each class allows those before it; without it only what reads';
  return new Option('--allow <class>', about).choices(impacts);
}

export function labOption(about: string): Option {
  return new Option('--lab [name]', `${about}; ${defaultLabName} without a name`);
}

export function inventoryOption(): Option {
  return new Option(
    '--inventory <file>',
    'on the cluster that this file describes; an Ansible inventory is taken too (a folder, or ansible:PATH)',
  );
}

/** Adds what describes a lab that is to be built. */
export function addLabShape(command: Command): void {
  command
    .addOption(new Option('--nodes <n>', 'nodes of the lab, 3 to 5').argParser(labNodes).default(3))
    .addOption(
      new Option('--storage <kind>', 'of the lab; ceph: the real one, nbd: the light one')
        .choices(['ceph', 'nbd'])
        .default('ceph'),
    )
    .addOption(new Option('--guests <n>', 'virtual machines of the lab, 1 to 8').argParser(whole(1, 8)).default(2))
    .addOption(
      new Option(
        '--stores <kinds>',
        `further stores of the lab's last guest, beside each other: ${labStoreKinds.join(', ')}; null is the control`,
      ).argParser(storesNamed),
    )
    .addOption(
      new Option(
        '--monitoring [interval]',
        "of the lab: Prometheus, Alertmanager and exporters, asked every second; 15s as Debian's package does, 1m as Prometheus does by itself",
      )
        .choices(scrapeIntervals)
        .preset('1s'),
    )
    .addOption(
      new Option(
        '--links <n>',
        'of the lab: links of Corosync, 1 or 2; the second goes over the storage plane',
      ).argParser(whole(1, 2)),
    );
}

function storesNamed(text: string): readonly StoreKind[] {
  return listed(text).map(word => {
    const kind = labStoreKinds.find(each => each === word);
    if (kind === undefined)
      throw new InvalidArgumentError(`no lab has ${word}; there are ${labStoreKinds.join(', ')}.`);
    return kind;
  });
}

/** The lab's name, or nothing where no lab is meant. */
export function labNamed(lab: string | true | undefined): string | undefined {
  return lab === true ? defaultLabName : lab;
}

/** Exactly one cluster, and no option that does not belong to it. */
export function clusterChoice(flags: ClusterFlags, command: Command): ClusterChoice {
  const {inventory} = flags;
  const name = labNamed(flags.lab);
  if ((name === undefined) === (inventory === undefined)) {
    throw new CommandError(
      name === undefined ? 'which cluster is meant?' : '--lab and --inventory exclude each other',
      'Say --lab for a local reference cluster, or --inventory FILE for a real one.',
    );
  }
  if (name !== undefined) {
    const forReal = {'--yes-i-mean': flags.yesIMean, '--allow': flags.allow, '--despite': flags.despite};
    const stray = Object.entries(forReal).find(([, value]) => value !== undefined)?.[0];
    if (stray !== undefined) throw new CommandError(`${stray} is for real clusters`, 'Leave it out.');
    return {kind: 'lab', lab: {name, ...shapeAsked(name, flags, command)}, keep: flags.keepLab ?? false};
  }
  const stray = ['nodes', 'storage', 'guests', 'stores', 'monitoring', 'links', 'keepLab'].find(
    key => command.getOptionValueSource(key) === 'cli',
  );
  if (stray !== undefined) {
    const flag = `--${stray.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
    throw new CommandError(
      `${flag} describes a lab, and a real cluster is asked for`,
      'Leave it out, or say --lab in place of --inventory.',
    );
  }
  const despite = knownChecks(flags.despite ?? []);
  const read = inventoryFrom(inventory ?? '', {connects: !flags.dryRun});
  if (read.guests.length === 0) {
    throw new CommandError(
      `${inventory} lists no guests, and what is tried is measured from inside guests`,
      'Add those that run the guest image of seatrial under "guests:" in that file.',
    );
  }
  return {kind: 'inventory', inventory: read, despite};
}

/** A lab that is up is what it is; one that is built for this is as usual in what is not said. */
function shapeAsked(name: string, flags: LabShape, command: Command): LabShape {
  const {nodes, storage, guests, stores, monitoring, links} = flags;
  const further = {...(stores && {stores}), ...(monitoring && {monitoring}), ...(links && {links})};
  const usual: LabShape = {nodes, storage, guests, ...further};
  const there = labShape(name);
  if (there === undefined) return usual;
  const said: Partial<LabShape> = Object.fromEntries(
    Object.entries(usual).filter(([key]) => command.getOptionValueSource(key) === 'cli'),
  );
  return shapeOfUp(name, there, said);
}

function labNodes(text: string): LabOptions['nodes'] {
  const count = whole(3, 5)(text);
  return count === 3 ? 3 : count === 4 ? 4 : 5;
}

/** What the lab gave, or its sentence as the command's end. */
export function fromLab<T>(result: Result<T, LabError>): T {
  if (result.ok) return result.value;
  throw new CommandError(result.error.sentence, result.error.todo, result.error.exitCode);
}
