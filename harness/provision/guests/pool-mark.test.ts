import test from 'ava';
import {markOfPool, wordsForPool} from './pool-mark.ts';

const mark = {
  cluster: 'prod_a',
  prefix: 'sea-',
  owner: 'Ops.Team_7',
  made: '2026-11-27',
  expires: '2026-12-31',
  digest: '0123456789abcdef',
};
const words = wordsForPool(mark);
const said = (pairs: readonly string[]) =>
  JSON.stringify({rbd: Object.fromEntries(pairs.flatMap((name, at) => (at % 2 === 0 ? [[name, pairs[at + 1]]] : [])))});

test('what Ceph takes as a word comes back as the mark it was', t => {
  for (const word of wordsForPool({...mark, cluster: 'c'.repeat(63)})) t.regex(word, /^[A-Za-z0-9=.-]{1,128}$/);
  t.deepEqual(markOfPool(said(words)), mark);
});

test('a pool without a mark, with a part of one, or with what is no mark, is not ours', t => {
  t.is(markOfPool('{"rbd":{}}'), undefined);
  t.is(markOfPool('{"cephfs":{"data":"x"}}'), undefined);
  t.is(markOfPool(said(words.slice(2))), undefined);
  t.is(markOfPool(said([...words.slice(0, -1), 'zz'])), undefined);
  t.is(markOfPool('no such pool'), undefined);
});
