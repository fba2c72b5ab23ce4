import {existsSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {Command} from 'commander';
import {manifestName, remadeFolder} from '../../../harness/run/manifest.ts';
import {readRun} from '../../../harness/run/store.ts';
import type {Result, StoredRun} from '../../../harness/types.ts';
import {fileName} from '../../../reports/document/index.ts';
import {runsFolder} from '../../../reports/pool/pooled.ts';
import {damageSentence} from '../../../reports/run/build.ts';
import type {Report} from '../../../reports/run/report.ts';
import {scenarios} from '../../../suites/index.ts';
import {registerOf} from '../kit/claims-register.ts';
import {CommandError} from '../kit/command-error.ts';
import {judgeRun} from '../kit/judge-run.ts';
import {checkManifest, listedIn} from '../kit/manifest.ts';
import {version} from '../kit/package-files.ts';
import {requirePluginsOf} from '../kit/plugins/loaded.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {isPool, readPool} from '../kit/pool/folder.ts';
import {reportFiles} from '../kit/save-report.ts';
import {type Kind, signaturesIn, signer} from '../kit/signature.ts';

interface Options {
  allowedSigners?: string;
  minisignKey?: string;
  json?: true;
}

/**
 * One thing that was looked at. `wrong`: what is not as it must be; empty where it is. `open`: it could not be looked
 * at, and why.
 */
interface Check {
  check: string;
  said: string;
  wrong: readonly string[];
  open?: string;
}

export function setUp(command: Command): void {
  addPluginsOption(command);
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

Every stored report is made anew and compared. Without a signature, files and sums that were rewritten alike are not noticed.
Exit code: 0 everything is as it was stored (and signed, where a key was given), 1 something is not, 3 wrong usage.`,
    )
    .action(async (given: string, options: Options) => {
      const folder = resolve(given);
      if (!existsSync(join(folder, 'run.json')) && !isPool(folder)) {
        throw new CommandError(
          `${given} is no stored run: it has no run.json`,
          'Name the folder that seatrial accept printed, or one that seatrial report made of several runs.',
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
  checks.push(...(isPool(folder) ? await poolChecks(folder) : await runChecks(folder)));
  if (signaturesIn(folder).length === 0 && options.allowedSigners === undefined && options.minisignKey === undefined) {
    const open =
      'unsigned: whoever rewrote files and their sums alike is not noticed. Sign it with: seatrial sign FOLDER';
    checks.push({check: 'signature', said: '', wrong: [], open});
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

/** A run, and its report; where the register cannot be read, all but that can be looked at. */
async function runChecks(folder: string): Promise<readonly Check[]> {
  const read = await readRun(folder);
  if (!read.ok) return [{check: 'run', said: '', wrong: [damageSentence(read.error)]}];
  const run = read.value;
  requirePluginsOf(run.header);
  const register = await readable(() => registerOf(run.claims, 'claims.yaml'));
  const report = judgeRun(run, register.ok ? register.value.claims : [], scenarios);
  const last = register.ok ? await reportCheck(folder, run, report) : unmade(register.error);
  return [runCheck(run, report), ...provenCheck(run), last];
}

/** What in the folder cannot be read is damage, as any other, and no wrong usage: the value, or lines that say what. */
async function readable<T>(read: () => T): Promise<Result<Awaited<T>, readonly string[]>> {
  try {
    return {ok: true, value: await read()};
  } catch (error) {
    if (!(error instanceof CommandError || (error instanceof Error && 'syscall' in error))) throw error;
    return {ok: false, error: error.message.split('\n')};
  }
}

function unmade(why: readonly string[]): Check {
  return {check: 'report', said: '', wrong: why.map(line => `it cannot be made: ${line}`)};
}

/** Each run of a folder of several, and their common report. */
async function poolChecks(folder: string): Promise<readonly Check[]> {
  const pool = await readable(() => readPool(folder));
  if (!pool.ok) {
    // A plug-in that is not loaded is no damage: nothing can be said without it.
    for (const name of await readdir(join(folder, runsFolder)).catch(() => [])) {
      const run = await readRun(join(folder, runsFolder, name));
      if (run.ok) requirePluginsOf(run.value.header);
    }
    return [unmade(pool.error)];
  }
  const {report, given} = pool.value;
  const runs = given.map(({run}) => {
    requirePluginsOf(run.header);
    const {check, said, wrong} = runCheck(run, {damage: run.damage});
    return {check: `${check} ${run.header.id}`, said, wrong};
  });
  const [newest] = given.slice(-1);
  return newest === undefined ? runs : [...runs, await reportCheck(folder, newest.run, report)];
}

function runCheck({trials, ended, plan}: StoredRun, {damage}: Pick<Report, 'damage'>): Check {
  const wrong = damage.map(damageSentence);
  if (ended === undefined) wrong.push('end.json is missing: the run never ended');
  return {
    check: 'run',
    said: `${ended?.status}, ${trials.length} of ${plan.trials.length} trials, all hashes agree`,
    wrong,
  };
}

function provenCheck({unproven}: StoredRun): readonly Check[] {
  return unproven.map(open => ({check: 'run', said: '', wrong: [], open}));
}

/**
 * Each report must be what this program makes of the run: a figure that was written into one by hand is not. A format
 * that the run was closed without (it came later) is owed by nobody; report.json, and what the manifest lists, is.
 */
async function reportCheck(folder: string, run: StoredRun, report: Report): Promise<Check> {
  const wrong: string[] = [];
  const made = await reportFiles(report);
  const owed = new Set([...(await listedIn(folder)), jsonReport]);
  const without: string[] = [];
  for (const [name, text] of made) {
    const stored = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (stored === undefined && !owed.has(name)) without.push(name);
    else if (stored === undefined) wrong.push(`${name} is missing: make it with seatrial report`);
    else if (stored !== text) wrong.push(`${name} is not what this program makes of the run${otherVersion(run)}`);
  }
  for (const name of await readdir(join(folder, 'report')).catch(() => []))
    if (!made.has(`report/${name}`)) wrong.push(`report/${name} is no report of this program`);
  const later = without.length === 0 ? '' : `; closed without ${without.join(', ')}`;
  const said = `all ${made.size - without.length} files follow from the run: ${report.overall}${later}`;
  return {check: 'report', said, wrong};
}

const jsonReport = `${remadeFolder}${fileName('report', 'json')}`;

function otherVersion({header}: StoredRun): string {
  const own = version();
  return header.seatrialVersion === own
    ? ''
    : `; the run was made by version ${header.seatrialVersion}, this is ${own}`;
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
  const unsigned = checks.some(({check}) => check === 'signature') ? ', and unsigned' : '';
  return `${lines.join('\n')}\n${given} ${sound ? `is as it was stored${unsigned}` : 'IS NOT as it was stored'}\n`;
}
