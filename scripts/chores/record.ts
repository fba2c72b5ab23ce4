/**
 * Records what a tool prints, for fixtures: NAME.out, NAME.err and NAME.meta.json (command, version, exit code or
 * signal).
 *
 *     node scripts/chores/record.ts fixtures/fio-3.33 enospc --version 'fio --version' -- fio --name=full --size=16m …
 */
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Command} from 'commander';
import {whole} from '../cli/kit/options.ts';

const largestOutput = 256 * 1024 * 1024;

new Command('record')
  .description('Record what a tool prints, for fixtures.')
  .argument('<folder>', 'fixtures/TOOL-VERSION')
  .argument('<name>', 'name of the recording')
  .argument('<command...>', 'the command, after --')
  .option('--version <command>', "asks the tool's version; without it the command's first word with --version")
  .option('--timeout <seconds>', 'kill the command after so many seconds', whole(1, 3600), 300)
  .option('--force', 'replace a recording of this name')
  .action(
    (
      folder: string,
      name: string,
      [program = '', ...args]: string[],
      options: {version?: string; timeout: number; force?: true},
    ) => {
      const path = (end: string) => join(folder, `${name}.${end}`);
      if (existsSync(path('meta.json')) && !options.force) {
        process.stderr.write(`${path('meta.json')} is there already: give another name, or --force\n`);
        process.exitCode = 3;
        return;
      }
      const [tool = program, ...versionArgs] = options.version?.split(' ') ?? [program, '--version'];
      const version = execFileSync(tool, versionArgs, {encoding: 'utf8'}).trim().split('\n')[0];
      const ended = spawnSync(program, args, {
        encoding: 'utf8',
        maxBuffer: largestOutput,
        timeout: options.timeout * 1000,
        killSignal: 'SIGKILL',
      });
      if (ended.error !== undefined) {
        process.stderr.write(`${program} could not be recorded: ${ended.error.message}\n`);
        process.exitCode = 4;
        return;
      }
      mkdirSync(folder, {recursive: true});
      writeFileSync(path('out'), ended.stdout);
      writeFileSync(path('err'), ended.stderr);
      const meta = {
        command: [program, ...args].join(' '),
        version,
        exit: ended.status,
        signal: ended.signal ?? undefined,
      };
      writeFileSync(path('meta.json'), `${JSON.stringify(meta)}\n`);
      process.stdout.write(`${path('out')}: exit ${ended.status ?? ended.signal}\n`);
    },
  )
  .parse();
