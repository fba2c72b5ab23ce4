/**
 * The driver of playbooks: Debian's own ansible-playbook, on the hosts of an inventory of ours. What it needs is
 * written into a folder of its own that only the user can enter, and removed afterwards; secrets are in files there,
 * never in an argument.
 */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {hostOf, type Inventory} from '../config/inventory.ts';
import {cutAfterExit, startProcess} from '../transport/process.ts';
import {type SshOptions, sshArgv} from '../transport/ssh-argv.ts';
import type {Result} from '../types.ts';
import {type AnsibleEvent, type PlaybookSummary, readEvents, summarize} from './events.ts';
import {ansibleInventory, type Secrets, secretVars} from './inventory.ts';

export interface PlaybookRun {
  /** Path of the playbook. */
  playbook: string;
  inventory: Inventory;
  /** How its hosts are reached. */
  ssh: SshOptions;
  secrets: Secrets;
  /** Variables of this run; nothing secret. */
  vars: Readonly<Record<string, unknown>>;
  /** Only say what would change. */
  check: boolean;
  /** Everything at once, as it happens. */
  tell: (event: AnsibleEvent) => void;
  /** Ends the playbook: tasks that run on the hosts come to their end there. */
  signal: AbortSignal;
}

/** A playbook that takes longer than this hangs. */
const mostMs = 3_600_000;
const graceMs = 10_000;
/** Prints an event a line. */
const callback = 'ansible.posix.jsonl';
const stderrLimit = 20_000;

/** Whether an ansible-playbook that will do is here; the sentence to refuse with where there is none. */
export async function findAnsible(): Promise<Result<void, string>> {
  const ask = (tool: string, ...words: string[]) =>
    execa(tool, words, {reject: false, timeout: 30_000, stdin: 'ignore'});
  const {stdout, exitCode} = await ask('ansible-playbook', '--version');
  if (exitCode !== 0) return {ok: false, error: 'ansible-playbook is not on this machine'};
  const [, major, minor] = /\[core (\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) * 100 + Number(minor) < 214) {
    return {ok: false, error: `this is ${stdout.split('\n')[0]}, and core 2.14 or later is needed`};
  }
  const events = await ask('ansible-doc', '--type', 'callback', callback);
  return events.exitCode === 0
    ? {ok: true, value: undefined}
    : {
        ok: false,
        error: `this Ansible has no ${callback}, which Debian's package ansible (not ansible-core alone) holds`,
      };
}

/**
 * Runs a playbook to its end. The sentence says why it could not even begin; failed and unreachable hosts are in the
 * summary.
 */
export async function runPlaybook(run: PlaybookRun): Promise<Result<PlaybookSummary, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-ansible-'));
  try {
    const files = await writeFiles(folder, run);
    const events: AnsibleEvent[] = [];
    const {code, stderr} = await play(folder, argvOf(run, files), run.signal, event => {
      events.push(event);
      run.tell(event);
    });
    await closeConnections(run, folder);
    const summary = summarize(events);
    // 2: a host failed, 4: a host was unreachable. Both are in the summary.
    if (summary.ended || run.signal.aborted || (events.length > 0 && code !== 0)) return {ok: true, value: summary};
    return {
      ok: false,
      error: `ansible-playbook ended with ${code}: ${stderr.trim().split('\n').slice(-5).join(' | ')}`,
    };
  } finally {
    await rm(folder, {recursive: true, force: true, maxRetries: 3});
  }
}

interface Files {
  inventory: string;
  vars: string;
  secrets: string;
  become?: string;
}

async function writeFiles(folder: string, {inventory, ssh, secrets, vars}: PlaybookRun): Promise<Files> {
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text, {mode: 0o600});
    return path;
  };
  await write('ansible.cfg', configuration(folder));
  return {
    inventory: await write('hosts.json', JSON.stringify(ansibleInventory(inventory, ssh, folder))),
    vars: await write('vars.json', JSON.stringify(vars)),
    secrets: await write('secrets.yml', secretVars(secrets)),
    ...(ssh.sudo?.password === undefined ? {} : {become: await write('become', `${ssh.sudo.password}\n`)}),
  };
}

/** The user's own configuration has no say: what a playbook does must not depend on it. */
function configuration(folder: string): string {
  return `[defaults]
stdout_callback = ${callback}
host_key_checking = True
retry_files_enabled = False
local_tmp = ${join(folder, 'local')}
remote_tmp = /tmp
home = ${join(folder, 'home')}
library = ${join(import.meta.dirname, 'library')}
roles_path = ${join(import.meta.dirname, 'roles')}
interpreter_python = /usr/bin/python3
gathering = explicit
forks = 20
timeout = 10
any_errors_fatal = True
nocows = True
inject_facts_as_vars = False
system_warnings = False
deprecation_warnings = False
[connection]
pipelining = True
[ssh_connection]
pipelining = True
ssh_args = -o ControlMaster=auto -o ControlPersist=120
retries = 1
transfer_method = piped
`;
}

function argvOf({playbook, check}: PlaybookRun, {inventory, vars, secrets, become}: Files): readonly string[] {
  return [
    '--inventory',
    inventory,
    '--extra-vars',
    `@${vars}`,
    '--extra-vars',
    `@${secrets}`,
    ...(become === undefined ? [] : ['--become-password-file', become]),
    ...(check ? ['--check', '--diff'] : []),
    playbook,
  ];
}

async function play(
  folder: string,
  argv: readonly string[],
  signal: AbortSignal,
  tell: (event: AnsibleEvent) => void,
): Promise<{code: number; stderr: string}> {
  const child = execa('ansible-playbook', argv, {
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    env: {ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ANSIBLE_NOCOLOR: '1', LC_ALL: 'C.UTF-8', PYTHONUNBUFFERED: '1'},
  });
  cutAfterExit(child.nodeChildProcess);
  const end = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended meanwhile.
    }
  };
  let kill: NodeJS.Timeout | undefined;
  const stop = () => {
    end('SIGINT');
    kill ??= setTimeout(() => end('SIGKILL'), graceMs);
  };
  const deadline = setTimeout(stop, mostMs);
  signal.addEventListener('abort', stop, {once: true});
  if (signal.aborted) stop();
  let stderr = '';
  const errors = (async () => {
    for await (const text of child.iterable({from: 'stderr'})) stderr = `${stderr}${text}\n`.slice(-stderrLimit);
  })().catch(() => undefined);
  const output = (async () => {
    for await (const text of child.iterable()) for (const event of readEvents(text)) tell(event);
  })().catch(() => undefined);
  const {exitCode} = await child;
  await Promise.all([errors, output]);
  clearTimeout(deadline);
  clearTimeout(kill);
  signal.removeEventListener('abort', stop);
  return {code: exitCode ?? -1, stderr};
}

/** The connections that Ansible keeps open belong to the folder that is about to go. */
async function closeConnections({ssh, inventory: {nodes, client}}: PlaybookRun, folder: string): Promise<void> {
  await Promise.all(
    [...nodes, client].map(host => {
      const argv = sshArgv(ssh, folder, hostOf(host, undefined), ['-O', 'exit']);
      return startProcess({argv, timeoutMs: 5000, signals: 'group'}).outcome;
    }),
  );
}
