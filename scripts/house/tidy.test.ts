import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {sourcesOfTheHouse, top} from './sources.ts';
import {deadExports, isTest, longFunctionComplaints, longFunctions, parse, unreadFields, wideComments} from './tidy.ts';

/** Loaded by path: by the package's exports, by Node, as a worker, or by a person. */
const entries = [
  'reports/index.ts',
  'reports/stats/index.ts',
  'harness/types.ts',
  'scripts/plugin.ts',
  'scripts/seatrial.ts',
];

const house = sourcesOfTheHouse().map(parse);

test('a function fits a screen; those that do not are listed, and the list only shrinks', t => {
  const allowed: Record<string, number> = JSON.parse(
    readFileSync(join(top, 'scripts/house/long-functions.json'), 'utf8'),
  );
  t.deepEqual(longFunctionComplaints(longFunctions(house.filter(({path}) => !isTest(path))), allowed), []);
});

test('what is exported is imported', t => {
  t.deepEqual(deadExports(house, entries), []);
});

test('what the vocabulary says is read', t => {
  const vocabulary = house.find(({path}) => path === 'harness/types.ts');
  if (vocabulary === undefined) return t.fail('there is no harness/types.ts');
  t.deepEqual(unreadFields(vocabulary, house), []);
});

test('a comment fits a screen', t => {
  t.deepEqual(wideComments(house), []);
});

// ───────────────────────────── each rule, broken on purpose ─────────────────────────────

const one = (path: string, text: string) => parse({path, text});
const lines = (count: number) => '  work();\n'.repeat(count);

test('planted: a long function, under each way to write one', t => {
  const found = longFunctions([
    one('a.ts', `function long() {\n${lines(69)}}\n`),
    one('b.ts', `export const arrow = () => {\n${lines(70)}};\n`),
    one('c.ts', `const o = {method() {\n${lines(80)}}};\n`),
    one('d.ts', `function short() {\n${lines(68)}}\n`),
  ]);
  t.deepEqual(found, [
    {key: 'c.ts method', lines: 82},
    {key: 'b.ts arrow', lines: 72},
    {key: 'a.ts long', lines: 71},
  ]);
  t.deepEqual(longFunctionComplaints(found, {'c.ts method': 90, 'b.ts arrow': 71, 'z.ts gone': 75}), [
    'b.ts arrow has grown from 71 to 72 lines: split it',
    'a.ts long has 71 lines: split it, 70 fit a screen',
    'c.ts method has shrunk from 90 to 82 lines: say so in the list',
    'z.ts gone is short by now: take it off the list',
  ]);
});

test('planted: exports that nobody imports', t => {
  const found = deadExports(
    [
      one(
        'a.ts',
        'export function used() {}\nexport const dead = 1;\nexport interface Dead {}\nconst x = 1;\nexport {x};',
      ),
      one('b.ts', "import {used} from './a.ts';\nexport const entry = used;"),
      one('c.ts', 'export const lazy = 1;'),
      one('d.ts', 'export type Typed = 1;'),
      one('e.ts', "const later = import('./c.ts'); let y: import('./d.ts').Typed;"),
      one('f.ts', 'export const all = 1;'),
      one('g.ts', "export * from './f.ts';"),
    ],
    ['b.ts'],
  );
  t.deepEqual(
    found.map(each => each.split(',')[0]),
    ['a.ts exports dead', 'a.ts exports Dead', 'a.ts exports x'],
  );
});

test('planted: a field that nobody reads, and one that is only written', t => {
  const vocabulary = one('types.ts', 'export interface A {read: 1; taken: 1; written: 1; never: 1; indexed: 1}');
  const found = unreadFields(vocabulary, [
    vocabulary,
    one('a.ts', "a.read; const {taken} = a; a.written = 1; const b = {never: 1}; a['indexed'];"),
    one('a.test.ts', 'a.never;'),
  ]);
  t.deepEqual(
    found.map(each => each.split(':')[1]),
    [' nobody reads A.written', ' nobody reads A.never'],
  );
});

test('planted: a comment that does not fit', t => {
  const wide = 'word '.repeat(25);
  const text = `// ${wide}\n/**\n * ${wide}\n */\n// https://${'x'.repeat(130)}\nconst a = '${wide}';\n// short`;
  t.is(wideComments([{path: 'a.ts', text}]).length, 2);
});
