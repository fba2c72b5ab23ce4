/**
 * What ansible-playbook is given, seen by one that writes it down; and a real playbook on this machine, through
 * Debian's own.
 */
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {readInventory} from '../config/inventory.ts';
import {findAnsible, type PlaybookRun, runPlaybook} from './ansible.ts';
import type {AnsibleEvent} from './events.ts';

const read = readInventory(
  `cluster: x
storage: none
hardware: {emulated: true, shared: true, note: none}
nodes:
  - {name: n1, addresses: {management: 192.0.2.1}}
  - {name: n2, addresses: {management: 192.0.2.2}}
client: {name: c1, addresses: {management: 192.0.2.9, service: 192.0.2.9}}
`,
  'i.yaml',
);
if (!read.ok) throw new Error(JSON.stringify(read.error));
const inventory = read.value;

function runOf(playbook: string, tell: (event: AnsibleEvent) => void = () => {}): PlaybookRun {
  return {
    playbook,
    inventory,
    ssh: {sudo: {password: 'planted-sudo'}},
    secrets: {bmc: {n1: 'planted-bmc'}},
    vars: {planes: ['cluster']},
    check: true,
    tell,
    signal: new AbortController().signal,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'seatrial-driver-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));
const path = process.env.PATH ?? '';
test.afterEach.always(() => {
  process.env.PATH = path;
});

/** Puts a script in the place of ansible-playbook. */
function inPlace(name: string, script: string): string {
  const bin = join(folder, name);
  mkdirSync(bin);
  writeFileSync(join(bin, 'ansible-playbook'), `#!/bin/sh\nout=${bin}\n${script}`);
  chmodSync(join(bin, 'ansible-playbook'), 0o755);
  process.env.PATH = `${bin}:${path}`;
  return bin;
}

const stats = `printf '%s\\n' '{"_event":"v2_playbook_on_stats","stats":{}}'`;

test.serial('secrets are in no argument and no variable, only in files for their owner, and those go', async t => {
  const bin = inPlace(
    'watching',
    `printf '%s\\n' "$@" >$out/argv; env >$out/env
folder=$(dirname "$ANSIBLE_CONFIG"); echo "$folder" >$out/folder
stat -c '%a %n' "$folder" "$folder"/* >$out/modes; grep -rl planted "$folder" >$out/holding; cat "$folder/become" >$out/become
${stats}`,
  );
  const ran = await runPlaybook(runOf('/x/cluster.yml'));
  t.deepEqual(ran, {ok: true, value: {hosts: {}, troubles: [], ended: true}});
  const seen = (name: string) => readFileSync(join(bin, name), 'utf8');
  t.notRegex(seen('argv') + seen('env'), /planted/);
  t.regex(seen('argv'), /--become-password-file\n.*\/become\n--check\n--diff\n\/x\/cluster\.yml\n/);
  const made = seen('folder').trim();
  t.deepEqual(
    seen('modes')
      .split('\n')
      .filter(line => !/^(700 [^ ]*ansible-\w+|600 .*)$/.test(line) && line !== ''),
    [],
  );
  t.deepEqual(seen('holding').trim().split('\n').sort(), [`${made}/become`, `${made}/secrets.yml`]);
  t.is(seen('become'), 'planted-sudo\n');
  t.false(existsSync(made));
});

test.serial('an interruption ends it, and what was seen by then is told', async t => {
  inPlace(
    'slow',
    `trap 'echo interrupted >$out/signal; exit 99' INT
printf '%s\\n' '{"_event":"v2_playbook_on_task_start","task":{"name":"long"}}'; sleep 30 & wait`,
  );
  const abort = new AbortController();
  const started = performance.now();
  const ran = await runPlaybook({...runOf('/x.yml', () => abort.abort()), signal: abort.signal});
  t.like(ran, {ok: true, value: {ended: false}});
  t.true(performance.now() - started < 8000);
  t.is(readFileSync(join(folder, 'slow/signal'), 'utf8'), 'interrupted\n');
});

test.serial('planted: it does not even begin', async t => {
  inPlace('broken', `echo 'ERROR! the playbook could not be found' >&2; exit 1`);
  const ran = await runPlaybook(runOf('/nowhere.yml'));
  t.false(ran.ok);
  t.regex(ran.ok ? '' : ran.error, /ended with 1: ERROR! the playbook could not be found/);
});

test.serial('an Ansible that will do is found; planted: one that is too old', async t => {
  t.deepEqual(await findAnsible(), {ok: true, value: undefined});
  inPlace('old', `echo 'ansible-playbook [core 2.12.1]'`);
  const old = await findAnsible();
  t.regex(old.ok ? '' : old.error, /core 2\.12\.1.*2\.14 or later is needed/);
});

test.serial("Debian's own tells failed and unreachable hosts, and keeps silent about secrets", async t => {
  const playbook = join(folder, 'play.yml');
  writeFileSync(
    playbook,
    `- hosts: localhost
  connection: local
  tasks:
    - name: changes
      ansible.builtin.copy: {dest: ${folder}/made, content: x}
    - name: keeps a secret
      ansible.builtin.command: sh -c 'echo {{ bmc_passwords.n1 }}; exit 1'
      no_log: true
      check_mode: false
`,
  );
  const events: AnsibleEvent[] = [];
  const ran = await runPlaybook({...runOf(playbook, event => events.push(event)), ssh: {}, check: false});
  t.like(ran, {ok: true, value: {ended: true, hosts: {localhost: {changed: 1, failed: 1, unreachable: 0}}}});
  t.notRegex(JSON.stringify(events), /planted/);
  t.true(existsSync(join(folder, 'made')));
});
