import test from 'ava';
import {parseKsm} from './ksm.ts';

const whole = `page 4096
ksm pages_shared 10
ksm pages_sharing 4000
ksm pages_unshared 7
ksm full_scans 3
ksmd 100 20 230
guest vm1 4096
apart vm1 memory-backend-memfd
end
`;

test('what is merged, what it took, and what keeps memory of a guest apart', t => {
  t.deepEqual(parseKsm(whole, 'a'), {
    ok: true,
    value: {
      pageBytes: 4096,
      sharing: 4000,
      fullScans: 3,
      ksmdSeconds: 2.5,
      guests: {vm1: 4096},
      apart: {vm1: 'memory-backend-memfd'},
    },
  });
});

test('a thread that is not to be seen took no time that is known; half a reading is none', t => {
  const unseen = parseKsm(whole.replace(/^ksmd.*\n/m, ''), 'a');
  t.true(unseen.ok && unseen.value.ksmdSeconds === undefined);
  t.false(parseKsm(whole.slice(0, -5), 'a').ok);
  t.false(parseKsm(whole.replace(/^ksm pages_sharing.*\n/m, ''), 'a').ok);
  for (const cut of ['ksm pages_sharing 4000', 'guest vm1 4096', 'ksmd 100 20 230', 'page 4096'])
    for (const left of [cut.replace(/\d+$/, ''), cut.replace(/ \d+$/, ''), `${cut}x`, cut.replace(/\d+$/, '-1')])
      t.false(parseKsm(whole.replace(cut, left), 'a').ok, left);
});
