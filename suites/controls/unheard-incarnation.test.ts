/**
 * A second life that the beacon never hears: the switch sends to the other one. The hosts know of it, and that must
 * be enough.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import type {ResilienceFacts} from '../resilience/facts.ts';
import {measureResilience} from '../resilience/measure.ts';

const log = readFileSync(join(import.meta.dirname, '../../fixtures/beacon-1/reboot.log'), 'utf8');
const facts: ResilienceFacts = {
  fault: 'partition:cluster',
  struck: 'n1',
  survivors: ['n2', 'n3'],
  victims: [{guest: 'vm1', resource: 'vm1'}],
  bystanders: [],
  stalled: [],
  slowed: [],
  reached: [],
  injection: {
    fault: 'partition:cluster',
    host: 'n1',
    monotonicBeforeMs: 0,
    monotonicAfterMs: 1,
    wallBeforeMs: 0,
  },
  client: 'client',
  clocks: [{host: 'client', offsetMs: 0, halfWidthMs: 1, utcOffsetMinutes: 0}],
  recovered: true,
  waitedUntilWallMs: 1,
};
const on = (...nodes: string[]) => ({
  active: nodes.map(node => ({domain: 'vm1', node, state: 'running'})),
  silent: [],
});

function measured(domains: string | undefined) {
  const kept = new Map([
    ['failover.json', JSON.stringify(facts)],
    ['beacon.log', log],
  ]);
  if (domains !== undefined) kept.set('domains.json', domains);
  return measureResilience(artefactsOf(kept));
}

test('active on two hosts is a critical finding, on one it is none', t => {
  const critical = (domains: string) => measured(domains).findings.filter(({severity}) => severity === 'critical');
  t.deepEqual(critical(JSON.stringify(on('n1', 'n2'))), [
    {
      severity: 'critical',
      invariant: 'no guest lives twice',
      detail: 'vm1 is active on n1 (running) and n2 (running)',
      artefact: 'domains.json',
    },
  ]);
  t.deepEqual(critical(JSON.stringify(on('n2'))), []);
});

test('hosts that were not asked, or whose answer was cut, are a problem', t => {
  for (const domains of [undefined, JSON.stringify(on('n1', 'n2')).slice(0, 20)]) {
    t.true(measured(domains).problems.some(({artefact}) => artefact === 'domains.json'));
  }
});

test('a bystander whose ledger was not read again is a problem', t => {
  const aside = {...facts, victims: [], bystanders: ['vm1']};
  const {problems} = measureResilience(
    artefactsOf(
      new Map([
        ['failover.json', JSON.stringify(aside)],
        ['beacon.log', log],
        ['domains.json', JSON.stringify(on('n2'))],
      ]),
    ),
  );
  t.true(problems.some(({artefact}) => artefact === 'ledger-vm1.txt'));
});
