import test from 'ava';
import fc from 'fast-check';
import {oldestMs, osdMaps, shutOut} from './ceph-log.ts';

const log = `2026-11-28T08:17:19.949569+0000 mon.n1 (mon.0) 140 : cluster [DBG] osdmap e60: 3 total, 2 up, 3 in
2026-11-28T08:17:19.699532+0000 mon.n1 (mon.0) 139 : cluster [DBG] osdmap e59: 3 total, 3 up, 3 in
2026-11-28T08:17:19.712386+0000 osd.1 (osd.1) 3 : cluster [DBG] 1.2 starting backfill to osd.2 from (44'4500,51'5080] MAX to 55'6642
2026-11-28T08:18:38.458775+0000 mgr.n1 (mgr.4493) 88 : cluster [DBG] pgmap v92: 8 pgs: 8 active+clean; 4.3 MiB data
2026-11-28T08:17:20.388938 mon.n1 (mon.0) 143 : cluster [DBG] osdmap e61: 3 total, 3 up, 3 in
`;

test('the maps of the OSDs, in time, each with its line; what is none is left out', t => {
  t.deepEqual(osdMaps(log), [
    {atMs: Date.UTC(2026, 10, 28, 8, 17, 19, 699), line: 2, monitor: 'n1', total: 3, up: 3},
    {atMs: Date.UTC(2026, 10, 28, 8, 17, 19, 949), line: 1, monitor: 'n1', total: 3, up: 2},
  ]);
});

test('the oldest line tells how far back the log reaches', t => {
  t.is(oldestMs(log), Date.UTC(2026, 10, 28, 8, 17, 19, 699));
  t.is(oldestMs('no stamp\n'), undefined);
});

test('who is shut out, until when; other zones and addresses of IPv6 too', t => {
  const text = `10.77.2.3:0/0 2026-11-28T08:17:50.500000+0000
[fd00::3]:0/371 2026-11-28T10:47:50.5+0130
listed 2 entries
10.77.2.4:0/0 soon
`;
  t.deepEqual(shutOut(text), [
    {address: '10.77.2.3', untilMs: Date.UTC(2026, 10, 28, 8, 17, 50, 500), line: 1},
    {address: 'fd00::3', untilMs: Date.UTC(2026, 10, 28, 9, 17, 50, 500), line: 2},
  ]);
});

test('total over any text', t => {
  fc.assert(
    fc.property(fc.string({unit: 'binary'}), text => {
      osdMaps(text);
      oldestMs(text);
      shutOut(text);
    }),
  );
  t.pass();
});
