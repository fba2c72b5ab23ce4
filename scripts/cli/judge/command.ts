import {normalize, resolve} from 'node:path';
import type {Command} from 'commander';
import type {Document} from '../../../reports/document/document.ts';
import {judgementDocument} from '../../../reports/files/document.ts';
import {judgeGathered} from '../../../reports/files/judge.ts';
import {fileMetrics} from '../../../reports/judge/targets.ts';
import {loadFileTargets} from '../../../suites/read/file-targets.ts';
import {CommandError, type ExitCode, exitCodeHelp, exitCodes} from '../kit/command-error.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from '../kit/output-options.ts';
import {accepted, readText} from '../kit/package-files.ts';
import {type Printed, printed} from '../kit/print-document.ts';
import {filesOf} from '../kit/read-files/operands.ts';
import {gatherFiles} from '../kit/read-files.ts';

const formats = ['text', 'md', 'csv', 'json', 'html', 'pdf'] as const satisfies readonly Printed[];

interface Options extends OutputFlags<(typeof formats)[number]> {
  targets: string;
}

export function setUp(command: Command): void {
  command
    .argument(
      '<file...>',
      'what the tools printed, or folders of it; a file is a trial unless the target says otherwise',
    )
    .requiredOption('--targets <file>', 'the promises, as docs/targets.md describes them');
  addOutputOptions(command, formats);
  command
    .addHelpText(
      'after',
      `
A targets file:
  targets:
    - id: reads.p99
      metric: storage.latency
      where: { job: oltp, direction: read }
      statistic: p99                        # the median over files of each file's P99
      bound: "< 5 ms"

Metrics: ${fileMetrics.map(metric => metric.name).join(', ')}.

Examples:
  seatrial judge results/*.json --targets mine.yaml
  seatrial judge results/*.json --targets mine.yaml --format md >> "$GITHUB_STEP_SUMMARY"
  seatrial judge results/*.json --targets mine.yaml --json | jq '.verdicts[] | select(.verdict != "met")'

${exitCodeHelp}`,
    )
    .action(async (files: readonly string[], options: Options) => {
      const {document, exitCode} = await judge(files, options);
      await deliver(await printed(document, formatOf(options, formats), options.out), options.out);
      process.exitCode = exitCode;
    });
}

/** What is said, and the exit code. Refused: wrong targets, a file named twice. */
export async function judge(
  files: readonly string[],
  {targets: file}: Pick<Options, 'targets'>,
): Promise<{document: Document; exitCode: ExitCode}> {
  const targets = accepted(loadFileTargets(readText(file), file, fileMetrics));
  const judgement = judgeGathered(await gatherFiles(eachOnce(filesOf(files)), targets), targets);
  return {document: judgementDocument(judgement), exitCode: exitCodes[judgement.overall]};
}

/** A file that is named twice would be two trials. */
function eachOnce(files: readonly string[]): readonly string[] {
  const known = new Set<string>();
  return files.map(file => {
    if (known.has(resolve(file)))
      throw new CommandError(`${file} is named twice`, 'Name each file once: it is one trial.');
    known.add(resolve(file));
    return normalize(file);
  });
}
