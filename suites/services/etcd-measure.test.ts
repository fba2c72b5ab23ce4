/** Recorded of etcd 3.4.23, three members on one machine, by the probe itself. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Artefacts} from '../../harness/types.ts';
import {type EtcdFacts, etcdArtefact, etcdLogArtefact, etcdValuesArtefact} from './etcd-facts.ts';
import {measureEtcd} from './etcd-measure.ts';

const folder = join(import.meta.dirname, '../../fixtures/etcd-3.4.23');
const recorded = (name: string) => readFileSync(join(folder, name), 'utf8');

const injectedAt = (wallBeforeMs: number) => ({wallBeforeMs, monotonicBeforeMs: 0, monotonicAfterMs: 10});
const common = {
  members: ['n1', 'n2', 'n3'],
  prefix: 'seatrial/t',
  reached: [{fault: 'etcd-killed', bit: true, evidence: 'injected'}],
  clock: {offsetMs: 0, halfWidthMs: 1},
};
const nodeLost: EtcdFacts = {
  ...common,
  fault: 'host-crash',
  leader: 'n3',
  term: 2,
  struck: ['n3'],
  ttlSeconds: 3,
  injections: [injectedAt(1795837387411)],
  heldUntilWallMs: 1795837396000,
};
const minority: EtcdFacts = {
  ...common,
  fault: 'etcd-killed',
  leader: 'n1',
  term: 7,
  struck: ['n1', 'n2'],
  injections: [injectedAt(1795836668587), injectedAt(1795836668890)],
  heldUntilWallMs: 1795836672401,
};
/** The member that is left was started again as a cluster of its own (`--force-new-cluster`). */
const forced: EtcdFacts = {
  ...minority,
  leader: 'n2',
  term: 2,
  struck: ['n2', 'n3'],
  injections: [injectedAt(1795836682355), injectedAt(1795836682660)],
  heldUntilWallMs: 1795836686490,
};

function artefacts(facts: EtcdFacts, log: string, values: string): Artefacts {
  const texts = new Map([
    [etcdArtefact, JSON.stringify(facts)],
    [etcdLogArtefact, log],
    [etcdValuesArtefact, values],
  ]);
  return {
    names: [...texts.keys()],
    text: name => ({ok: true, value: texts.get(name) ?? ''}),
  };
}

function measured(facts: EtcdFacts, name: string, change: (log: string) => string = log => log) {
  const raw = artefacts(facts, change(recorded(`${name}.log`)), recorded(`${name}-values.txt`));
  const {samples, problems, findings} = measureEtcd(raw);
  const of = (metric: string) => samples.find(sample => sample.metric === metric);
  return {samples, problems, findings, of};
}

test("a leader's node is lost: new leader, first write and the expiry of its key, in this order, and nothing lost", t => {
  const {problems, findings, of} = measured(nodeLost, 'node-lost');
  t.deepEqual(problems, []);
  t.deepEqual(findings, []);
  const times = ['etcd.leader', 'etcd.write', 'etcd.state-key'].map(metric => of(metric)?.value ?? Number.NaN);
  const [leader = 0, write = 0, key = 0] = times;
  t.true(leader > 0.8 && leader < 3, `${leader}`);
  t.true(write >= leader - 0.2 && write < 3, `${write}`);
  t.true(key > 3 && key < 6, `${key}`);
  t.is(of('etcd.lost-writes')?.value, 0);
  for (const metric of ['etcd.leader', 'etcd.write', 'etcd.state-key']) t.true(Number(of(metric)?.halfWidth) > 0);
});

test('what never came while we watched is a censored value', t => {
  const {of, problems} = measured(nodeLost, 'node-lost', log =>
    log
      .split('\n')
      .filter(line => !/^W .* ok 3$/.test(line))
      .map(line => line.replace(/^(S .*) \d+ 3$/, '$1 0 3').replace(/^(K .*) gone$/, '$1 present'))
      .join('\n'),
  );
  t.deepEqual(problems, []);
  for (const metric of ['etcd.leader', 'etcd.write', 'etcd.state-key']) {
    t.true(of(metric)?.censored, metric);
    t.true(Number(of(metric)?.value) > 9, metric);
  }
});

test('a log that was cut off does not say that it never came', t => {
  const {of, problems} = measured(nodeLost, 'node-lost', log => {
    const lines = log.split('\n');
    return `${lines
      .slice(
        0,
        lines.findIndex(line => line.endsWith(' gone')),
      )
      .join('\n')}\n`;
  });
  t.is(of('etcd.state-key'), undefined);
  t.true(problems.some(({path}) => path === 'etcd.state-key'));
});

test('a key that was not there before the fault cannot have expired by it', t => {
  const {of, problems} = measured(nodeLost, 'node-lost', log => log.replaceAll(' present\n', ' gone\n'));
  t.is(of('etcd.state-key'), undefined);
  t.true(problems.some(({path}) => path === 'the state key'));
});

test('an acknowledged write that is gone, or reads as something else, is lost', t => {
  const log = recorded('node-lost.log');
  for (const change of [
    (text: string) => text.replace(/^V seatrial\/t\/0\/11 .*\n/m, ''),
    (text: string) => text.replace('V seatrial/t/0/11 0:11', 'V seatrial/t/0/11 0:10'),
  ]) {
    const {samples, findings} = measureEtcd(artefacts(nodeLost, log, change(recorded('node-lost-values.txt'))));
    t.is(samples.find(({metric}) => metric === 'etcd.lost-writes')?.value, 1);
    t.deepEqual(
      findings.map(({severity, invariant}) => [severity, invariant]),
      [['critical', 'every acknowledged write is readable']],
    );
  }
  const cut = recorded('node-lost-values.txt').slice(0, 500);
  const {samples, problems} = measureEtcd(artefacts(nodeLost, log, cut));
  t.false(samples.some(({metric}) => metric === 'etcd.lost-writes'));
  t.is(problems.length, 1);
});

test('a member without a majority takes no write', t => {
  const {problems, findings, of} = measured(minority, 'minority');
  t.deepEqual([problems, findings], [[], []]);
  t.is(of('etcd.minority-writes')?.value, 0);
  t.is(of('etcd.lost-writes')?.value, 0);
  t.is(of('etcd.leader'), undefined);
});

test('planted: a member that was made a cluster of its own takes writes alone, and is found', t => {
  const {findings, of} = measured(forced, 'minority-forced');
  t.true(Number(of('etcd.minority-writes')?.value) > 10);
  t.true(
    findings.some(
      ({severity, invariant, detail}) =>
        severity === 'critical' && invariant === 'no write without a majority' && detail.startsWith('etcd on n1 '),
    ),
  );
});

test('a member that did not answer has refused nothing', t => {
  const {problems, of} = measured(minority, 'minority', log =>
    log.replaceAll(/^(S 2 \S+ \S+) .*$/gm, '$1 no timed_out'),
  );
  t.is(of('etcd.minority-writes'), undefined);
  t.true(problems.some(({path}) => path === 'minority'));
});

test('a fault that did not bite, and members that took nothing before it, show nothing', t => {
  const blunt = {...nodeLost, reached: [{fault: 'host-crash', bit: false, evidence: 'it is up'}]};
  t.deepEqual(measured(blunt, 'node-lost').samples, []);
  const late = {...nodeLost, injections: [injectedAt(1795837380000)]};
  const {samples, problems} = measured(late, 'node-lost');
  t.deepEqual(samples, []);
  t.is(problems[0]?.expected, 'acknowledged writes before the fault');
});

test('planted: a key that goes sooner than its lease allows, or comes back, was not taken away by the lost node', t => {
  const long = measured({...nodeLost, ttlSeconds: 30}, 'node-lost');
  t.is(long.of('etcd.state-key'), undefined);
  t.regex(long.problems[0]?.expected ?? '', /with its lease of 30 s: not before 19\.0 s/);
  const back = measured(nodeLost, 'node-lost', log => {
    const lines = log.split('\n');
    const last = lines.findLastIndex(line => line.endsWith(' gone'));
    return lines.map((line, index) => (index === last ? line.replace(/gone$/, 'present') : line)).join('\n');
  });
  t.is(back.of('etcd.state-key'), undefined);
  t.regex(back.problems[0]?.found ?? '', /^there again after/);
});

test('planted: who was elected anew before the fault tells nothing of it', t => {
  const {samples, problems} = measured({...nodeLost, term: 1}, 'node-lost');
  t.deepEqual(samples, []);
  t.regex(problems[0]?.found ?? '', /elected anew before the fault/);
});

test('planted: a log that was cut off says neither that a minority took nothing nor that nothing was lost', t => {
  const {of, problems} = measured(minority, 'minority', log => log.split('\n').slice(0, -2).join('\n'));
  t.is(of('etcd.minority-writes'), undefined);
  t.is(of('etcd.lost-writes'), undefined);
  t.is(problems.length, 2);
});
