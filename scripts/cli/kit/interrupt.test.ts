/** A command whose session is lost, and one that is nobody's, in processes of their own. */
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';

/** Waits to be stopped, heals for half a second while it goes on talking, and writes down how it ended. */
const program = (out: string) => `
import {writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {onInterrupt} from '${import.meta.dirname}/interrupt.ts';
import {outliveReaders} from '${import.meta.dirname}/terminal.ts';
outliveReaders();
const interrupt = onInterrupt(text => process.stderr.write(text + '\\n'));
interrupt.signal.addEventListener('abort', async () => {
  for (let i = 0; i < 5; i++) { process.stderr.write('healing\\n'); await sleep(100); }
  writeFileSync(${JSON.stringify(out)}, interrupt.hurried ? 'hurried' : 'healed');
  process.exit(4);
});
setInterval(() => {}, 1000);
writeFileSync(${JSON.stringify(out)}, String(process.pid));
`;

async function until(path: string, fits: (text: string) => boolean): Promise<string> {
  for (let waited = 0; waited < 100; waited++) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (fits(text)) return text;
    await sleep(100);
  }
  throw new Error(`${path} holds ${existsSync(path) ? readFileSync(path, 'utf8') : 'nothing'}`);
}

function written(t: ExecutionContext): {file: string; out: string} {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-interrupt-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const [file, out] = [join(folder, 'program.ts'), join(folder, 'out')];
  writeFileSync(file, program(out));
  return {file, out};
}

const isPid = (text: string) => /^\d+$/.test(text);

test('a session that is lost is a Ctrl-C: it heals, though what it says reaches nobody, and does not hurry', async t => {
  const {file, out} = written(t);
  const terminal = spawn('script', ['-qec', `${process.execPath} ${file}`, '/dev/null'], {stdio: 'ignore'});
  const pid = Number(await until(out, isPid));
  // The terminal goes away; then the shell hangs up too.
  terminal.kill('SIGKILL');
  await sleep(150);
  process.kill(pid, 'SIGHUP');
  t.is(await until(out, text => !isPid(text) && text !== ''), 'healed');
});

test('at no terminal, as under nohup or systemd, a hang-up changes nothing and SIGTERM ends it', async t => {
  const {file, out} = written(t);
  const child = spawn('nohup', [process.execPath, file], {stdio: ['ignore', 'pipe', 'pipe']});
  const pid = Number(await until(out, isPid));
  process.kill(pid, 'SIGHUP');
  await sleep(300);
  t.is(readFileSync(out, 'utf8'), String(pid));
  child.kill('SIGTERM');
  t.is(await until(out, text => !isPid(text) && text !== ''), 'healed');
});
