import type {Command} from 'commander';
import {type LabStatus, labDown, labNames, labStatus, labUp, openLab} from '../../../harness/lab/index.ts';
import {addLabShape, defaultLabName, fromLab, type LabShape, labNamed, labOption} from '../kit/cluster-options.ts';
import {exitCodes, Refusal} from '../kit/command-error.ts';
import {onInterrupt} from '../kit/interrupt.ts';
import {forgetLab} from '../kit/open-cluster.ts';
import {whole} from '../kit/options.ts';
import {watchOn} from '../kit/progress.ts';

export function setUp(command: Command): void {
  const lab = command.addHelpText(
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

  const up = lab
    .command('up')
    .description('Build a lab and wait until it is quorate and its guests answer.')
    .argument('[name]', 'name of the lab; labs of different names live side by side', defaultLabName);
  addLabShape(up);
  up.addHelpText(
    'after',
    `
Examples:
  seatrial lab up
  seatrial lab up b --nodes 5 --storage nbd`,
  ).action(async (name: string, shape: LabShape) => {
    const watch = watchOn(process.stderr);
    const interrupt = onInterrupt(text => watch.say(text));
    try {
      const cluster = fromLab(
        await labUp(
          {name, nodes: shape.nodes, storage: shape.storage, guests: shape.guests},
          watch.say,
          interrupt.signal,
        ),
      );
      watch.close();
      const nodes = cluster.nodes.map(node => node.name).join(', ');
      const guests = cluster.guests.map(guest => guest.name).join(', ');
      process.stdout.write(`lab ${cluster.name} is up: nodes ${nodes}; guests ${guests}; ${cluster.hardware.note}\n`);
    } finally {
      watch.close();
      interrupt.release();
    }
  });

  lab
    .command('status')
    .description('Nodes, power, quorum, fencing, storage, guests and where they run.')
    .argument('[name]', 'name of the lab', defaultLabName)
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExamples:\n  seatrial lab status\n  seatrial lab status b --json | jq '.guests'")
    .action(async (name: string, options: {json?: true}) => {
      const status = fromLab(await labStatus(name));
      process.stdout.write(options.json ? `${JSON.stringify(status, null, 1)}\n` : statusLines(status));
    });

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
    .action(async (hostName: string, words: readonly string[], options: {lab?: string | true; timeout: number}) => {
      const cluster = fromLab(await openLab(labNamed(options.lab) ?? defaultLabName));
      const hosts = [...cluster.nodes, cluster.client];
      const host = hosts.find(one => one.name === hostName);
      const [program, ...rest] = words;
      if (host === undefined || program === undefined) {
        throw new Refusal(
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
        throw new Refusal(
          `${program} on ${hostName} did not end by itself: ${JSON.stringify(outcome.exit)}`,
          'Give it longer with --timeout, or look at: seatrial lab status',
          exitCodes.aborted,
        );
      }
    });

  lab
    .command('down')
    .description('End a lab; nothing of it remains.')
    .argument('[name]', 'name of the lab', defaultLabName)
    .option('--all', 'end every lab of this machine')
    .addHelpText('after', '\nExamples:\n  seatrial lab down\n  seatrial lab down b\n  seatrial lab down --all')
    .action(async (name: string, options: {all?: true}) => {
      for (const each of options.all ? labNames() : [name]) {
        fromLab(await labDown(each));
        await forgetLab(each);
        process.stdout.write(`lab ${each} is down\n`);
      }
    });
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
