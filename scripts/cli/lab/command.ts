import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import {type Command, Option} from 'commander';
import {
  type BondMode,
  bareUp,
  bondModes,
  defaultPostSeconds,
  type Fabric,
  fabrics,
  type LabShape,
  labConsole,
  labDown,
  labNames,
  labStatus,
  labUp,
  type Release,
  releases,
} from '../../../harness/lab/index.ts';
import {addLabShape, defaultLabName, fromLab, labNamed, labOption} from '../kit/cluster-options.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {onInterrupt} from '../kit/interrupt.ts';
import {forgetLab} from '../kit/open-cluster.ts';
import {whole} from '../kit/options.ts';
import {watchOn} from '../kit/progress.ts';
import {statusLines} from './status-lines.ts';

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
  seatrial lab down

  seatrial lab up --bare debian-12       three Debian hosts with sshd and nothing else
  seatrial lab exec admin -- seatrial doctor --inventory ${bareInventory}`,
  );
  addUp(command);
  addStatus(command);
  addExec(command);
  addDown(command);
}

/** Where `lab up --bare` puts the inventory of a lab that has no name of its own. */
const bareInventory = `/var/lib/seatrial/labs/${defaultLabName}/admin/inventory.yaml`;

interface UpOptions extends LabShape {
  bare?: Release;
  hosts: number;
  post: number;
  fenceLevels: 1 | 2;
  fabric: Fabric;
  bond?: BondMode;
  vhostUser?: true;
}

function addUp(lab: Command): void {
  const command = lab
    .command('up')
    .description('Build a lab and wait until it is quorate and its guests answer; or one of bare hosts.')
    .argument('[name]', 'name of the lab; labs of different names live side by side', defaultLabName);
  addLabShape(command);
  command
    .addOption(
      new Option('--bare <release>', 'hosts with that Debian, systemd, sshd and a BMC each, and no cluster').choices(
        releases,
      ),
    )
    .addOption(new Option('--hosts <n>', 'bare hosts beside the client, 2 to 9').argParser(whole(2, 9)).default(3))
    .addOption(
      new Option(
        '--post <seconds>',
        'from power to operating system after a power cycle or a reboot, 0 to 600; below 5 a fenced node can be back before its fence is told, and Pacemaker then stays away',
      )
        .argParser(whole(0, 600))
        .default(defaultPostSeconds),
    )
    .addOption(
      new Option(
        '--fence-levels <n>',
        'with 2 every node has an outlet with a controller of its own, which fences it where its first one does not',
      )
        .argParser(whole(1, 2))
        .default(1),
    )
    .addOption(
      new Option(
        '--fabric <kind>',
        'bridge: each plane is a bridge of the kernel; ovs: each is a VLAN of two switches by Open vSwitch in user space, with a trunk of two links between them',
      )
        .choices(fabrics)
        .default('bridge'),
    )
    .addOption(
      new Option(
        '--bond <mode>',
        "with --fabric ovs each node's service plane is two links, which Open vSwitch on the node bundles by LACP",
      ).choices(bondModes),
    )
    .option(
      '--vhost-user',
      'the last guest hangs on a vhost-user port of Open vSwitch with DPDK on its node, the others on taps; it takes two guests',
    )
    .addHelpText(
      'after',
      `
Examples:
  seatrial lab up
  seatrial lab up b --nodes 5 --storage nbd
  seatrial lab up d --fence-levels 2
  seatrial lab up e --fabric ovs
  seatrial lab up e --fabric ovs --bond balance-slb
  seatrial lab up e --guests 2 --vhost-user
  seatrial lab up e --storage nbd --stores null,nbd,iscsi,gluster,file
  seatrial lab up e --storage nbd --monitoring
  seatrial lab up c --bare debian-13 --hosts 2

Bare hosts are strangers: they are reached by SSH only, from the network of their administrator, who is
"seatrial lab exec --lab c admin -- COMMAND". Keys, passwords and two inventories (root by key; a user with sudo and a
password) are written beside the lab, and their paths are printed. Packages come through a proxy in the lab's network,
which keeps what it fetched. The first lab of a release makes its root by mmdebstrap: half a minute to five minutes.

Exit code: 0 the lab is up, 3 nothing was started, 4 it failed and was cleared away.`,
    )
    .action(up);
}

async function up(name: string, options: UpOptions, command: Command): Promise<void> {
  const {
    nodes,
    storage,
    guests,
    stores,
    monitoring,
    bare,
    hosts,
    fenceLevels,
    fabric,
    bond,
    vhostUser,
    links,
    post: postSeconds,
  } = options;
  refuseStray(command, bare);
  const watch = watchOn(process.stderr);
  const interrupt = onInterrupt(watch.say, 'stopping: what was built is cleared away');
  const named = (those: readonly {name: string}[]) => those.map(one => one.name).join(', ');
  try {
    if (bare === undefined) {
      const further = {
        ...(stores && {stores}),
        ...(monitoring && {monitoring}),
        ...(bond && {bond}),
        ...(vhostUser && {vhostUser}),
        ...(links && {links}),
      };
      const shape = {name, nodes, storage, guests, ...further, postSeconds, fenceLevels, fabric};
      const cluster = fromLab(await labUp(shape, watch.say, interrupt.signal));
      watch.close();
      process.stdout.write(
        `lab ${cluster.name} is up: nodes ${named(cluster.nodes)}; guests ${named(cluster.guests)}; ${cluster.hardware.note}\n`,
      );
      return;
    }
    const lab = fromLab(await bareUp({name, release: bare, hosts, postSeconds}, watch.say, interrupt.signal));
    watch.close();
    process.stdout.write(`lab ${name} is up: bare hosts ${named(lab.nodes)}; ${lab.hardware.note}
inventory, root by key:     ${lab.inventory}
inventory, sudo, password:  ${lab.sudoInventory}
the administrator's network: seatrial lab exec --lab ${name} admin -- COMMAND
`);
  } finally {
    watch.close();
    interrupt.release();
  }
}

/** An option of the other kind of lab would be ignored. */
function refuseStray(command: Command, bare: Release | undefined): void {
  const others =
    bare === undefined
      ? ['hosts']
      : ['nodes', 'storage', 'guests', 'stores', 'fenceLevels', 'monitoring', 'fabric', 'links', 'bond', 'vhostUser'];
  const stray = others.find(key => command.getOptionValueSource(key) === 'cli');
  if (stray === undefined) return;
  throw new CommandError(
    bare === undefined
      ? `--${stray} is for bare hosts`
      : `--${stray.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} describes a cluster, and --bare makes none`,
    bare === undefined ? 'Say --nodes, or add --bare RELEASE.' : 'Leave it out; the number of hosts is --hosts N.',
  );
}

function addStatus(lab: Command): void {
  lab
    .command('status')
    .description(
      'Nodes, power, quorum, fencing, storage, guests and where they run; of bare hosts, how far they have booted.',
    )
    .argument('[name]', 'name of the lab', defaultLabName)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  seatrial lab status\n  seatrial lab status b --json | jq '.guests'\n\nExit code: 0 shown, however it is, 3 wrong usage, or no such lab.",
    )
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
    .description(
      "Run a command on one of the lab's hosts, or as its administrator; ends with the command's own exit code.",
    )
    .argument('<host>', "n1, n2, …, client, or admin: this machine's files, the lab's management network")
    .argument('<command...>', 'the command, after --')
    .addOption(labOption('on this lab'))
    .option('--timeout <seconds>', 'ends a command on a host after so many seconds', whole(1, 86_400), 600)
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial lab exec n1 -- crm_mon -1\n  seatrial lab exec client -- ping -c 3 10.77.3.101\n  seatrial lab exec admin -- ipmitool -I lan -H 10.77.0.101 -U admin -f BMCFILE chassis power status\n  seatrial lab exec admin -- seatrial doctor --inventory /var/lib/seatrial/labs/trial/admin/inventory.yaml\n\nExit code: that of the command; 3 wrong usage, 4 the command did not end by itself.',
    )
    .action(exec);
}

async function exec(hostName: string, words: readonly string[], options: ExecOptions): Promise<void> {
  const lab = labNamed(options.lab) ?? defaultLabName;
  const {hosts, transport, admin} = fromLab(await labConsole(lab));
  if (hostName === 'admin') {
    process.exitCode = await inForeground([...admin, ...ownCommand(words)]);
    return;
  }
  const host = hosts.find(one => one.name === hostName);
  const [program, ...rest] = words;
  if (host === undefined || program === undefined) {
    throw new CommandError(
      `lab ${lab} has no host ${hostName}`,
      `Name one of ${hosts.map(one => one.name).join(', ')}, or admin.`,
    );
  }
  const outcome = await transport.exec(host, {
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

/** `seatrial` is this very command line, wherever it lies: it need not be in the PATH of the other side. */
function ownCommand([program = '', ...rest]: readonly string[]): readonly string[] {
  return program === 'seatrial' ? [process.execPath, process.argv[1] ?? '', ...rest] : [program, ...rest];
}

/** An administrator's command has the terminal, and as long as it likes; signals are its own affair. */
function inForeground([program = '', ...rest]: readonly string[]): Promise<number> {
  const child = spawn(program, rest, {stdio: 'inherit'});
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  const passed = ['SIGTERM', 'SIGHUP'] as const;
  // Ctrl-C reaches the command from the terminal itself.
  const wait = () => undefined;
  process.on('SIGINT', wait);
  for (const signal of passed) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', wait);
      for (const each of passed) process.off(each, pass);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function addDown(lab: Command): void {
  lab
    .command('down')
    .description('End a lab; nothing of it remains.')
    .argument('[name]', 'name of the lab', defaultLabName)
    .option('--all', 'end every lab of this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial lab down\n  seatrial lab down b\n  seatrial lab down --all\n\nExit code: 0 nothing of it is left, 3 wrong usage, 4 something is left; it says what.',
    )
    .action(down);
}

async function down(name: string, options: {all?: true}): Promise<void> {
  for (const each of options.all ? labNames() : [name]) {
    fromLab(await labDown(each));
    await forgetLab(each);
    process.stdout.write(`lab ${each} is down\n`);
  }
}
