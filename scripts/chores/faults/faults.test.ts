import {readFileSync} from 'node:fs';
import test from 'ava';
import {faults} from '../../../harness/faults/index.ts';
import {faultsFile, madePage} from './files.ts';
import {faultsPage} from './page.ts';
import type {FaultTrial, StoredFaults} from './stored.ts';

const good: FaultTrial = {
  scenario: 'failover/host-crash',
  status: 'done',
  faults: [{fault: 'host-crash', bit: true, evidence: 'n1 has no power'}],
  phases: {'failover.durable': {seconds: 12.34, censored: false}},
  unexpected: [],
};

function lineOf(kind: string, ...trials: readonly FaultTrial[]): string {
  const stored: StoredFaults = {run: 'r', startedAt: '2026-11-28', commit: 'abc', storage: 'nbd', trials: [...trials]};
  const page = faultsPage(['host-crash', 'nic-down'], [stored]);
  return page.split('\n').find(line => line.startsWith(`| ${kind} |`)) ?? '';
}

test('docs/faults.md is what the stored trials say, and names every fault of the registry', t => {
  const page = readFileSync(faultsFile, 'utf8');
  t.is(page, madePage(), 'write it anew: node scripts/chores/faults.ts');
  for (const {name} of faults) t.true(page.includes(`\n| ${name} |`), name);
});

test('what held says so with its times; what has no trial is not run', t => {
  t.regex(lineOf('host-crash', good, good), /\| 2 \| 2 of 2 \| 2 of 2 \| .*12\.3, at most 12\.3 \(n 2\).* \| held \|$/);
  t.regex(lineOf('nic-down', good), /not run \|$/);
});

test('planted: what did not bite, was aborted, never came back, surprised or stayed broken never reads held', t => {
  const blunt = {...good, faults: [{fault: 'host-crash', bit: false, evidence: 'it answers'}]};
  const never = {...good, phases: {'failover.durable': {seconds: 180, censored: true}}};
  const planted: readonly (readonly [FaultTrial, string])[] = [
    [blunt, 'undecided'],
    [{...good, faults: [{fault: 'host-crash', evidence: ''}]}, 'undecided'],
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
