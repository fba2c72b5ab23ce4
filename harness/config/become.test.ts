import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {becomePassword} from './become.ts';

test('nobody becomes anybody, or sudo asks for nothing: no password', async t => {
  t.deepEqual(await becomePassword({ssh: {}}), {ok: true, value: undefined});
  t.deepEqual(await becomePassword({ssh: {become: {}}}), {ok: true, value: undefined});
});

test('a password comes out of its file as one line, or out of a variable', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'become-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'sudo');
  const read = async (text: string) => {
    writeFileSync(file, text);
    const password = await becomePassword({ssh: {become: {password: {file}}}});
    return password.ok ? password.value : password.error;
  };
  t.is(await read(' a b \n'), ' a b ');
  t.is(await read('\n'), `sudo has no password: the file ${file} is empty or missing`);
  t.regex((await read('one\ntwo\n')) ?? '', /more than one line/);
  const env = `SEATRIAL_TEST_${process.pid}`;
  process.env[env] = 'secret';
  t.deepEqual(await becomePassword({ssh: {become: {password: {env}}}}), {ok: true, value: 'secret'});
});

/** On a terminal of its own, where `keys` are typed when it asks. */
async function onTerminal(keys: string): Promise<string> {
  const program = `const {becomePassword} = await import('${new URL('./become.ts', import.meta.url).href}');
const inventory = {ssh: {become: {password: {ask: true}}}};
const [one, two] = await Promise.all([becomePassword(inventory), becomePassword(inventory)]);
console.log((one.ok ? 'characters: ' + one.value.length : one.error) + (one === two ? ' once' : ''));`;
  const folder = mkdtempSync(join(tmpdir(), 'become-'));
  const file = join(folder, 'program.mjs');
  writeFileSync(file, program);
  const child = spawn('script', ['-qec', `${process.execPath} ${file}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
    // The terminal does not echo by then: what is asked is written last.
    if (said.endsWith('hosts: ')) child.stdin.write(keys);
  });
  await new Promise(resolve => child.once('close', resolve));
  rmSync(folder, {recursive: true});
  return said;
}

test('typed on a terminal it is asked for once, and not shown', async t => {
  const said = await onTerminal('geheim\r');
  t.is(said.match(/Password for sudo/g)?.length, 1);
  t.regex(said, /characters: 6 once/);
  t.false(said.includes('geheim'));
  t.regex(await onTerminal('\u0003'), /no password for sudo was typed/);
});

test('without a terminal nobody is asked', async t => {
  const said = await becomePassword({ssh: {become: {password: {ask: true}}}});
  t.regex(said.ok ? '' : said.error, /there is no terminal: name passwordFile or passwordEnv/);
});
