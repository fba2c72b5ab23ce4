import {resolve} from 'node:path';
import type {Command} from 'commander';
import type {StoredRun} from '../../../harness/types.ts';
import {runDocument} from '../../../reports/run/document.ts';
import type {Report} from '../../../reports/run/report.ts';
import {scenarios} from '../../../suites/index.ts';
import {type Register, readRegister, registerOf} from '../kit/claims-register.ts';
import {CommandError, exitCodeHelp} from '../kit/command-error.ts';
import {defaultHistory} from '../kit/history/index.ts';
import {judgePool, judgeRun} from '../kit/judge-run.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from '../kit/output-options.ts';
import {requirePluginsOf} from '../kit/plugins/loaded.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {writePool} from '../kit/pool/folder.ts';
import {type GivenRun, givenRuns, knownRuns} from '../kit/pool/known.ts';
import {selectRuns} from '../kit/pool/select.ts';
import {printed} from '../kit/print-document.ts';
import {claimFolder} from '../kit/run-suite.ts';
import {saveReports, formats as texts} from '../kit/save-report.ts';
import {signaturesIn} from '../kit/signature.ts';
import {poolSummary} from '../kit/summary.ts';

const formats = [...texts, 'pdf'] as const;

export function setUp(command: Command): void {
  addPluginsOption(command);
  command
    .argument('<runs...>', 'folder of the run, as accept printed it; of several, to judge them together')
    .option('--targets <file>', 'judge by this register; without it by the one stored with the (newest) run')
    .option('--history <file>', 'which other runs there are, where several are judged', defaultHistory)
    .option('--into <folder>', 'copy several runs and their common report into this folder, to be signed');
  addOutputOptions(command, formats, 'print this format in place of saving them all in the run');
  command
    .addHelpText(
      'after',
      `
Examples:
  seatrial report runs/2025-11-24T15-06-12-trial                    all formats into the run's folder report/
  seatrial report runs/… --format md                                print the Markdown report
  seatrial report runs/… --format html --out report.html            one self-contained file
  seatrial report runs/… --format pdf --out report.pdf              the same on A4, to be signed; takes Chromium
  seatrial report runs/… --targets stricter.yaml                    the same figures, other promises
  seatrial report runs/2025-11-24… runs/2025-11-25… --into signed   two nights as one piece of evidence; then: seatrial sign signed

Several runs are judged together where cluster, versions, settings as read back, scenario and parameters are the same. Every run of
the cluster that the history or the folders beside these know of is in, or named with its reason.

${exitCodeHelp}`,
    )
    .action(report);
}

type Options = OutputFlags<(typeof formats)[number]> & {targets?: string; history: string; into?: string};

async function report(folders: readonly string[], options: Options): Promise<void> {
  const given = await givenRuns(folders);
  const [one] = given;
  for (const {run} of given) requirePluginsOf(run.header);
  if (given.length > 1 || options.into !== undefined) return reportPool(given, options);
  const {folder, run} = one;
  const judged = judgeRun(run, registerFor(run, options).claims, scenarios);
  process.exitCode = judged.exitCode;
  if ([options.format, options.json, options.csv, options.out].some(each => each !== undefined))
    return printReport(judged, options);
  if (signaturesIn(folder).length > 0) {
    throw new CommandError(
      `${folder} is signed: a new report in it would break the signature`,
      'Print it with --format, or write it elsewhere with --out.',
    );
  }
  for (const path of await saveReports(judged, folder)) process.stdout.write(`${path}\n`);
}

function registerFor(run: StoredRun, {targets}: Options): Register {
  return targets === undefined ? registerOf(run.claims, 'claims.yaml') : readRegister(targets);
}

async function printReport(judged: Report, options: Options): Promise<void> {
  const text = await printed(runDocument(judged), formatOf(options, formats), options.out);
  await deliver(text, options.out);
}

/** Several runs as one piece of evidence: into a folder of their own, printed, or told in short. */
async function reportPool(given: readonly [GivenRun, ...GivenRun[]], options: Options): Promise<void> {
  const [first, ...more] = given;
  const newest = given.reduce((last, one) => (one.run.header.startedAt > last.run.header.startedAt ? one : last));
  const register = registerFor(newest.run, options);
  const known = await knownRuns(given, newest.run.header.cluster, [options.history, defaultHistory]);
  const {runs, leftOut} = selectRuns([first.run, ...more.map(({run}) => run)], known);
  if (options.into !== undefined) {
    await claimFolder(options.into);
    const written = await writePool(resolve(options.into), given, leftOut, register);
    process.exitCode = written.report.exitCode;
    for (const path of written.paths) process.stdout.write(`${path}\n`);
    return;
  }
  const judged = judgePool(runs, leftOut, register.claims, scenarios);
  process.exitCode = judged.exitCode;
  if ([options.format, options.json, options.csv, options.out].some(each => each !== undefined))
    return printReport(judged, options);
  process.stdout.write(poolSummary(judged));
}
