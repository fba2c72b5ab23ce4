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

test('a whole document is read as it was written', t => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), value => {
      const scan = scanJson(JSON.stringify(value, null, 1));
      t.deepEqual(scan.damage, []);
      // Not held against JSON.parse: Node 24's takes one escaped key for another of its length ('"' for a backslash).
      t.is(JSON.stringify(plain(scan.documents[0]?.value ?? null)), JSON.stringify(value));
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

test('numbers are the doubles that JSON.parse gives, in every notation', t => {
  const digits = fc.stringMatching(/^(?:0|[1-9][0-9]{0,20})$/);
  const literal = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.stringMatching(/^(?:\.[0-9]{1,20})?$/),
      fc.constantFrom('', 'e5', 'E-7'),
    )
    .map(parts => parts.join(''));
  fc.assert(
    fc.property(literal, text => {
      const read = scanJson(`{"a": ${text}}`).documents[0]?.value.get('a');
      t.true(Object.is(read, JSON.parse(text)), text);
    }),
    {numRuns: 500},
  );
});

test('a table read flat holds what the general reader reads, and what is no table is left to it', t => {
  const key = fc.oneof(
    {weight: 20, arbitrary: fc.nat(2 ** 34).map(String)},
    fc.constantFrom('01', 'x', '1.5', '-1', '99999999999999999'),
  );
  const value = fc.oneof({weight: 20, arbitrary: fc.nat()}, fc.constantFrom(1.5, -1, null, 'x', 1e20));
  const members = fc
    .array(fc.tuple(key, value), {maxLength: 12})
    .chain(all =>
      fc.boolean().map(ascending => (ascending ? all.toSorted((a, b) => Number(a[0]) - Number(b[0])) : all)),
    );
  let tables = 0;
  fc.assert(
    fc.property(members, all => {
      const text = `{${all.map(([name, one]) => `"${name}" : ${JSON.stringify(one)}`).join(',\n')}}`;
      const [table] = scanJson(`{"bins" : ${text}}`).documents;
      const [other] = scanJson(`{"bons" : ${text}}`).documents;
      const flat = table?.value.get('bins');
      const general = other?.value.get('bons');
      if (!(general instanceof Map)) return t.fail();
      if (flat instanceof CountTable) {
        tables += 1;
        t.deepEqual(
          flat.entries.map(([name, one]) => [String(name), one]),
          [...general],
        );
        t.deepEqual(other?.repeated, []);
      } else t.deepEqual(flat, general);
      t.deepEqual(
        table?.repeated,
        other?.repeated.map(path => path.replace('bons', 'bins')),
      );
    }),
    {numRuns: 500},
  );
  t.true(tables > 50, `${tables} were tables`);
});

test('a broken table is broken where the general reader says', t => {
  const at = (text: string) => scanJson(text).damage.map(({line, expected, found}) => [line, expected, found]);
  for (const tail of ['', '"', '"1', '"1"', '"1" :', '"1" : 2', '"1" : 2,', '"1" : 2 3', '"1" : x', ',', '"1" : 2,}']) {
    const text = `{"bins" : {${tail}\n`;
    t.deepEqual(at(text), at(text.replace('bins', 'bons')), tail);
    t.is(at(text).length > 0, true, tail);
  }
});
