import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {parseFio} from '../../../harness/parse/fio.ts';
import {fioTexts, withCorpus} from './corpus.ts';

test('every text is a fio document without a warning, about 0.1 MB long, and no two are the same', t => {
  const texts = fioTexts(1, 8);
  t.is(new Set(texts).size, 8);
  for (const text of texts) {
    t.true(text.length > 80_000 && text.length < 120_000, String(text.length));
    const read = parseFio(text, 'x');
    if (!read.ok) return t.fail(JSON.stringify(read.error));
    t.deepEqual(read.value.warnings, []);
    t.is(read.value.jobs.length, 3);
    t.true((read.value.jobs[2]?.work.write?.latency?.bins?.length ?? 0) > 200);
  }
});

test('the same seed gives the same text', t => {
  t.deepEqual(fioTexts(7, 2), fioTexts(7, 2));
  t.notDeepEqual(fioTexts(7, 1), fioTexts(8, 1));
});

test('the folder is gone afterwards, also when the use of it fails', async t => {
  const folder = await withCorpus(2, async corpus => {
    t.is(corpus.files.length, 2);
    const length = corpus.files.reduce((sum, file) => sum + readFileSync(file).length, 0);
    t.is(length, corpus.bytes);
    return corpus.folder;
  });
  t.false(existsSync(folder));
  let failed = '';
  await t.throwsAsync(
    withCorpus(1, async corpus => {
      failed = corpus.folder;
      throw new Error('on purpose');
    }),
    {message: 'on purpose'},
  );
  t.not(failed, '');
  t.false(existsSync(failed));
});
