import {resolve} from 'node:path';
import type {Command} from 'commander';
import {readRun} from '../../../harness/run/store.ts';
import {runDocument} from '../../../reports/run/document.ts';
import {scenarios} from '../../../suites/index.ts';
import {readRegister, registerOf} from '../kit/claims-register.ts';
import {CommandError, exitCodeHelp} from '../kit/command-error.ts';
import {judgeRun} from '../kit/judge-run.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from '../kit/output-options.ts';
import {requirePluginsOf} from '../kit/plugins/loaded.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {printed} from '../kit/print-document.ts';
import {saveReports, formats as texts} from '../kit/save-report.ts';
import {signaturesIn} from '../kit/signature.ts';

const formats = [...texts, 'pdf'] as const;

export function setUp(command: Command): void {
  addPluginsOption(command);
  command
    .argument('<run>', 'folder of the run, as accept printed it')
    .option('--targets <file>', 'judge by this register; without it by the one stored with the run');
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

${exitCodeHelp}`,
    )
    .action(async (folder: string, options: OutputFlags<(typeof formats)[number]> & {targets?: string}) => {
      const run = await readRun(resolve(folder));
      if (!run.ok) {
        const {artefact, path, expected, found} = run.error;
        throw new CommandError(
          `${folder} is no stored run: ${artefact}${path === '' ? '' : ` at ${path}`}: found ${found}, expected ${expected}`,
          'Name the folder that seatrial accept printed; it holds run.json.',
        );
      }
      requirePluginsOf(run.value.header);
      const register =
        options.targets === undefined
          ? registerOf(run.value.claims, `${folder}/claims.yaml`)
          : readRegister(options.targets);
      const report = judgeRun(run.value, register.claims, scenarios);
      process.exitCode = report.exitCode;
      if ([options.format, options.json, options.csv, options.out].every(each => each === undefined)) {
        if (signaturesIn(folder).length > 0) {
          throw new CommandError(
            `${folder} is signed: a new report in it would break the signature`,
            'Print it with --format, or write it elsewhere with --out.',
          );
        }
        for (const path of await saveReports(report, folder)) process.stdout.write(`${path}\n`);
        return;
      }
      const text = await printed(runDocument(report), formatOf(options, formats), options.out);
      await deliver(text, options.out);
    });
}
