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
