import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {edited, lab, type Outputs} from '../../fixtures/kit/rule-cases/case.ts';
import {ownLab} from '../../fixtures/kit/rule-cases/clusters.ts';
import type {Artefacts} from '../../harness/types.ts';
import {sameEverywhere} from './rules/same-everywhere.ts';
import {conformance} from './scenario.ts';

const planned = plannedTrial({scenario: 'conformance/rules', profile: 'tuned'});
const facts = {cluster: 'n1', hosts: ['n1', 'n2', 'n3'], notApplicable: []};

function artefacts(outputs: Outputs, told = facts): Artefacts {
  const meta = JSON.stringify({exit: {kind: 'exited', code: 0}, stderr: ''});
  const clusterWide = {
    'corosync.conf': outputs['n1-corosync.conf'],
    'corosync-cmapctl.txt': outputs['n1-corosync-cmapctl.txt'],
  };
  const all: Record<string, string> = {'conformance.json': JSON.stringify(told)};
  for (const [name, text] of Object.entries({...outputs, ...clusterWide})) {
    if (text === undefined) continue;
    all[name] = text;
    all[`${name}.meta.json`] = meta;
  }
  return {
    names: Object.keys(all),
    text: name => {
      const value = all[name];
      return value === undefined
        ? {ok: false, error: {artefact: name, path: '', expected: 'an artefact', found: 'none'}}
        : {ok: true, value};
    },
  };
}

function broken(outputs: Outputs): Readonly<Record<string, number>> {
  const {samples} = conformance.measure(artefacts(outputs), planned);
  const own = samples.filter(({metric}) => metric === 'conformance.broken');
  return Object.fromEntries(own.map(({labels, value}) => [labels.claim, value]));
}

test('a promise is broken as often as its rules are violated, and silent where they are not known', t => {
  const found = broken(ownLab);
  t.is(found['sec.isolation'], 15, 'five rules on three hosts');
  t.is(found['cpu.cgroup'], 3);
  t.is(found['net.l2'], 3, 'no bond');
  t.is(found['mem.numa'], undefined, 'one NUMA node: nothing holds');
  t.is(found['mon.rules'], undefined, 'not known');
});

test('a promise whose rules all hold is broken 0 times; one that is not known takes that away', t => {
  const limited = ['n1', 'n2', 'n3'].reduce(
    (base, node) =>
      edited(
        `${node}-host.txt`,
        '=limits\nasked\n',
        '=limits\nmachine.slice memory.max 34359738368\nmachine.slice cpuset.cpus 0-27\nasked\n',
        base,
      ),
    ownLab,
  );
  t.is(broken(limited)['cpu.cgroup'], 0);
  t.is(broken(edited('n2-host.txt', /=limits\n.*\n.*\nasked\n/, '', limited))['cpu.cgroup'], undefined);
});

test('planted: a promise of which one rule was not applicable is not shown by the others', t => {
  const claimed = (notApplicable: typeof facts.notApplicable) => {
    const {samples} = conformance.measure(artefacts(lab, {...facts, notApplicable}), planned);
    return samples.find(({metric, labels}) => metric === 'conformance.broken' && labels.claim === 'mig.live')?.value;
  };
  t.is(claimed([]), 0);
  t.is(claimed([{rule: 'C-01', fact: 'needs something'}] as never), 0, 'a rule of another promise');
  t.is(claimed([{rule: sameEverywhere.id, fact: 'needs something'}] as never), undefined);
});

test('what is violated is a finding with how to mend it, what is not known a problem, and neither is a sample that holds', t => {
  const {samples, problems, findings} = conformance.measure(artefacts(ownLab), planned);
  t.true(findings.some(({invariant, detail}) => invariant.startsWith('C-37') && /To mend/.test(detail)));
  t.true(problems.some(({path}) => path.startsWith('C-27 on n1')));
  t.false(samples.some(({labels}) => labels.rule === 'C-27'));
});

test('a rule for which the cluster lacks something is silent', t => {
  const told = {...facts, notApplicable: [{rule: 'C-37', fact: 'needs something'}]} as unknown as typeof facts;
  const {samples, problems} = conformance.measure(artefacts(lab, told), planned);
  t.false(samples.some(({labels}) => labels.rule === 'C-37'));
  t.false(problems.some(({path}) => path.startsWith('C-37')));
});
