/**
 * Timelines as they were recorded, live, in `fixtures/failover-timeline/STORE-PROFILE-FAULT`: every fifth request of
 * the beacon, the lines of Pacemaker that tell of the recovery, no ledgers.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Artefacts, Measured} from '../../harness/types.ts';
import {measureResilience} from './measure.ts';

const folder = join(import.meta.dirname, '../../fixtures/failover-timeline');
const recorded = readdirSync(folder).map(name => ({name, artefacts: artefactsIn(join(folder, name))}));

/** `change`: what becomes of a text; undefined takes it away. */
function artefactsIn(place: string, change = (_name: string, text: string): string | undefined => text): Artefacts {
  const texts = new Map(
    readdirSync(place).flatMap(name => {
      const text = change(name, readFileSync(join(place, name), 'utf8'));
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
  return {
    names: [...texts.keys()],
    text(name) {
      const value = texts.get(name);
      const error = {artefact: name, path: '', expected: 'an artefact of this name', found: 'none'};
      return value === undefined ? {ok: false, error} : {ok: true, value};
    },
  };
}

const first = ({samples}: Measured, metric: string) => samples.find(sample => sample.metric === metric);
const always = ['membership', 'quorum', 'fencing-requested', 'fence-done', 'fenced', 'start-requested', 'started'];
const seen = [...always, 'kernel', 'service', 'durable', 'blackout'];

for (const {name, artefacts} of recorded) {
  test(`${name}: every moment was seen, the phases add up, and at most a tenth of the blackout is unexplained`, t => {
    const measured = measureResilience(artefacts);
    for (const each of seen) t.true(Number(first(measured, `failover.${each}`)?.value) > 0, each);
    const phases = measured.samples.filter(({metric}) => metric === 'failover.phase');
    const sum = phases.reduce((seconds, {value}) => seconds + value, 0);
    t.true(Math.abs(sum - Number(first(measured, 'failover.durable')?.value)) < 1e-6, `${sum}`);
    t.true(Number(first(measured, 'failover.unexplained')?.value) <= 0.1);
    t.deepEqual(
      measured.problems.filter(({artefact}) => !artefact.startsWith('ledger-')),
      [],
    );
  });

  test(`${name}: the storage's own moments are there where it has any`, t => {
    const measured = measureResilience(artefacts);
    const kept = artefacts.names.includes('ceph-log.txt');
    t.is(first(measured, 'failover.storage-free') !== undefined, kept);
    t.is(first(measured, 'failover.storage-serving') !== undefined, name.startsWith('ceph'));
  });

  test(`${name}: the budget that was read beside it; a run without one has none`, t => {
    const expected = (measured: Measured) =>
      measured.samples.flatMap(({metric, labels}) => (metric === 'failover.expected' ? [labels.phase] : []));
    const storage = name.startsWith('ceph') ? ['storage-lost', 'storage-free'] : [];
    const facts = artefacts.text('failover.json');
    const phases =
      facts.ok && 'budget' in JSON.parse(facts.value) ? ['membership', 'fence', 'start', ...storage, 'service'] : [];
    t.deepEqual(expected(measureResilience(artefacts)), phases);
    const older = artefactsIn(join(folder, name), (file, text) => {
      if (/^ceph-/.test(file)) return undefined;
      const {budget: _, struckAddresses: __, ...facts} = file === 'failover.json' ? JSON.parse(text) : {};
      return file === 'failover.json' ? JSON.stringify(facts) : text;
    });
    const measured = measureResilience(older);
    t.deepEqual(expected(measured), []);
    t.is(first(measured, 'failover.storage-lost'), undefined);
    t.true(Number(first(measured, 'failover.unexplained')?.value) <= 0.1);
  });

  test(`${name}: logs without the loss, the fence and the start leave too much unexplained`, t => {
    const unfenced = artefactsIn(join(folder, name), (file, text) =>
      file.startsWith('pacemaker-')
        ? text.replace(
            /^.*(?:is now lost|was terminated|Initiating start|Requesting local execution of start).*\n/gm,
            '',
          )
        : text,
    );
    const told = measureResilience(unfenced).findings.map(({invariant}) => invariant);
    t.true(told.includes('the phases explain the blackout'), told.join());
  });
}
