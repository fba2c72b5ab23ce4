import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {endianness, tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {lab} from '../../fixtures/kit/rule-cases/case.ts';
import {readNow} from './ask.ts';
import {hostQuestions} from './questions.ts';
import {losses, names} from './readings.ts';
import {ruleVerdicts} from './verdicts.ts';

const scratch = mkdtempSync(join(tmpdir(), 'seatrial-ask-'));
test.after.always(() => rmSync(scratch, {recursive: true, force: true}));

const answers: readonly (readonly [words: string, output: string])[] = [
  ['crm_mon', names.state],
  ['cibadmin --local', names.own],
  ['cibadmin --query', names.cib],
  ['cat /etc/corosync', names.config],
  ['corosync-cmapctl |', names.map],
];

/** Each host says what was recorded of it; what it is not asked by these words it does not know. */
function recorded(host: string, words: string): string | undefined {
  const output = answers.find(([beginning]) => words.includes(beginning))?.[1];
  return output === undefined ? undefined : (lab[`${host}-${output}`] ?? lab[output]);
}

test('each command is sent once to each host, however many rules judge what it prints', async t => {
  const {cluster, asked} = fakeCluster((host, words) => {
    const stdout = recorded(host, words);
    return stdout === undefined ? undefined : {stdout};
  });
  const read = await readNow(cluster);
  if (!read.ok) return t.fail(read.error);
  const sent = asked.map(({host, words}) => `${host} ${words}`).filter(line => !line.includes('crm_mon'));
  // The spokesman is asked for itself and for the cluster.
  const twice = sent.filter((line, index) => sent.indexOf(line) < index);
  t.true(
    twice.every(line => /^n1 /.test(line)),
    twice.join('\n'),
  );
  const verdicts = ruleVerdicts(read.value);
  t.is(verdicts.find(({rule}) => rule.id === 'C-11')?.verdict.state, 'holds');
  t.is(verdicts.find(({rule}) => rule.id === 'C-37')?.verdict.state, 'not-known', 'it was asked, and did not answer');
});

test('what a host is given to keep secret does not come back', async t => {
  const {cluster} = fakeCluster((host, words) => {
    const stdout = recorded(host, words);
    return stdout === undefined ? undefined : {stdout: `${stdout}<!-- ${cluster.nodes[0]?.bmc?.password} -->`};
  });
  const read = await readNow(cluster);
  if (!read.ok) return t.fail(read.error);
  const cib = read.value.read(names.cib);
  t.true(cib.ok && cib.value.text.includes('<!-- (secret) -->'));
});

test('a cluster of which no node answers with quorum is not read', async t => {
  const {cluster} = fakeCluster(() => undefined);
  const read = await readNow(cluster);
  t.false(read.ok);
});

test('an address of the inventory that no interface has is told, and so is one that an interface has', t => {
  const addresses = {management: '127.0.0.1', storage: '192.0.2.1'};
  const {argv} = hostQuestions({name: 'here', role: 'node', addresses, interfaces: {}, scratch: []});
  const {stdout} = spawnSync(argv[0], argv.slice(1), {encoding: 'utf8', timeout: 60_000});
  t.regex(stdout, /^=planes\nmanagement lo \d+\nstorage - -\nasked$/m);
});

/** What this machine's shell says to one of the questions, with a file of ours in the place of its own. */
function saidHere(question: string, file: string, content: string | Uint8Array): string {
  const {argv} = hostQuestions({name: 'here', role: 'node', addresses: {}, interfaces: {}, scratch: []});
  const line = argv[2]?.split('\n').find(each => each.startsWith(`echo "=${question}";`)) ?? '';
  const instead = join(scratch, `${question}-file`);
  writeFileSync(instead, content);
  return spawnSync('sh', ['-c', line.replaceAll(file, instead)], {encoding: 'utf8', timeout: 60_000}).stdout;
}

test('an empty password is told from a locked one, and a user that is not there from both', t => {
  const said = (shadow: string) => saidHere('hacluster', '/etc/shadow', `root:*:19000::::::\n${shadow}`);
  t.is(said('hacluster::19000::::::\n'), '=hacluster\nempty\n');
  for (const field of ['!', '!!', '*', '!$6$abc$def'])
    t.is(said(`hacluster:${field}:19000::::::\n`), '=hacluster\nlocked\n', field);
  // A machine with Pacemaker has the user, and its password in the file that is not looked at here.
  t.regex(said(''), /^=hacluster\n(?:absent|elsewhere)\n$/);
});

test('the longest wait that programs ask of idle processors is told as a number', t => {
  const request = Buffer.alloc(4);
  request[endianness() === 'LE' ? 0 : 3] = 3;
  t.regex(saidHere('idle', '/dev/cpu_dma_latency', request), /^latency 3$/m);
});

test('pages that are merged are told beside whether KSM runs', t => {
  t.regex(saidHere('ksm', '/sys/kernel/mm/ksm/pages_shared', '4711\n'), /^shared 4711$/m);
});

test('the loss of a remote node is not simulated, and it counts for no quorum', t => {
  const nodes = ['id="1" uname="n1"', 'id="2" uname="n2"', 'type="remote" id="r1" uname="r1"'];
  const tools = {
    cibadmin: `cat <<END\n<cib>\n${nodes.map(each => `  <node ${each}/>`).join('\n')}\n</cib>\nEND`,
    crm_simulate: 'cat >/dev/null; echo "$*"',
    'corosync-cmapctl': 'exit 1',
  };
  for (const [name, script] of Object.entries(tools))
    writeFileSync(join(scratch, name), `#!/bin/sh\n${script}\n`, {mode: 0o755});
  const {argv} = losses.command;
  const env = {...process.env, PATH: `${scratch}:${process.env.PATH}`};
  const {stdout} = spawnSync(argv[0], argv.slice(1), {encoding: 'utf8', timeout: 60_000, env});
  const loss = (node: string) =>
    `=lost ${node}\n--simulate --xml-pipe --quorum 0 --node-fail ${node} --output-as=xml\n`;
  t.is(stdout, `${loss('n1')}${loss('n2')}=end\n`);
});
