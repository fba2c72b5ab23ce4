import {resolve} from 'node:path';
import {type Command, Option} from 'commander';
import {readRun} from '../../harness/store.ts';
import {runDocument} from '../../reports/run/document.ts';
import {scenarios} from '../../suites/index.ts';
import {formats, saveReports} from '../formats.ts';
import {judgeRun} from '../judge-run.ts';
import {printDocument} from '../print-document.ts';
import {exitCodeHelp, Refusal} from '../refusal.ts';
import {readRegister, registerOf} from '../register.ts';
import {signaturesIn} from '../signature.ts';

const printed = [...formats, 'pdf'] as const;

export function addReport(program: Command): void {
  program
    .command('report')
    .description('Judge a stored run again; no cluster is needed, and the same run gives the same bytes.')
    .argument('<run>', 'folder of the run, as accept printed it')
    .addOption(
      new Option('--format <format>', 'print this format in place of saving them all in the run').choices(printed),
    )
    .option('--targets <file>', 'judge by this register; without it by the one stored with the run')
    .option('--out <file>', 'write there, in the format given (html without)')
    .addHelpText(
      'after',
      `
Examples:
  seatrial report runs/2025-11-24T15-06-12-trial                    all formats into the run's folder report/
  seatrial report runs/… --format md                                print the Markdown report
  seatrial report runs/… --format html --out report.html            one self-contained file
  seatrial report runs/… --format pdf --out report.pdf              the same on A4, to be signed; takes Chromium
  seatrial report runs/… --targets stricter.yaml                    the same figures, other promises

${exitCodeHelp}`,
    )
    .action(async (folder: string, options: {format?: (typeof printed)[number]; targets?: string; out?: string}) => {
      const run = await readRun(resolve(folder));
      if (!run.ok) {
        const {artefact, path, expected, found} = run.error;
        throw new Refusal(
          `${folder} is no stored run: ${artefact}${path === '' ? '' : ` at ${path}`}: found ${found}, expected ${expected}`,
          'Name the folder that seatrial accept printed; it holds run.json.',
        );
      }
      const register =
        options.targets === undefined
          ? registerOf(run.value.claims, `${folder}/claims.yaml`)
          : readRegister(options.targets);
      const report = judgeRun(run.value, register.claims, scenarios);
      process.exitCode = report.exitCode;
      if (options.format === undefined && options.out === undefined) {
        if (signaturesIn(folder).length > 0) {
          throw new Refusal(
            `${folder} is signed: a new report in it would break the signature`,
            'Print it with --format, or write it elsewhere with --out.',
          );
        }
        for (const path of await saveReports(report, folder)) process.stdout.write(`${path}\n`);
        return;
      }
      await printDocument(runDocument(report), options.format ?? 'html', options.out);
    });
}
