/** Each script is run by the shell it is for: what a person gets after pressing tab. */
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {describeCommand, everyCommand} from '../kit/command-tree.ts';
import {program} from '../program.ts';
import {bashCompletion} from './bash.ts';
import {fishCompletion} from './fish.ts';
import {zshCompletion} from './zsh.ts';

const root = describeCommand(await program({every: true}));
const folder = mkdtempSync(join(tmpdir(), 'seatrial-completion-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

// What may be named: files and folders to choose from.
const here = join(folder, 'here');
mkdirSync(join(here, 'runs'), {recursive: true});
writeFileSync(join(here, 'a file.json'), '');

const script = {bash: join(folder, 'bash'), zsh: join(folder, 'zsh'), fish: join(folder, 'fish')};
writeFileSync(script.bash, bashCompletion(root));
writeFileSync(script.zsh, zshCompletion(root));
writeFileSync(script.fish, fishCompletion(root));

function run(command: string, argv: readonly string[]): string {
  return execFileSync(command, argv, {cwd: here, encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'pipe']});
}

/** What bash's own completion function leaves in COMPREPLY. The last word is the one being typed. */
function inBash(...words: readonly string[]): string[] {
  const typed = ['seatrial', ...words].map(word => `'${word}'`).join(' ');
  return lines(
    run('bash', [
      '--norc',
      '-c',
      `source "$1"; COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _seatrial; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      script.bash,
    ]),
  );
}

/** What fish offers for a line. */
function inFish(line: string): string[] {
  return lines(run('fish', ['--no-config', '-c', `source ${script.fish}; complete -C '${line}'`])).map(
    each => each.split('\t')[0] ?? '',
  );
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .sort();
}

const commandNames = root.commands.map(({path}) => path.at(-1) ?? '').sort();
const formats = ['csv', 'ctrf', 'html', 'in-toto', 'json', 'junit', 'md', 'pdf', 'text', 'verdicts-csv'];

test('bash completes commands, options, choices, files and folders', t => {
  t.notThrows(() => run('bash', ['-n', script.bash]));
  t.deepEqual(inBash(''), commandNames);
  t.deepEqual(inBash('acc'), ['accept']);
  t.deepEqual(inBash('lab', ''), ['down', 'exec', 'status', 'up']);
  t.deepEqual(inBash('lab', 'up', '--sto'), ['--storage', '--stores']);
  t.deepEqual(inBash('lab', 'up', '--storage', ''), ['ceph', 'nbd']);
  t.deepEqual(inBash('lab', 'up', '--storage', '=', 'n'), ['nbd']);
  t.deepEqual(inBash('lab', 'up', '--storage', '='), ['ceph', 'nbd']);
  t.deepEqual(inBash('report', 'x', '--format', ''), formats);
  t.deepEqual(inBash('inspect', 'a'), ['a file.json']);
  t.deepEqual(inBash('report', ''), ['runs']);
  t.deepEqual(inBash('accept', '--inventory', ''), ['a file.json', 'runs']);
  t.deepEqual(inBash('compare', 'x', '--', 'a'), ['a file.json']);
  t.deepEqual(inBash('accept', '--reps', ''), []);
});

test('fish completes the same', t => {
  t.notThrows(() => run('fish', ['-n', script.fish]));
  t.deepEqual(inFish('seatrial '), commandNames);
  t.deepEqual(inFish('seatrial lab '), ['down', 'exec', 'status', 'up']);
  t.deepEqual(inFish('seatrial lab up --sto'), ['--storage', '--stores']);
  t.deepEqual(inFish('seatrial lab up --storage '), ['ceph', 'nbd']);
  t.deepEqual(inFish('seatrial report x --format '), formats);
  t.true(inFish('seatrial inspect a').some(each => each.includes('file.json')));
  t.deepEqual(inFish('seatrial accept --reps '), []);
});

/** An interactive zsh on a terminal of its own, tab pressed twice; what it shows until `wanted` comes. */
function inZsh(t: ExecutionContext, line: string, wanted: string): void {
  const driver = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PROMPT=; autoload -Uz compinit; compinit -u -D; source $1; bindkey '^I' complete-word; print READ''Y"
zpty -r -m z got '*READY*'
zpty -w -n z "$2"$'\\t\\t'
zpty -r -m z got "*$3*"
zpty -d z`;
  t.notThrows(() => run('zsh', ['-f', '-c', driver, 'zsh', script.zsh, line, wanted]), `${line} → ${wanted}`);
}

test('zsh completes a command, a choice and an option', t => {
  t.notThrows(() => run('zsh', ['-n', script.zsh]));
  inZsh(t, 'seatrial lab sta', 'status');
  inZsh(t, 'seatrial lab up --storage ', 'nbd');
  inZsh(t, 'seatrial accept --inv', '--inventory');
  inZsh(t, 'seatrial avail', 'availability');
});

test('every option and every choice of the tree is in each script', t => {
  const texts = {bash: bashCompletion(root), zsh: zshCompletion(root), fish: fishCompletion(root)};
  for (const {options} of everyCommand(root)) {
    for (const {names, value, optional} of options) {
      for (const name of names) {
        t.true(texts.bash.includes(name), `bash: ${name}`);
        t.true(texts.zsh.includes(`${name}[`), `zsh: ${name}`);
        t.true(
          texts.fish.includes(name.startsWith('--') ? `-l ${name.slice(2)} ` : `-s ${name.slice(1)} `),
          `fish: ${name}`,
        );
      }
      // One that may have no value is left open.
      if (value?.of !== 'choices' || optional) continue;
      for (const text of Object.values(texts)) t.true(text.includes(value.choices.join(' ')));
    }
  }
});
