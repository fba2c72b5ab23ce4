import test from 'ava';
import {z} from 'zod';
import {pointer, readJson} from './json.ts';

const schema = z.object({legs: z.array(z.object({'from/to': z.string()}))});

test('a document of the schema is its value', t => {
  t.deepEqual(readJson('{"legs": [{"from/to": "n1"}]}', 'x.json', schema), {
    ok: true,
    value: {legs: [{'from/to': 'n1'}]},
  });
});

test('another document: where, what belongs there, what stands there', t => {
  t.deepEqual(readJson('{"legs": [{"from/to": "n1"}, {"from/to": 2}]}', 'x.json', schema), {
    ok: false,
    error: {artefact: 'x.json', path: '/legs/1/from~1to', expected: 'text', found: '2'},
  });
  t.deepEqual(readJson('{}', 'x.json', schema), {
    ok: false,
    error: {artefact: 'x.json', path: '/legs', expected: 'a list', found: 'nothing'},
  });
});

for (const [name, text, path, found] of [
  ['empty', ' \n', '', /^nothing$/],
  ['cut off', '{"from":', '', /ends with .*from/],
  ['cut off within a word', '{"legs": [{"from', 'line 1', /from/],
  ['with a line that is none', '{\n"legs" 1}', 'line 2', /legs.* 1\}/],
  ['no JSON at all', 'Segmentation fault', '', /Segmentation fault/],
] as const) {
  test(`text that is ${name} is told in our own words`, t => {
    const read = readJson(text, 'x.json', schema);
    if (read.ok) return t.fail('it was accepted');
    t.is(read.error.path, path);
    t.is(read.error.expected, 'JSON');
    t.regex(read.error.found, found);
    t.notRegex(read.error.found, /Unexpected|SyntaxError|position/);
  });
}

test('a pointer escapes what would lead elsewhere', t => {
  t.is(pointer(['a/b', 0, 'c~d']), '/a~1b/0/c~0d');
  t.is(pointer([]), '');
});
