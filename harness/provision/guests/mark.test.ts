import test from 'ava';
import {isExpired, isOurs, type Mark, markText, readMark} from './mark.ts';

const mark: Mark = {
  cluster: 'prod-a',
  prefix: 'sea-',
  owner: 'ops@example.org',
  made: '2026-11-27',
  expires: '2027-01-31',
  digest: '0123456789abcdef',
};

test('a mark is read as it was written, and nothing else is a mark', t => {
  t.deepEqual(readMark(`${markText(mark)}\n`), mark);
  for (const text of [
    '',
    'seatrial/1',
    `x ${markText(mark)}`,
    `${markText(mark)} more=1`,
    markText(mark).slice(0, -1),
  ]) {
    t.is(readMark(text), undefined, text);
  }
});

test('ours is what has the same cluster, prefix and owner, whenever and from whatever it was made', t => {
  t.true(isOurs({...mark, made: '2020-01-01', digest: 'fedcba9876543210'}, mark));
  for (const other of [{cluster: 'prod-b'}, {prefix: 'lake-'}, {owner: 'night@example.org'}]) {
    t.false(isOurs({...mark, ...other}, mark));
  }
  t.false(isOurs(undefined, mark));
});

test('the last day counts', t => {
  t.false(isExpired(mark, '2027-01-31'));
  t.true(isExpired(mark, '2027-02-01'));
});
