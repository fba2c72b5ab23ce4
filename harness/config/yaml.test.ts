import test from 'ava';
import fc from 'fast-check';
import {z} from 'zod';
import {formatConfigError, largestFile, readYaml} from './yaml.ts';

const schema = z.strictObject({
  name: z.string().min(1),
  storage: z.enum(['ceph', 'nbd', 'none']).default('none'),
  nodes: z
    .array(z.strictObject({name: z.string(), port: z.int().min(1).max(65_535).optional(), note: z.string().optional()}))
    .max(3)
    .optional(),
  addresses: z.partialRecord(z.enum(['management', 'cluster']), z.string()).optional(),
  step: z
    .discriminatedUnion('kind', [
      z.strictObject({kind: z.literal('wait'), seconds: z.number()}),
      z.strictObject({kind: z.literal('load'), cpus: z.number()}),
    ])
    .optional(),
  bound: z
    .string()
    .transform((text, context) => {
      const value = Number(text.replace(' s', ''));
      if (Number.isNaN(value)) {
        context.issues.push({code: 'custom', input: text, message: 'a time', params: {hint: 'write "15 s"'}});
        return z.NEVER;
      }
      return value;
    })
    .optional(),
});

function errorsOf(text: string): string[] {
  const read = readYaml(schema, text, 'f.yaml');
  return read.ok ? [] : read.error.map(formatConfigError);
}

test('a good file gives the value, with defaults and transforms', t => {
  t.deepEqual(readYaml(schema, 'name: a\nbound: "15 s"\n', 'f.yaml'), {
    ok: true,
    value: {name: 'a', storage: 'none', bound: 15},
  });
});

const cases: {title: string; text: string; expected: string[]}[] = [
  {
    title: 'a misspelt key at the top',
    text: 'name: a\nstorag: ceph\n',
    expected: [
      'f.yaml:2:1: found unknown key "storag", expected name, storage, nodes, addresses, step or bound; did you mean "storage"?',
    ],
  },
  {
    title: 'a misspelt key deep inside',
    text: 'name: a\nnodes:\n  - name: n1\n    prot: 22\n',
    expected: ['f.yaml:4:5: found unknown key "prot" in nodes[1], expected name, port or note; did you mean "port"?'],
  },
  {
    title: 'a misspelt key in a record of known keys',
    text: 'name: a\naddresses:\n  manegement: 10.0.0.1\n',
    expected: [
      'f.yaml:3:3: found unknown key "manegement" in addresses, expected management or cluster; did you mean "management"?',
    ],
  },
  {
    title: 'an unknown value of an enumeration',
    text: 'name: a\nstorage: cehp\n',
    expected: ['f.yaml:2:10: found "cehp" for storage, expected ceph, nbd or none; did you mean "ceph"?'],
  },
  {
    title: 'a missing key whose misspelling is there',
    text: 'nmae: a\n',
    expected: [
      'f.yaml:1:1: found no name, expected text; rename "nmae" to "name"',
      'f.yaml:1:1: found unknown key "nmae", expected name, storage, nodes, addresses, step or bound; did you mean "name"?',
    ],
  },
  {
    title: 'a missing key in a list entry',
    text: 'name: a\nnodes:\n  - port: 22\n',
    expected: ['f.yaml:3:5: found no nodes[1].name, expected text; add "name: …"'],
  },
  {
    title: 'an empty value',
    text: 'name:\n',
    expected: ['f.yaml:1:1: found nothing for name, expected text; change the value'],
  },
  {
    title: 'a wrong type',
    text: 'name: 5\n',
    expected: ['f.yaml:1:7: found 5 for name, expected text; change the value'],
  },
  {
    title: 'a number out of its range',
    text: 'name: a\nnodes: [{name: n, port: 70000}]\n',
    expected: ['f.yaml:2:25: found 70000 for nodes[1].port, expected at most 65535; change the value'],
  },
  {
    title: 'a list that is too long',
    text: 'name: a\nnodes: [{name: a}, {name: b}, {name: c}, {name: d}]\n',
    expected: ['f.yaml:2:8: found a list of 4 for nodes, expected at most 3 entries; change the value'],
  },
  {
    title: 'an unknown kind of a union',
    text: 'name: a\nstep: {kind: wiat, seconds: 1}\n',
    expected: ['f.yaml:2:14: found "wiat" for step.kind, expected wait or load; did you mean "wait"?'],
  },
  {
    title: 'a key of the other kind of a union',
    text: 'name: a\nstep: {kind: wait, secnds: 1}\n',
    expected: [
      'f.yaml:2:7: found no step.seconds, expected a number; rename "secnds" to "seconds"',
      'f.yaml:2:20: found unknown key "secnds" in step, expected kind, seconds or cpus; did you mean "seconds"?',
    ],
  },
  {
    title: 'a refusal by a transform',
    text: 'name: a\nbound: soon\n',
    expected: ['f.yaml:2:8: found "soon" for bound, expected a time; write "15 s"'],
  },
  {
    title: 'a key that stands twice',
    text: 'name: a\nname: b\n',
    expected: [
      'f.yaml:2:1: found a key that stands here twice, expected each key once; remove one of the two: which one would count is not obvious to a reader',
    ],
  },
  {
    title: 'a tab',
    text: 'name: a\nnodes:\n\t- name: n\n',
    expected: ['f.yaml:3:1: found a tab, expected spaces; indent with spaces: YAML allows no tabs'],
  },
  {
    title: 'a second document',
    text: 'name: a\n---\nname: b\n',
    expected: ['f.yaml:2:1: found a second document, expected one document; remove the line "---"'],
  },
  {
    title: 'an empty file',
    text: '',
    expected: ['f.yaml:1:1: found nothing for the file, expected a mapping of keys to values; change the value'],
  },
];

for (const {title, text, expected} of cases) {
  test(title, t => {
    t.deepEqual(errorsOf(text), expected);
  });
}

test('broken syntax, unknown tags and unknown aliases name their line', t => {
  t.regex(errorsOf('name: "a\n').join('\n'), /^f\.yaml:\d+:\d+: found .*expected valid YAML/);
  t.regex(errorsOf('name: a\nnodes: [\n').join('\n'), /^f\.yaml:[23]:\d+: /);
  t.regex(errorsOf('name: > 5 ms\n').join('\n'), /^f\.yaml:1:9: .*; put text that begins with > or | in quotes/);
  t.regex(errorsOf('name: >= 5 ms\n').join('\n'), /^f\.yaml:1:/);
  t.regex(errorsOf('name: !secret a\n').join('\n'), /^f\.yaml:1:7: /);
  t.regex(errorsOf('name: *nobody\n').join('\n'), /alias/i);
});

test('aliases that multiply, deep nesting, NUL bytes and large files are refused quickly', t => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((key, index) => {
      const before = 'abcdefghi'[index];
      return `${key}: &${key} [${Array.from({length: 9}, () => `*${before}`).join(',')}]`;
    }),
  ].join('\n');
  t.regex(errorsOf(bomb).join('\n'), /aliases that multiply/);
  t.regex(errorsOf(`name: [${Array.from({length: 101}, () => '*x').join(',')}]\nx: &x 1\n`).join('\n'), /alias/);
  t.regex(errorsOf('['.repeat(100_000)).join('\n'), /levels, expected at most 64/);
  t.regex(errorsOf('- '.repeat(100_000)).join('\n'), /levels, expected at most 64/);
  t.regex(errorsOf('name: a\0').join('\n'), /^f\.yaml:1:8: found a NUL byte/);
  t.regex(errorsOf('a'.repeat(largestFile + 1)).join('\n'), /expected at most 1000000/);
});

test('an alias that is used once is a value like any other, and errors point into it', t => {
  t.deepEqual(errorsOf('name: &n a\nbound: *n\n'), ['f.yaml:2:8: found "a" for bound, expected a time; write "15 s"']);
});

test('a prototype is a key like any other', t => {
  t.regex(errorsOf('name: a\n__proto__: {polluted: 1}\n').join('\n'), /unknown key "__proto__"/);
  t.false('polluted' in {});
});

test('any text gives a value or errors with a place, never an exception', t => {
  const character = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '-',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '&',
    '*',
    '!',
    '#',
    '|',
    '\t',
    '1',
  );
  const any = fc.oneof(
    fc.string(),
    fc.array(character, {maxLength: 60}).map(parts => parts.join('')),
  );
  fc.assert(
    fc.property(any, text => {
      const read = readYaml(schema, text, 'f.yaml');
      return read.ok || (read.error.length > 0 && read.error.every(error => error.line >= 1 && error.column >= 1));
    }),
    {numRuns: 500},
  );
  t.pass();
});
