import type {Command} from 'commander';
import {type LabStatus, labDown, labNames, labStatus, labUp, openLab} from '../../../harness/lab/index.ts';
import {addLabShape, defaultLabName, fromLab, type LabShape, labNamed, labOption} from '../kit/cluster-options.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {onInterrupt} from '../kit/interrupt.ts';
import {forgetLab} from '../kit/open-cluster.ts';
import {whole} from '../kit/options.ts';
import {watchOn} from '../kit/progress.ts';

export function setUp(command: Command): void {
  command.addHelpText(
    'after',
    `
Examples:
  seatrial lab up                        three nodes on Ceph, named ${defaultLabName}
  seatrial lab up b --storage nbd        a second, lighter one beside it
  seatrial lab status --json
  seatrial lab exec n1 -- crm_mon -1
  seatrial lab exec --lab b n1 -- crm_mon -1
  seatrial lab down`,
  );
  addUp(command);
  addStatus(command);
  addExec(command);
  addDown(command);
}

function addUp(lab: Command): void {
  const command = lab
    .command('up')
    .description('Build a lab and wait until it is quorate and its guests answer.')
    .argument('[name]', 'name of the lab; labs of different names live side by side', defaultLabName);
  addLabShape(command);
  command
    .addHelpText(
      'after',
      `
Examples:
  seatrial lab up
  seatrial lab up b --nodes 5 --storage nbd`,
    )
    .action(up);
}

async function up(name: string, {nodes, storage, guests}: LabShape): Promise<void> {
  const watch = watchOn(process.stderr);
  const interrupt = onInterrupt(watch.say);
  try {
    const cluster = fromLab(await labUp({name, nodes, storage, guests}, watch.say, interrupt.signal));
    watch.close();
    const named = (those: readonly {name: string}[]) => those.map(one => one.name).join(', ');
    process.stdout.write(
      `lab ${cluster.name} is up: nodes ${named(cluster.nodes)}; guests ${named(cluster.guests)}; ${cluster.hardware.note}\n`,
    );
  } finally {
    watch.close();
    interrupt.release();
  }
}

function addStatus(lab: Command): void {
  lab
    .command('status')
    .description('Nodes, power, quorum, fencing, storage, guests and where they run.')
    .argument('[name]', 'name of the lab', defaultLabName)
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExamples:\n  seatrial lab status\n  seatrial lab status b --json | jq '.guests'")
    .action(status);
}

async function status(name: string, options: {json?: true}): Promise<void> {
  const found = fromLab(await labStatus(name));
  process.stdout.write(options.json ? `${JSON.stringify(found, null, 1)}\n` : statusLines(found));
}

interface ExecOptions {
  lab?: string | true;
  timeout: number;
}

function addExec(lab: Command): void {
  lab
    .command('exec')
    .description("Run a command on one of the lab's hosts; ends with the command's own exit code.")
    .argument('<host>', 'n1, n2, … or client')
    .argument('<command...>', 'the command, after --')
    .addOption(labOption('on this lab'))
    .option('--timeout <seconds>', 'ends the command after so many seconds', whole(1, 86_400), 600)
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial lab exec n1 -- crm_mon -1\n  seatrial lab exec client -- ping -c 3 10.77.3.101',
    )
    .action(exec);
}

async function exec(hostName: string, words: readonly string[], options: ExecOptions): Promise<void> {
  const cluster = fromLab(await openLab(labNamed(options.lab) ?? defaultLabName));
  const hosts = [...cluster.nodes, cluster.client];
  const host = hosts.find(one => one.name === hostName);
  const [program, ...rest] = words;
  if (host === undefined || program === undefined) {
    throw new CommandError(
      `lab ${cluster.name} has no host ${hostName}`,
      `Name one of ${hosts.map(one => one.name).join(', ')}.`,
    );
  }
  const outcome = await cluster.transport.exec(host, {
    argv: [program, ...rest],
    timeoutMs: options.timeout * 1000,
    idempotent: false,
  });
  process.stdout.write(outcome.stdout);
  process.stderr.write(outcome.stderr);
  if (outcome.exit.kind === 'exited') process.exitCode = outcome.exit.code;
  else {
    throw new CommandError(
      `${program} on ${hostName} did not end by itself: ${JSON.stringify(outcome.exit)}`,
      'Give it longer with --timeout, or look at: seatrial lab status',
      exitCodes.aborted,
    );
  }
}

function addDown(lab: Command): void {
  lab
    .command('down')
    .description('End a lab; nothing of it remains.')
    .argument('[name]', 'name of the lab', defaultLabName)
    .option('--all', 'end every lab of this machine')
    .addHelpText('after', '\nExamples:\n  seatrial lab down\n  seatrial lab down b\n  seatrial lab down --all')
    .action(down);
}

async function down(name: string, options: {all?: true}): Promise<void> {
  for (const each of options.all ? labNames() : [name]) {
    fromLab(await labDown(each));
    await forgetLab(each);
    process.stdout.write(`lab ${each} is down\n`);
  }
}

/** One line a subject; what is not as it should be reads so. */
export function statusLines(status: LabStatus): string {
  const lines = [`lab ${status.name}: ${status.phase}; ${status.hardware.note}`];
  const {cluster} = status;
  if (cluster.quorate)
    lines.push(`quorum: yes${cluster.coordinator === undefined ? '' : `, led by ${cluster.coordinator}`}`);
  else lines.push(`quorum: no, ${cluster.reason}`);
  for (const {name, role, power, reachable} of status.hosts) {
    const words: string[] = [role, `power ${power}`, ...(reachable ? [] : ['does not answer'])];
    if (cluster.quorate && role === 'node') {
      const member = cluster.members.find(one => one.name === name);
      const device = cluster.fencing.find(one => one.node === name);
      words.push(
        member === undefined ? 'no member' : member.online ? 'online' : 'offline',
        ...(member?.unclean ? ['unclean'] : []),
        ...(member?.standby ? ['standby'] : []),
        device?.inService ? `${device.device} on ${device.runsOn.join(', ')}` : 'no fencing',
      );
    }
    lines.push(`host ${name}: ${words.join(', ')}`);
  }
  lines.push(
    `storage ${status.storage.kind}: ${status.storage.healthy ? '' : 'not healthy, '}${status.storage.detail}`,
  );
  for (const {name, address, state, runsOn} of status.guests) {
    lines.push(`guest ${name} (${address}): ${state}${runsOn.length > 0 ? ` on ${runsOn.join(' and ')}` : ''}`);
  }
  return `${lines.join('\n')}\n`;
}
