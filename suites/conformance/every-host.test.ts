/**
 * What a rule says of all hosts it must have read of all of them: its passing case, with something of one host missing,
 * does not hold.
 */
import test from 'ava';
import {type Outputs, type RuleCase, stateOf} from '../../fixtures/kit/rule-cases/case.ts';
import {ruleCases} from '../../fixtures/kit/rule-cases/index.ts';
import {artefactOf} from './ask.ts';
import {rules} from './index.ts';
import type {Rule} from './rule.ts';
import {ruleVerdicts} from './verdicts.ts';

const hosts = ['n1', 'n2', 'n3'];
const lost = 'n3';

const passing = ({id}: Rule): RuleCase => {
  const found = ruleCases.find(({rule, state, hosts: own}) => rule === id && state === 'holds' && own === undefined);
  if (found === undefined) throw new Error(`${id} has no case of three hosts that holds`);
  return found;
};
const readingsOf = (rule: Rule) =>
  rule.read({name: lost, role: 'node', addresses: {}, interfaces: {}, scratch: []}).map(({name}) => name);

/** What is read once of the whole cluster, without what it says of the third host: output, part, the cut. */
const parts: readonly (readonly [output: string, part: string, from: RegExp])[] = [
  ['cib.xml', 'node', /<node id="3"[^>]*\/>/],
  ['crm_mon.xml', 'state', /<node name="n3" id="3" online[^>]*\/>/],
  ['crm_mon.xml', 'fences', /<fence_event [^>]*target="n3"[^>]*\/>/],
  ['losses.txt', 'loss', /^=lost n3$[\s\S]*(?=^=end$)/m],
  ['corosync.conf', 'member', / node \{\s*name: n3[^}]*\}/],
  ['ceph.txt', 'monitor', /,\{"rank":2,.*?"crush_location":"\{\}"\}/],
  ['ceph.txt', 'place', /,\{"name":"n3","addrs".*?\}(?=\])/],
  ['ceph.txt', 'host', /\{"id":-5,"name":"n3".*?\},(?=\{)/],
  ['ceph.txt', 'room', /,\{"id":2,.*?"kb":.*?\}/],
];

/** Parts that a rule need not have of every host, and why. */
const needsNot: Readonly<Record<string, readonly [parts: readonly string[], why: string]>> = {
  'C-01': [['state'], "of crm_mon it wants the fences alone; the nodes are the CIB's"],
  'C-03': [['node'], 'a property stands once, for the whole cluster'],
  'C-07': [['node'], 'stonith-timeout stands once; tokens are compared by C-04'],
  'C-09': [['member'], 'the transport stands once; files are compared by C-10'],
  'C-11': [['node'], 'constraints are looked for, and not nodes'],
  'C-19': [['monitor', 'place', 'host', 'room'], 'pools are of the whole cluster'],
  'C-20': [['monitor', 'place', 'host', 'room'], 'images and keys are of the whole cluster'],
  'C-23': [['monitor', 'place', 'host', 'room'], 'daemons are counted by their version, and not by their host'],
  'C-40': [['host', 'room'], 'it is about monitors alone'],
  'C-41': [['monitor', 'place'], 'it is about OSDs alone'],
  'C-43': [['monitor', 'place'], 'it is about OSDs alone'],
  'C-47': [['monitor', 'place', 'host', 'room'], 'images are of the whole cluster'],
  'C-60': [['monitor', 'place', 'host', 'room'], 'settings are of the whole cluster'],
};

for (const rule of rules.filter(({where}) => where === 'cluster')) {
  test(`${rule.id}: the cluster as a whole, without a part of what is said of one host`, t => {
    const {outputs} = passing(rule);
    t.is(stateOf(rule.id, outputs).state, 'holds');
    const read = readingsOf(rule);
    const heldWithout = parts.flatMap(([name, part, from]) => {
      const text = outputs[name] ?? '';
      if (!read.includes(name) || text.search(from) < 0) return [];
      return stateOf(rule.id, {...outputs, [name]: text.replace(from, '')}).state === 'holds' ? [part] : [];
    });
    t.deepEqual(heldWithout, needsNot[rule.id]?.[0] ?? []);
  });
}

test('each part is there in a case that holds, and is cut out of it', t => {
  for (const [name, part, from] of parts) {
    const there = ruleCases.some(({state, outputs}) => state === 'holds' && (outputs[name] ?? '').search(from) >= 0);
    t.true(there, `${name}: ${part}`);
  }
});

/** As if a host had not answered to one of the readings. */
function verdictsWithout(rule: Rule, outputs: Outputs, missing: string | undefined): readonly string[] {
  const verdicts = ruleVerdicts({
    hosts,
    notApplicable: [],
    read: (name, host) => {
      // A rule for each host has one case, which is that of the first.
      const about = rule.where === 'host' ? hosts[0] : host;
      const text = outputs[artefactOf(name, about)] ?? outputs[name];
      return text === undefined || (name === missing && host === lost)
        ? {ok: false, error: {artefact: name, path: '', expected: 'an answer', found: 'there was none'}}
        : {ok: true, value: {text, exitCode: 0, stderr: ''}};
    },
  });
  return verdicts.flatMap(each => (each.rule === rule ? [each.verdict.state] : []));
}

for (const rule of rules.filter(({where}) => where !== 'cluster')) {
  test(`${rule.id}: one host gave no answer to one of its questions`, t => {
    const {outputs} = passing(rule);
    t.true(verdictsWithout(rule, outputs, undefined).every(state => state === 'holds'));
    for (const name of readingsOf(rule)) {
      t.deepEqual(verdictsWithout(rule, outputs, name).slice(-1), ['not-known'], name);
    }
  });
}

/** One host that has it is enough. */
const oneIsEnough: Readonly<Record<string, string>> = {
  'C-46': 'one Prometheus watches all hosts, wherever it runs',
};

for (const rule of rules.filter(({where}) => where === 'hosts')) {
  test(`${rule.id}: a line that matters, missing on one host alone`, t => {
    const {outputs} = passing(rule);
    const whole = JSON.stringify(stateOf(rule.id, outputs));
    const without = (names: readonly string[], name: string, line: string): Outputs => {
      const cut = names.map(host => {
        const artefact = artefactOf(name, host);
        return [
          artefact,
          (outputs[artefact] ?? '')
            .split('\n')
            .filter(each => each !== line)
            .join('\n'),
        ];
      });
      return {...outputs, ...Object.fromEntries(cut)};
    };
    for (const name of readingsOf(rule).filter(each => /\.(?:txt|conf)$/.test(each))) {
      const lines = new Set((outputs[artefactOf(name, lost)] ?? '').split('\n').filter(line => line !== ''));
      t.true(lines.size > 0, name);
      for (const line of lines) {
        // What changes nothing where it is missing everywhere, the rule does not read.
        if (JSON.stringify(stateOf(rule.id, without(hosts, name, line))) === whole) continue;
        const {state} = stateOf(rule.id, without([lost], name, line));
        if (oneIsEnough[rule.id] === undefined) t.not(state, 'holds', `${name} without "${line}"`);
      }
    }
  });
}
