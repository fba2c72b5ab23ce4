import test from 'ava';
import {parseKsm, unusableShare} from './ksm.ts';

const whole = `page 4096
ksm pages_shared 10
ksm pages_sharing 4000
ksm pages_unshared 7
ksm full_scans 3
ksmd 100 20 230
guest vm1 4096
free Node 0, zone      DMA      0      1      0
free Node 0, zone   Normal     10      0      2
end
`;

test('what is merged, what it took, and the free blocks of all zones', t => {
  t.deepEqual(parseKsm(whole, 'a'), {
    ok: true,
    value: {
      pageBytes: 4096,
      sharing: 4000,
      fullScans: 3,
      ksmdSeconds: 2.5,
      guests: {vm1: 4096},
      apart: {},
      free: [10, 1, 2],
    },
  });
});

test('a thread that is not to be seen took no time that is known; half a reading is none', t => {
  const unseen = parseKsm(whole.replace(/^ksmd.*\n/m, ''), 'a');
  t.true(unseen.ok && unseen.value.ksmdSeconds === undefined);
  t.false(parseKsm(whole.slice(0, -5), 'a').ok);
  t.false(parseKsm(whole.replace(/^ksm pages_sharing.*\n/m, ''), 'a').ok);
  t.false(parseKsm(whole.replaceAll(/^free.*\n/gm, ''), 'a').ok);
});

test('the unusable index: none where all is in one large block, all where it lies in single pages', t => {
  t.is(unusableShare([0, 0, 5], 2), 0);
  t.is(unusableShare([20, 0, 0], 2), 1);
  t.is(unusableShare([4, 0, 1], 2), 0.5);
});
