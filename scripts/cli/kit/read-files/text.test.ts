import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {contentsOf} from './batch.ts';
import {textOf} from './text.ts';

const said = 'PING a\n{"ü": 1}\n';
const utf16 = Buffer.from(said, 'utf16le');
const swapped = Buffer.from(utf16).swap16();
const mark = (...bytes: number[]) => Buffer.from(bytes);

for (const [name, bytes] of [
  ['UTF-8', Buffer.from(said)],
  ['UTF-8 with a byte order mark', Buffer.concat([mark(0xef, 0xbb, 0xbf), Buffer.from(said)])],
  ['UTF-16LE with a byte order mark', Buffer.concat([mark(0xff, 0xfe), utf16])],
  ['UTF-16BE with a byte order mark', Buffer.concat([mark(0xfe, 0xff), swapped])],
  ['UTF-16LE', utf16],
  ['UTF-16BE', swapped],
  ['UTF-16BE, cut within a character', Buffer.concat([swapped, mark(0)])],
  ['CR LF', Buffer.from(said.replaceAll('\n', '\r\n'))],
  ['CR CR LF, of a terminal within a terminal', Buffer.from(said.replaceAll('\n', '\r\r\n'))],
  ['lone CR', Buffer.from(said.replaceAll('\n', '\r'))],
] as const) {
  test(`${name} is the same text`, t => t.is(textOf(bytes), said));
}

test('nothing is nothing, and one byte is one character', t => {
  t.is(textOf(Buffer.from('')), '');
  t.is(textOf(Buffer.from('a')), 'a');
  t.is(textOf(mark(0xff)), '\uFFFD');
});

const cases = join(import.meta.dirname, '../../../../fixtures/cases');
for (const [file, figure] of [
  ['fio-utf16.json', 300],
  ['fio-utf8-bom.json', 300],
] as const) {
  test(`${file} gives its figures`, t => {
    const {records, unfit, error} = contentsOf(join(cases, file));
    t.deepEqual([unfit, error], [undefined, undefined]);
    t.is(Math.round(records[0]?.opsPerSecond ?? 0), figure);
  });
}

test('a file of iperf3 in each encoding gives the same', t => {
  const path = join(import.meta.dirname, '../../../../fixtures/iperf3-3.21/tcp.out');
  const text = readFileSync(path, 'utf8');
  t.is(textOf(Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le')), text);
});
