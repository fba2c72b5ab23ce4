import {normalize, resolve} from 'node:path';
import type {Command} from 'commander';
import {render} from '../../reports/document/index.ts';
import {judgementDocument} from '../../reports/files/document.ts';
import {judgeGathered} from '../../reports/judge-files.ts';
import {fileMetrics} from '../../reports/targets.ts';
import {loadFileTargets} from '../../suites/file-targets.ts';
import {filesOf} from '../read-files/operands.ts';
import {gatherFiles} from '../read-files.ts';
import {type ExitCode, exitCodeHelp, exitCodes, Refusal} from '../refusal.ts';
import {accepted, readText} from '../shipped.ts';

interface Options {
  targets: string;
  json?: true;
  csv?: true;
  md?: true;
}

export function addJudge(program: Command): void {
  program
    .command('judge')
    .description('Judge files of fio, iperf3 or ping by targets of your own; no cluster is needed.')
    .argument(
      '<file...>',
      'what the tools printed, or folders of it; a file is a trial unless the target says otherwise',
    )
    .requiredOption('--targets <file>', 'the promises, as docs/targets.md describes them')
    .option('--json', 'print JSON')
    .option('--csv', 'print CSV: a line a target')
    .option('--md', 'print Markdown')
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
  seatrial judge results/*.json --targets mine.yaml --md >> "$GITHUB_STEP_SUMMARY"
  seatrial judge results/*.json --targets mine.yaml --json | jq '.verdicts[] | select(.verdict != "met")'

${exitCodeHelp}`,
    )
    .action(async (files: readonly string[], options: Options) => {
      const {text, exitCode} = await judge(files, options);
      process.stdout.write(text);
      process.exitCode = exitCode;
    });
}

/** What is printed, and the exit code. Refused: wrong options, wrong targets, a file named twice. */
export async function judge(files: readonly string[], options: Options): Promise<{text: string; exitCode: ExitCode}> {
  const formats = [options.json && '--json', options.csv && '--csv', options.md && '--md'].filter(one => one);
  if (formats.length > 1) throw new Refusal(`${formats.join(' and ')} exclude each other`, 'Name one of them.');
  const targets = accepted(loadFileTargets(readText(options.targets), options.targets, fileMetrics));
  const judgement = judgeGathered(await gatherFiles(eachOnce(filesOf(files)), targets), targets);
  const format = options.json ? 'json' : options.csv ? 'csv' : options.md ? 'md' : 'text';
  return {text: await render(judgementDocument(judgement), format), exitCode: exitCodes[judgement.overall]};
}

/** A file that is named twice would be two trials. */
function eachOnce(files: readonly string[]): readonly string[] {
  const known = new Set<string>();
  return files.map(file => {
    if (known.has(resolve(file))) throw new Refusal(`${file} is named twice`, 'Name each file once: it is one trial.');
    known.add(resolve(file));
    return normalize(file);
  });
}
