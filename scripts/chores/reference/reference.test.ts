import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {z} from 'zod';
import {filePage} from './file-page.ts';
import {fileKinds, referenceFiles} from './index.ts';
import {manPage} from './man-page.ts';
import {fieldsOf} from './schema-fields.ts';

const top = join(import.meta.dirname, '../../..');
const files = await referenceFiles();

for (const [path, text] of files) {
  test(`${path} is what the code says`, t => {
    const stored = existsSync(join(top, path)) ? readFileSync(join(top, path), 'utf8') : '';
    t.true(stored === text, `${path} is not what the code says any more: run npm run reference`);
  });
}

test('nothing else lies in docs/reference/', t => {
  const made = [...files.keys()].filter(path => path.startsWith('docs/reference/')).sort();
  t.deepEqual(
    readdirSync(join(top, 'docs/reference'))
      .map(name => `docs/reference/${name}`)
      .sort(),
    made,
  );
});

test('every field has a meaning', t => {
  for (const [name, {schemas}] of Object.entries(fileKinds)) {
    for (const {path, meaning} of schemas.flatMap(({schema}) => fieldsOf(schema))) {
      t.not(meaning, '', `${name}: ${path} says nothing of itself: give it .describe('…') in its schema`);
    }
  }
});

test('the man page is one to groff and to mandoc', t => {
  const page = files.get('man/seatrial.1') ?? '';
  for (const [command, ...argv] of [
    ['groff', '-man', '-ww', '-z', '-Tutf8'],
    ['mandoc', '-T', 'lint', '-W', 'warning'],
  ] as const) {
    const {status, stdout, stderr} = spawnSync(command, argv, {input: page, encoding: 'utf8'});
    t.deepEqual({status, stdout, stderr}, {status: 0, stdout: '', stderr: ''}, command);
  }
  const shown = spawnSync('mandoc', ['-T', 'ascii'], {input: page, encoding: 'utf8'}).stdout.replaceAll(/.[\b]/g, '');
  t.regex(shown, /--storage <kind>\n\s+of the lab/);
  t.regex(shown, /lab up \[options\] \[name\]/);
  t.regex(shown, /EXIT STATUS\n\s+0\s+all met/);
});

test('planted: a line that would be a macro, a backslash, a quote and a dash stay text', t => {
  const bare = {group: '', arguments: [], options: [], commands: []};
  const more = 'Examples:\n.so /etc/passwd\n\'br\nC:\\x "q" --y\n\nExit code: 0 all met, 1 some missed.';
  const page = manPage({...bare, path: ['seatrial'], about: 'About.', more}, '1', '2026-11-28');
  const shown = spawnSync('mandoc', ['-T', 'ascii'], {input: page, encoding: 'utf8'}).stdout.replaceAll(/.[\b]/g, '');
  for (const line of ['.so /etc/passwd', "'br", 'C:\\x "q" --y']) t.true(shown.includes(line), line);
});

test('a schema tells form, default and meaning of every field, through what wraps it', t => {
  const name = z.string().regex(/^a/, {error: 'a name'});
  const schema = z
    .strictObject({
      name: name.describe('whose'),
      port: z.int().min(1).max(9).default(5).describe('where'),
      shares: z.array(z.number().gt(0).lt(1)).min(2).optional().describe('of it'),
      kind: z.enum(['a', 'b']).describe('which'),
      at: z.string().meta({form: 'a time'}).transform(Number).describe('when'),
      more: z.strictObject({inner: z.boolean().describe('whether')}).prefault({inner: true}),
    })
    .superRefine(() => {})
    .transform(read => read);
  t.deepEqual(
    fieldsOf(schema).map(({path, form, otherwise, meaning}) => [
      path,
      form,
      Object.values(otherwise).join(' '),
      meaning,
    ]),
    [
      ['name', 'a name', 'needed', 'whose'],
      ['port', 'a whole number from 1 to 9', 'default 5', 'where'],
      ['shares', 'a list of at least 2 entries: a number above 0 and below 1', 'optional', 'of it'],
      ['kind', 'one of `a`, `b`', 'needed', 'which'],
      ['at', 'a time', 'needed', 'when'],
      ['more', 'a mapping', 'default {"inner":true}', ''],
      ['more.inner', '`true` or `false`', 'needed', 'whether'],
    ],
  );
  const page = filePage({title: 'T', intro: 'I.', schemas: [{schema}], examples: [{name: 'e', path: 'e.yaml'}]});
  t.regex(page, /\| `port` \| a whole number from 1 to 9 \| `5` \| where \|/);
});
