/** The reader of a store, on a file that grows, is cut, and is put in another's place. */
import {spawn} from 'node:child_process';
import {appendFileSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {parseTimedNumbers} from '../../parse/timed-numbers.ts';
import type {Host} from '../../types.ts';
import {readerCommand, writerCommand} from './driver.ts';

const node: Host = {name: 'n1', role: 'node', addresses: {}, interfaces: {}, scratch: []};
const lines = {mark: 'seatrial-ab12', count: 3, everySeconds: 0.01};
const entry = (number: number) => ({who: 'n1', what: `seatrial-ab12-${number}`, detail: ' 3 lines'});

/** A reader of the file, and how to wait for so many lines of what it says. */
function reading(t: ExecutionContext, file: string, from: number) {
  const {argv, stdin} = readerCommand({file, from, node}, lines, 20);
  const child = spawn(argv[0], argv.slice(1), {stdio: ['pipe', 'pipe', 'inherit']});
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', chunk => (text += chunk));
  child.stdin.end(stdin);
  return {
    child,
    async until(count: number) {
      for (let tries = 0; tries < 400 && text.split('\n').length <= count; tries += 1) await wait(25);
    },
    numbers() {
      const read = parseTimedNumbers(text, 'log');
      return read.ok && read.value.map(each => each.numbers);
    },
  };
}

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-logs-test-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

const stores = join(import.meta.dirname, '../../../fixtures/logs');
const kinds: readonly [name: string, parsed: 0 | 1][] = [
  ['all-json', 1],
  ['jsonmesg', 1],
  // A parser took the line apart, and what it found was stored as one text.
  ['json-in-a-string', 0],
  ['file-format', 0],
  ['traditional-file-format', 0],
];
for (const [name, parsed] of kinds) {
  test(`a store that rsyslogd wrote, ${name}: its parts are ${parsed === 1 ? '' : 'not '}values of their own`, async t => {
    const {child, until, numbers} = reading(t, join(stores, `rsyslog-8.2302.${name}`), 0);
    await until(4);
    child.kill('SIGINT');
    await until(5);
    t.deepEqual(numbers(), [[0, 1], ...[1, 2, 3].map(number => [number, parsed]), [-1, 1]]);
  });
}

test('a store that is copied and cut to nothing in place, as logrotate does with copytruncate', async t => {
  const file = join(folderOf(t), 'store');
  writeFileSync(file, `${JSON.stringify(entry(1))}\n${JSON.stringify(entry(2))}\n`);
  const {child, until, numbers} = reading(t, file, 0);
  await until(3);
  truncateSync(file);
  await wait(300);
  appendFileSync(file, `${JSON.stringify(entry(3))}\n`);
  await until(4);
  child.kill('SIGINT');
  await until(5);
  t.deepEqual(numbers(), [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [-1, 1],
  ]);
});

test('each line of ours once it is stored, and whether its parts are told apart', async t => {
  const file = join(folderOf(t), 'store');
  writeFileSync(file, `${JSON.stringify(entry(1))}\n`);
  // What is written before the reader begins is read too.
  const from = statSync(file).size;
  appendFileSync(file, `${JSON.stringify(entry(7))}\n`);
  const {child, until, numbers} = reading(t, file, from);
  await until(2);
  appendFileSync(file, `${JSON.stringify({at: 1, deep: [entry(2)]})}\nplain seatrial-ab12-3 3 lines\nseatrial-ab12`);
  await until(4);
  appendFileSync(file, `-4 was cut in two\n${JSON.stringify({...entry(5), who: 'n2'})}\nanother's line\n`);
  await until(6);
  renameSync(file, `${file}.1`);
  writeFileSync(file, `${JSON.stringify(entry(6))}\n`);
  await until(7);
  child.kill('SIGINT');
  await until(8);
  t.deepEqual(numbers(), [
    [0, 1],
    [7, 1],
    [2, 1],
    [3, 0],
    [4, 0],
    [5, 0],
    [6, 1],
    [-1, 1],
  ]);
});

test('a writer says which lines were taken', async t => {
  const folder = folderOf(t);
  // In place of logger: it refuses the second line.
  writeFileSync(join(folder, 'logger'), '#!/bin/sh\ncase "$*" in *ab12-2:*) exit 1 ;; esac\necho "$@" >&2\n', {
    mode: 0o755,
  });
  const {argv} = writerCommand(node, lines, '/run/a');
  const child = spawn(argv[0], argv.slice(1), {env: {PATH: `${folder}:/usr/bin:/bin`}});
  let [text, words] = ['', ''];
  child.stdout.on('data', chunk => (text += chunk));
  child.stderr.on('data', chunk => (words += chunk));
  await new Promise(resolve => child.on('close', resolve));
  const read = parseTimedNumbers(text, 'log');
  t.deepEqual(read.ok && read.value.map(({numbers}) => numbers), [[1], [3]]);
  t.is(words.split('\n')[0], '-u /run/a -t seatrial n1: seatrial-ab12-1: 3 lines');
});
