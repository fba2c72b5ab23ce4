import test from 'ava';
import {readAnswer} from '../../harness/guest/inside.ts';
import {brokenInside} from './asked-inside.ts';

const sum = 'a'.repeat(64);
const well = {bootId: 'b1', checksum: sum, outward: 5, inward: 5, kernel: ['BUG: of its boot']};
const asked = (after: object) => brokenInside({guest: 'vm1', laid: sum, before: well, after: {...well, ...after}});

test('a guest that is as it was is whole', t => {
  t.deepEqual(asked({}), []);
  // One lost echo is loss, and what the kernel had said before is no news.
  t.deepEqual(asked({outward: 4, inward: 1}), []);
});

test('each thing that a migration may break is found', t => {
  t.regex(asked({checksum: 'b'.repeat(64)}).join(), /memory of vm1 .* bbbbbbbbbbbb in place of aaaaaaaaaaaa/);
  t.regex(asked({checksum: ''}).join(), /SHA-256 none/);
  t.regex(asked({bootId: 'b2'}).join(), /started anew/);
  t.regex(asked({outward: 0}).join(), /reaches nobody/);
  t.regex(asked({inward: 0}).join(), /reached by nobody/);
  t.regex(asked({kernel: [...well.kernel, 'BUG: soft lockup']}).join(), /kernel of vm1 says: BUG: soft lockup/);
  t.regex(asked({silent: 'it runs on no node', bootId: undefined}).join(), /cannot be asked .* no node/);
});

test('a guest that could not be asked before has said nothing', t => {
  const before = {inward: 5, kernel: [], silent: 'no agent'};
  t.deepEqual(brokenInside({guest: 'vm1', before, after: {...before, inward: 0}}), []);
});

test('what a guest prints is read, from busybox and from iputils', t => {
  const text = (ping: string) => `boot b1\nsum ${sum}\nout ${ping}\nlog Kernel panic - not syncing\n`;
  const kernel = ['Kernel panic - not syncing'];
  for (const ping of [
    '5 packets transmitted, 4 packets received, 20% packet loss ',
    '5 packets transmitted, 4 received, 20% packet loss, time 4ms ',
  ])
    t.deepEqual(readAnswer(text(ping)), {bootId: 'b1', checksum: sum, outward: 4, kernel});
  t.deepEqual(readAnswer('sum \nout ping: bad address\n'), {checksum: '', kernel: []});
});
