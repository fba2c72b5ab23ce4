import {readFileSync} from 'node:fs';
import test from 'ava';
import {faults} from '../../../harness/faults/index.ts';
import type {StoredRun} from '../../../harness/types.ts';
import type {Report} from '../../../reports/run/report.ts';
import {faultsFile, madePage} from './files.ts';
import {faultsPage} from './page.ts';
import {compact, type FaultTrial, type StoredFaults} from './stored.ts';

const good: FaultTrial = {
  scenario: 'failover/host-crash',
  status: 'done',
  faults: [{fault: 'host-crash', bit: true, evidence: 'n1 has no power'}],
  phases: {'failover.durable': {seconds: 12.34, censored: false}},
  unexpected: [],
};

const lacking = [{scenario: 'failover/nic-down', reason: 'needs an interface'}];

function lineOf(kind: string, ...trials: readonly FaultTrial[]): string {
  const stored: StoredFaults = {
    run: 'r',
    startedAt: '2026-11-28',
    commit: 'abc',
    storage: 'nbd',
    trials: [...trials],
    notApplicable: [...lacking],
  };
  const page = faultsPage(['host-crash', 'nic-down', 'partition'], [stored]);
  return page.split('\n').find(line => line.startsWith(`| ${kind} |`)) ?? '';
}

test('docs/faults.md is what the stored trials say, and names every fault of the registry', t => {
  const page = readFileSync(faultsFile, 'utf8');
  t.is(page, madePage(), 'write it anew: node scripts/chores/faults.ts');
  for (const {name} of faults) t.true(page.includes(`\n| ${name} |`), name);
});

test('what held says so with its times; what has no trial is not run', t => {
  t.regex(lineOf('host-crash', good, good), /\| 2 \| 2 of 2 \| 2 of 2 \| .*12\.3, at most 12\.3 \(n 2\).* \| held \|$/);
  t.regex(lineOf('partition', good), /not run \|$/);
  t.regex(lineOf('nic-down', good), /needs an interface \| not applicable \|$/);
});

test('a trial in which nobody asked gives way to one of its scenario in which it was asked, and to no other', t => {
  const unasked = {...good, faults: [{fault: 'host-crash', evidence: ''}]};
  t.regex(lineOf('host-crash', unasked), /\| 1 \| 0 of 1 \|.*\| undecided \|$/);
  t.regex(lineOf('host-crash', unasked, good), /\| 1 \| 1 of 1 \|.*\| held \|$/);
  t.regex(lineOf('host-crash', {...unasked, scenario: 'failover/other'}, good), /\| 1 of 2 \|.*\| undecided \|$/);
  const wrong = {...unasked, unexpected: ['no guest lives twice: vm1']};
  t.regex(lineOf('host-crash', wrong, good), /\| 1 of 2 \|.*\| \*\*failed\*\* \|$/);
  t.regex(lineOf('host-crash', {...unasked, status: 'unhealed'}, good), /\*\*not healed\*\*/);
});

test('migrations that are struck have rows of their own, with the longest silence', t => {
  const phases = {'migration.blackout': {seconds: 9.4, censored: false}};
  const struck = {...good, scenario: 'migration/source-dies', phases};
  t.regex(
    lineOf('migration/source-dies', struck),
    /\| 1 \| 1 of 1 \| 1 of 1 \| +\| +\| +\| 9\.4, at most 9\.4 \(n 1\) \|/,
  );
  t.is(lineOf('migration/source-dies', good), '');
});

test('planted: what did not bite, was aborted, never came back, surprised or stayed broken never reads held', t => {
  const blunt = {...good, faults: [{fault: 'host-crash', bit: false, evidence: 'it answers'}]};
  const never = {...good, phases: {'failover.durable': {seconds: 180, censored: true}}};
  const planted: readonly (readonly [FaultTrial, string])[] = [
    [blunt, 'undecided'],
    [{...good, scenario: 'failover/other', faults: [{fault: 'host-crash', evidence: ''}]}, 'undecided'],
    [{...good, status: 'aborted' as const}, 'undecided'],
    [{...good, unexpected: ['not known: every node can be reached: n1']}, 'undecided'],
    [never, '**failed**'],
    [{...good, unexpected: ['no guest lives twice: vm1']}, '**failed**'],
    [{...good, status: 'unhealed' as const}, '**not healed**'],
  ];
  for (const [trial, verdict] of planted) {
    t.true(lineOf('host-crash', good, trial).endsWith(`| ${verdict} |`), lineOf('host-crash', good, trial));
  }
});

test('what each family of scenarios keeps of its faults is read, one answer for each injection', t => {
  const bitOf = (injected: readonly string[], artefact: string, kept: unknown, reason?: string) => {
    const texts = new Map([
      ['effects.json', JSON.stringify({injections: injected.map(fault => ({fault}))})],
      [artefact, JSON.stringify(kept)],
    ]);
    const text = (name: string) => ({ok: true, value: texts.get(name) ?? ''});
    const trial = {
      record: {planned: {slot: 1, scenario: 's'}, status: 'done', reason},
      artefacts: {names: [...texts.keys()], text},
    };
    const run = {
      header: {id: 'r', startedAt: '', commit: '', storage: 'nbd'},
      plan: {notApplicable: []},
      trials: [trial],
    };
    const report = {trials: [], samples: []};
    const {trials} = compact(run as unknown as StoredRun, report as unknown as Report);
    return trials[0]?.faults.map(({bit, evidence}) => [bit, evidence]);
  };
  const told = (fault: string, bit: boolean, evidence: string) => ({fault, bit, evidence});
  const [one, two] = [told('etcd-killed', true, 'gone'), told('etcd-killed', false, 'runs')];
  t.deepEqual(bitOf(['etcd-killed', 'etcd-killed'], 'etcd.json', {reached: [one, two]}), [
    [true, 'gone'],
    [false, 'runs'],
  ]);
  t.deepEqual(bitOf(['nic-down'], 'address.json', {reached: told('nic-down', true, 'down')}), [[true, 'down']]);
  t.is(bitOf(['nic-down'], 'address.json', {reached: told('nic-down', true, 'down')}, 'interrupted'), undefined);
  const cut = told('bond-member-cut', true, '7 frames dropped');
  t.deepEqual(bitOf(['bond-member-cut'], 'bond.json', {reached: cut}), [[true, '7 frames dropped']]);
  const struck = {fault: 'host-crash', bit: {yes: true, evidence: 'off'}};
  t.deepEqual(bitOf(['host-crash'], 'struck.json', struck), [[true, 'off']]);
  t.deepEqual(bitOf(['host-crash'], 'failover.json', {reached: [told('nic-down', true, 'down')]}), [[undefined, '']]);
});
