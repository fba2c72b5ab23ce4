import {execFileSync} from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import {quoted} from './quote.ts';

test('plain words stay readable', t => {
  t.is(quoted(['fio', '--size=16m', '/dev/sdb']), 'fio --size=16m /dev/sdb');
  t.is(quoted(['echo', '', "it's", '$HOME']), "echo '' 'it'\\''s' '$HOME'");
});

test('a shell reads back exactly the words that were quoted', t => {
  const word = fc.string({unit: 'binary', maxLength: 20}).map(text => text.replaceAll('\0', '').toWellFormed());
  fc.assert(
    fc.property(fc.array(word, {minLength: 1, maxLength: 20}), words => {
      const said = execFileSync('sh', ['-c', `printf '%s\\0' ${quoted(words)}`], {encoding: 'utf8'});
      return JSON.stringify(said.split('\0').slice(0, -1)) === JSON.stringify(words);
    }),
    {numRuns: 40},
  );
  t.pass();
});
