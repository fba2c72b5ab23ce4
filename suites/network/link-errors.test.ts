import test from 'ava';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import {measureLinks} from './link-errors.ts';

const meta = JSON.stringify({exit: {kind: 'exited', code: 0}, stderr: ''});

/** A host with one card: what it counted before and after. */
function measured(before: string, after: string) {
  const kept = new Map([
    ['links.json', JSON.stringify([{name: 'n1', interfaces: {storage: 'stor0'}}])],
    ['links-before-n1.txt', `${before}\nend\n`],
    ['links-before-n1.txt.meta.json', meta],
    ['links-after-n1.txt', `${after}\nend\n`],
    ['links-after-n1.txt.meta.json', meta],
  ]);
  return measureLinks(artefactsOf(kept));
}

test('errors over the bits in between', t => {
  const {samples, problems} = measured('stor0 ens1 1000 2', 'stor0 ens1 126000 3');
  t.deepEqual(problems, []);
  const [rate] = samples;
  t.true(
    rate !== undefined && rate.value - (rate.halfWidth ?? 0) <= 1e-6 && rate.value + (rate.halfWidth ?? 0) >= 1e-6,
  );
});

test('an interface that was not counted, or was set back, gives no rate', t => {
  for (const [before, after] of [
    ['stor0 ens1 1000 2', 'other0 ens1 126000 2'],
    ['other0 ens1 1000 2', 'stor0 ens1 126000 2'],
    ['stor0 ens1 1000 2', 'stor0 ens1 126000 0'],
  ] as const) {
    const {samples, problems} = measured(before, after);
    t.deepEqual([samples, problems.length], [[], 1], after);
  }
});

/** Two planes of a host, as their counters grew. */
function planes(storage: string, management: string) {
  const interfaces = {storage: 'stor0', management: 'eno0'};
  return measureLinks(
    artefactsOf(
      new Map([
        ['links.json', JSON.stringify([{name: 'n1', interfaces}])],
        [
          'links-before-n1.txt',
          `${storage.replace(/\d+ \d+$/, '0 0')}\n${management.replace(/\d+ \d+$/, '0 0')}\nend\n`,
        ],
        ['links-before-n1.txt.meta.json', meta],
        ['links-after-n1.txt', `${storage}\n${management}\nend\n`],
        ['links-after-n1.txt.meta.json', meta],
      ]),
    ),
  );
}

test('planted: where one plane was not counted, the others are no proof; errors that were counted stand', t => {
  t.is(planes('stor0 ens1 900000 0', 'eno0 eno0 900000 0').samples.length, 2);
  for (const storage of ['stor0 - 900000 0', 'stor0 ens1 0 0']) {
    const {samples, problems} = planes(storage, 'eno0 eno0 900000 0');
    t.deepEqual([samples, problems.length], [[], 1], storage);
    t.is(planes(storage, 'eno0 eno0 900000 3').samples.length, 1, storage);
  }
});
