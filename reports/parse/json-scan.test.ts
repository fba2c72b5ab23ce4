import test from 'ava';
import fc from 'fast-check';
import {CountTable, type JsonValue, scanJson} from './json-scan.ts';

function plain(value: JsonValue): unknown {
  if (value instanceof CountTable) return Object.fromEntries(value.entries);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test('documents are found between other lines, one after another', t => {
  const scan = scanJson('note: one\n{"a": 1}\n{\n "b": [true, null, "x\\u0041\\n"]\n}\nDisk stats\n');
  t.deepEqual(
    scan.documents.map(document => plain(document.value)),
    [{a: 1}, {b: [true, null, 'xA\n']}],
  );
  t.deepEqual(scan.outside, ['note: one', 'Disk stats']);
  t.deepEqual(scan.damage, []);
  t.is(scan.documents[1]?.line, 3);
});

test('repeated keys are named, and the last value counts', t => {
  const [document] = scanJson('{"a": {"b/c": 1, "b/c": 2}}').documents;
  t.deepEqual(document?.repeated, ['/a/b~1c']);
  t.deepEqual(plain(document?.value ?? null), {a: {'b/c': 2}});
});

test('what is no number stays visible as such', t => {
  const [document] = scanJson('{"a": -nan, "b": inf, "c": 1e999, "d": -0.5e2}').documents;
  t.deepEqual(plain(document?.value ?? null), {
    a: {notANumber: '-nan'},
    b: {notANumber: 'inf'},
    c: {notANumber: '1e999'},
    d: -50,
  });
});

test('damage is named by line, expectation and finding', t => {
  const cases: readonly (readonly [string, number, string, string])[] = [
    ['{\n "a": 1', 2, ', or }', 'the end of the text'],
    ['{\n "a" 1}', 2, ': after a key', '"1}"'],
    ['{"a": 01}', 1, ', or }', '"1}"'],
    ['{"a": "x\n"}', 1, 'a string that ends on its line', 'the end of the line'],
    ['{"a": "\\q"}', 1, 'a known escape', '"\\\\q\\"}"'],
    ['{"a": ture}', 1, 'a value', '"ture}"'],
    [`{"a": ${'['.repeat(100)}`, 1, 'at most 64 levels', `"${'['.repeat(36)}"`],
    ['text\n  "a": 1,\n', 2, 'no piece of JSON outside a document', '"  \\"a\\": 1,"'],
  ];
  for (const [text, line, expected, found] of cases) {
    const {damage, documents} = scanJson(text);
    t.is(documents.length, 0, text);
    t.is(damage[0]?.line, line, text);
    t.is(damage[0]?.expected, expected, text);
    if (!text.includes('[[')) t.is(damage[0]?.found, found, text);
  }
});

test('a whole document is read as JSON.parse reads it', t => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), value => {
      const scan = scanJson(JSON.stringify(value, null, 1));
      t.deepEqual(scan.damage, []);
      // -0 is printed as 0.
      t.is(JSON.stringify(plain(scan.documents[0]?.value ?? null)), JSON.stringify(JSON.parse(JSON.stringify(value))));
    }),
    {numRuns: 200},
  );
});

test('any text is taken without a throw', t => {
  const pieces = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\n', '\\', '1', 'nan', 'a', ' ', '\0', '\ud800'),
    {maxLength: 60},
  );
  fc.assert(
    fc.property(
      fc.oneof(
        pieces.map(all => all.join('')),
        fc.string(),
      ),
      text => {
        scanJson(text);
      },
    ),
    {numRuns: 1000},
  );
  t.pass();
});
