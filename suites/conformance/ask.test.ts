import {spawnSync} from 'node:child_process';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {lab} from '../../fixtures/kit/rule-cases/case.ts';
import {readNow} from './ask.ts';
import {hostQuestions} from './questions.ts';
import {names} from './readings.ts';
import {ruleVerdicts} from './verdicts.ts';

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
