import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {Command} from 'commander';
import {readRun} from '../../harness/store.ts';
import type {StoredRun} from '../../harness/types.ts';
import {scenarios} from '../../suites/index.ts';
import {render} from '../formats.ts';
import {judgeRun} from '../judge-run.ts';
import {checkManifest, manifestName} from '../manifest.ts';
import {Refusal} from '../refusal.ts';
import {registerOf} from '../register.ts';
import {version} from '../shipped.ts';
import {type Kind, signaturesIn, signer} from '../signature.ts';

interface Options {
  allowedSigners?: string;
  minisignKey?: string;
  json?: true;
}

/** One thing that was looked at. `wrong`: what is not as it must be; empty where it is. `open`: it could not be looked at, and why. */
interface Check {
  check: string;
  said: string;
  wrong: readonly string[];
  open?: string;
}

export function setUp(command: Command): void {
  command
    .argument('<folder>', 'folder of the run')
    .option('--allowed-signers <file>', 'whose SSH signature counts: a file as ssh-keygen(1) describes it')
    .option('--minisign-key <file>', 'whose minisign signature counts: a public key')
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      `
Examples:
  seatrial verify runs/2025-11-24T15-06-12-prod-a
  seatrial verify archive/prod-a --allowed-signers /etc/seatrial/signers
  cd archive/prod-a && sha256sum --check --quiet ${manifestName}    the same hashes, without seatrial

Exit code: 0 everything is as it was stored (and signed, where a key was given), 1 something is not, 3 wrong usage.`,
    )
    .action(async (given: string, options: Options) => {
      const folder = resolve(given);
      if (!existsSync(join(folder, 'run.json'))) {
        throw new Refusal(
          `${given} is no stored run: it has no run.json`,
          'Name the folder that seatrial accept printed.',
        );
      }
      const checks = await checksOf(folder, options);
      const sound = checks.every(({wrong}) => wrong.length === 0);
      process.stdout.write(
        options.json ? `${JSON.stringify({folder, sound, checks}, null, 1)}\n` : linesOf(given, sound, checks),
      );
      process.exitCode = sound ? 0 : 1;
    });
}

async function checksOf(folder: string, options: Options): Promise<readonly Check[]> {
  const checks: Check[] = [{check: 'manifest', said: 'every file is as listed', wrong: await checkManifest(folder)}];
  const run = await readRun(folder);
  if (!run.ok) {
    const {artefact, path, expected, found} = run.error;
    checks.push({check: 'run', said: '', wrong: [`${artefact} ${path}: found ${found}, expected ${expected}`]});
  } else {
    checks.push(runCheck(run.value), await reportCheck(folder, run.value));
  }
  for (const [kind, trusted, option] of [
    ['ssh', options.allowedSigners, '--allowed-signers'],
    ['minisign', options.minisignKey, '--minisign-key'],
  ] as const) {
    const check = await signatureCheck(folder, kind, trusted, option);
    if (check) checks.push(check);
  }
  return checks;
}

function runCheck({trials, ended, damage, plan}: StoredRun): Check {
  const wrong = damage.map(({artefact, expected, found}) => `${artefact}: found ${found}, expected ${expected}`);
  if (ended === undefined) wrong.push('end.json is missing: the run never ended');
  return {
    check: 'run',
    said: `${ended?.status}, ${trials.length} of ${plan.trials.length} trials, all hashes agree`,
    wrong,
  };
}

/** The report must be what this program makes of the run: a figure that was written into it by hand is not. */
async function reportCheck(folder: string, run: StoredRun): Promise<Check> {
  const name = 'report/report.json';
  const check = 'report';
  const stored = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  if (stored === undefined) return {check, said: '', wrong: [`${name} is missing: make it with seatrial report`]};
  const {claims} = registerOf(run.claims, 'claims.yaml');
  const report = judgeRun(run, claims, scenarios);
  if ((await render(report, 'json')) === stored)
    return {check, said: `follows from the run: ${report.overall}`, wrong: []};
  const other = run.header.seatrialVersion !== version();
  const why = other ? `; the run was made by version ${run.header.seatrialVersion}, this is ${version()}` : '';
  return {check, said: '', wrong: [`${name} is not what this program makes of the run${why}`]};
}

async function signatureCheck(
  folder: string,
  kind: Kind,
  trusted: string | undefined,
  option: string,
): Promise<Check | undefined> {
  const check = `${kind} signature`;
  const signed = signaturesIn(folder).includes(kind);
  if (trusted === undefined) {
    return signed ? {check, said: '', wrong: [], open: `not checked: say whose counts with ${option}`} : undefined;
  }
  if (!signed) return {check, said: '', wrong: ['there is none']};
  const by = await signer(folder, kind, trusted);
  return by.ok ? {check, said: `by ${by.value}`, wrong: []} : {check, said: '', wrong: [by.error]};
}

function linesOf(given: string, sound: boolean, checks: readonly Check[]): string {
  const lines = checks.flatMap(({check, said, wrong, open}) =>
    wrong.length > 0
      ? wrong.map(each => `WRONG  ${check}: ${each}`)
      : [`${open ? 'open ' : 'ok   '}  ${check}: ${open ?? said}`],
  );
  return `${lines.join('\n')}\n${given} ${sound ? 'is as it was stored' : 'IS NOT as it was stored'}\n`;
}
