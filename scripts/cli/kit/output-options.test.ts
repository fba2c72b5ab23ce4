import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {Command, CommanderError} from 'commander';
import {CommandError} from './command-error.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from './output-options.ts';

const formats = ['text', 'md', 'json', 'csv'] as const;

function parsed(words: readonly string[]): OutputFlags<(typeof formats)[number]> {
  const command = new Command('x').exitOverride().configureOutput({writeErr: () => {}});
  addOutputOptions(command, formats);
  return command.parse(words, {from: 'user'}).opts();
}

for (const [words, expected] of [
  ['', 'text'],
  ['--format md', 'md'],
  ['--json', 'json'],
  ['--csv', 'csv'],
  ['--out a/b.md', 'md'],
  ['--out a/b.md --json', 'json'],
  ['--out a/b', 'text'],
  ['--out a/b.xml', 'text'],
] as const) {
  test(`"${words}" is ${expected}`, t => {
    t.is(formatOf(parsed(words.split(' ').filter(word => word !== '')), formats), expected);
  });
}

for (const words of ['--json --csv', '--format md --json', '--format csv --csv', '--format pdf']) {
  test(`refused: ${words}`, t => {
    t.throws(() => parsed(words.split(' ')), {instanceOf: CommanderError});
  });
}

test('a file that cannot be written is told with what to do', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-out-'));
  const error = await t.throwsAsync(deliver('x', join(folder, 'none/x')), {instanceOf: CommandError});
  t.regex(error?.todo ?? '', /another file/);
  await deliver('text', join(folder, 'x'));
  await deliver('new', join(folder, 'x'));
  t.is(readFileSync(join(folder, 'x'), 'utf8'), 'new');
  t.deepEqual(readdirSync(folder), ['x'], 'nothing is left beside it');
  symlinkSync('x', join(folder, 'link'));
  await deliver('through', join(folder, 'link'));
  t.is(readFileSync(join(folder, 'x'), 'utf8'), 'through');
  await deliver('gone', '/dev/null');
  t.true(statSync('/dev/null').isCharacterDevice(), 'a device is written into, not replaced');
  await t.throwsAsync(deliver('x', folder), {instanceOf: CommandError});
  rmSync(folder, {recursive: true});
});
