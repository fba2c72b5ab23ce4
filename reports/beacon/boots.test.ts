import test from 'ava';
import {parseBeacon} from '../../harness/parse/beacon-log.ts';
import {bootOf} from './boots.ts';
import {rateBack} from './rate.ts';

const [old, fresh] = ['0b0b0b0b-0000-4000-8000-000000000001', '0b0b0b0b-0000-4000-8000-000000000002'];

interface Life {
  bootId: string;
  /** Seconds of the log. */
  kernel: number;
  server: number;
  until: number;
  /** Writes acknowledged by a time of the log. */
  writes(atSeconds: number): number;
}

/** A request every 10 ms for `seconds`; whoever lives answers after 2 ms, every tenth one after 1 ms. */
function logOf(seconds: number, lives: readonly Life[]) {
  const lines = [`T 0 vm1 10.0.0.7:7007`, 'A 0 1000000000'];
  let replies = 0;
  const told = new Set<number>();
  for (let request = 0; request * 0.01 < seconds; request += 1) {
    const sent = request * 10_000;
    lines.push(`S 0 ${request} 0`);
    const life = lives.findIndex(({server, until}) => sent / 1e6 >= server && sent / 1e6 < until);
    const one = lives[life];
    if (one === undefined) continue;
    if (!told.has(life)) lines.push(`L ${life} 0 ${one.bootId} ${Math.round((one.server - one.kernel) * 1e6)}`);
    told.add(life);
    const back = sent + (request % 10 === 0 ? 1000 : 2000);
    // The answer is written half a millisecond after it was asked for.
    const uptime = Math.round(sent + 500 - one.kernel * 1e6);
    const record = Math.floor(one.writes(sent / 1e6));
    replies += 1;
    lines.push(`R 0 ${request} ${back} ${life} ${uptime} ${replies} ${record} ${record > 0 ? '0a0a0a0a' : '-'} o`);
  }
  const head = `seatrial-beacon 1 interval-us=10000 duration-us=${seconds * 1e6} targets=1 origin-ns=0 client=0 scheduler=fifo memory=locked`;
  const end = `Z ${seconds * 1e6} duration sent=${Math.round(seconds * 100)} replies=${replies} ignored=0 dropped=0`;
  const parsed = parseBeacon(`${[head, ...lines, end].join('\n')}\n`);
  if (!parsed.ok || parsed.value.damage) throw new Error(JSON.stringify(parsed));
  return parsed.value;
}

const before: Life = {bootId: old, kernel: -50, server: -45, until: 4, writes: at => 1000 + at * 100};
const after: Life = {
  bootId: fresh,
  kernel: 7,
  server: 9,
  until: 15,
  // From 10 s on at half the rate, from 12 s on as before.
  writes: at => (at < 10 ? 0 : at < 12 ? 2000 + (at - 10) * 50 : 2100 + (at - 12) * 100),
};
const log = logOf(15, [before, after]);

test("the kernel's beginning follows from the quickest of the first answers, and the server's from it", t => {
  const boot = bootOf(log, 'vm1', fresh);
  t.is(boot?.earlierSeconds.toFixed(4), '0.0010');
  t.is(boot?.kernelSeconds.toFixed(4), '7.0005');
  t.is(boot?.serverSeconds.toFixed(4), '9.0005');
  t.is(boot?.sentSeconds.toFixed(4), '9.0000');
  t.is(bootOf(log, 'vm1', '0b0b0b0b-0000-4000-8000-000000000003'), undefined);
  t.is(bootOf(log, 'vm2', fresh), undefined);
});

test('performance is back with the first second of 95 % of the writes before', t => {
  const rate = rateBack(log, 'vm1', 4, fresh);
  t.true(Math.abs((rate?.before ?? 0) - 100) <= 1, `${rate?.before}`);
  // A second that begins at 11.9 s holds 5 writes of the slow time and 90 of the quick one.
  t.true(Math.abs((rate?.atSeconds ?? 0) - 11.9) < 0.05, `${rate?.atSeconds}`);
});

test('a rate that stays below has no moment, and where too little was seen before there is no rate', t => {
  const slow = logOf(15, [before, {...after, writes: at => (at < 10 ? 0 : 2000 + (at - 10) * 90)}]);
  const rate = rateBack(slow, 'vm1', 4, fresh);
  t.true((rate?.before ?? 0) > 0);
  t.is(rate?.atSeconds, undefined);
  const soon = logOf(15, [before, {...after, writes: at => (at < 14.5 ? 0 : 2000 + at * 100)}]);
  t.is(rateBack(soon, 'vm1', 4, fresh)?.atSeconds, undefined, 'a second that was not watched whole');
  t.is(rateBack(log, 'vm1', 1.5, fresh), undefined);
  t.is(rateBack(log, 'vm2', 4, fresh), undefined);
});
