import {execFile} from 'node:child_process';
import {join} from 'node:path';
import test from 'ava';
import {Command} from 'commander';
import {catalogue} from '../../../reports/stats/catalogue.ts';
import {CommandError} from '../kit/command-error.ts';
import {computed, setUp as setUpStats, statisticNamed} from './command.ts';

const compute = (name: string, input: string) => computed(statisticNamed(name), input);

test('the examples of the help run as they are printed', async t => {
  const top = new Command('seatrial');
  setUpStats(top.command('stats'));
  let help = '';
  top.commands[0]?.configureOutput({writeOut: text => (help += text)}).outputHelp();
  const examples = help
    .slice(help.indexOf('Examples:'), help.indexOf('Exit code:'))
    .split('\n')
    .slice(1)
    .filter(line => line.trim() !== '');
  t.is(examples.length, 6);
  const main = join(import.meta.dirname, '../../seatrial.ts');
  const runs = examples.map(
    example =>
      new Promise<string>((resolve, reject) => {
        const script = `seatrial() { "${process.execPath}" "${main}" "$@"; }\n${example}\n`;
        execFile('bash', ['-euo', 'pipefail', '-c', script], {timeout: 30_000}, (error, stdout) => {
          if (error) reject(error);
          else resolve(stdout);
        });
      }),
  );
  const [list, ...answers] = await Promise.all(runs);
  for (const {name} of catalogue) t.regex(list ?? '', new RegExp(`^${name}  `, 'm'));
  for (const answer of answers) t.regex(answer, /^\{"ok":true,"value":/);
  t.is(answers[3], '{"ok":true,"value":299}\n');
});

test('every published input goes through JSON and comes out as from the library', t => {
  for (const one of catalogue) {
    for (const {input} of one.published) {
      const {text, exitCode} = computed(one, JSON.stringify(input));
      t.is(exitCode, 0, one.name);
      t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(one.compute(input))), one.name);
    }
  }
});

test('wrong input is told as JSON with 3, and where it is wrong', t => {
  const refused = (name: string, input: string) => {
    const {text, exitCode} = compute(name, input);
    t.is(exitCode, 3);
    return JSON.parse(text);
  };
  t.deepEqual(refused('medianInterval', '{"values":[1,2,3]}'), {
    ok: false,
    error: {what: 'median interval', need: 'at least 6 values at confidence 0.95', got: '3'},
  });
  t.like(refused('pairedRatio', '{"before":[1,2],"after":[1,"x"]}').error, {path: 'after.1', got: '"x"'});
  t.regex(refused('ecdf', '{"values":[1],"confidense":0.9}').error.need, /confidense/);
  t.is(refused('ecdf', '').error.got, 'nothing');
  t.regex(refused('ecdf', '{"values":[NaN]}').error.need, /one JSON value/);
  t.regex(refused('quantileFromBins', '{"bins":{"x":1},"p":0.5}').error.need, /midpoint in ns/);
  t.is(refused('quantileFromBins', '{"bins":{},"p":0.5}').error.got, 'none');
});

test('a value beyond the largest number is a word, since null means no value', t => {
  const {text} = compute('meanRatioInterval', '{"ratios":[1e-100,1e100]}');
  t.is(JSON.parse(text).value.high, 'Infinity');
});

test('an unknown name is refused with the nearest', t => {
  const error = t.throws(() => statisticNamed('manWhitney'), {instanceOf: CommandError});
  t.regex(error?.todo ?? '', /did you mean "mannWhitney"/);
  t.is(error?.exitCode, 3);
});
