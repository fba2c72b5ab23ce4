/** What alarms watch, looked at for real on the machine of the test. */
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parseTimedNumbers} from '../../parse/timed-numbers.ts';
import {type Quantity, quantityCommand} from './quantity.ts';

/** Numbers of the first two looks. */
function seen(quantity: Quantity, name: string): Promise<readonly (readonly number[])[]> {
  const {argv} = quantityCommand({quantity, name, everySeconds: 0.05}, 10);
  const child = spawn(argv[0], argv.slice(1), {stdio: ['ignore', 'pipe', 'inherit']});
  let text = '';
  return new Promise((resolve, reject) => {
    const end = setTimeout(() => child.kill(), 5000);
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk;
      if (text.split('\n').length > 2) child.kill();
    });
    child.on('close', () => {
      clearTimeout(end);
      const read = parseTimedNumbers(text, 'log');
      if (read.ok) resolve(read.value.slice(0, 2).map(({numbers}) => numbers));
      else reject(new Error(JSON.stringify(read.error)));
    });
  });
}

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), 'seatrial-quantity-test-'));
  t.teardown(() => rmSync(made, {recursive: true, force: true}));
  return made;
}

test('room, bytes and load of a folder', async t => {
  const at = folder(t);
  writeFileSync(join(at, 'log'), Buffer.alloc(300_000, 1));
  const [[free = 0, all = 0] = []] = await seen('room', at);
  t.true(free > 0 && free < all);
  const [[bytes = 0] = []] = await seen('bytes', at);
  t.true(bytes >= 300_000 && bytes < 400_000, String(bytes));
  const [[load = -1, ...room] = []] = await seen('load', at);
  t.true(load >= 0);
  t.is(room.length, 2);
});

test('what is in the files of a queue, to the byte; a folder that is not there has none', async t => {
  const at = folder(t);
  t.deepEqual((await seen('spool', at))[0], [0]);
  writeFileSync(join(at, 'lines.00000001'), 'x'.repeat(8290));
  writeFileSync(join(at, 'lines.qi'), 'y'.repeat(10));
  t.deepEqual((await seen('spool', at))[0], [8300]);
  t.deepEqual(await seen('spool', '/no/such/folder'), []);
});

test('a daemon that runs and one that does not; an address that answers; what is not there says nothing', async t => {
  t.deepEqual(await seen('daemon', 'no-such-daemon'), [[0], [0]]);
  t.deepEqual((await seen('daemon', 'sh'))[0], [1]);
  t.deepEqual((await seen('answers', '127.0.0.1'))[0], [1]);
  t.deepEqual((await seen('answers', '127.255.255.255'))[0] ?? [], []);
  t.deepEqual(await seen('room', '/no/such/folder'), []);
  t.deepEqual(await seen('processors', 'no-such-guest'), []);
});

test('a line that is no number is an error, with its place; one that was cut off is left out', t => {
  t.deepEqual(parseTimedNumbers('1.5 2 3\n2.5 4', 'log'), {ok: true, value: [{at: 1.5, numbers: [2, 3]}]});
  for (const text of ['1.5\n', '1.5 x\n', 'stat: cannot\n']) {
    const read = parseTimedNumbers(text, 'log');
    t.is(!read.ok && read.error.path, 'line 1');
  }
});
