import {buffer} from 'node:stream/consumers';
import type {Command} from 'commander';
import {allMayBeJudged, contentsCsv, contentsJson, contentsTable, remarksOn} from '../../../reports/files/contents.ts';
import {inspectText} from '../../../reports/files/inspect.ts';
import type {FileContents} from '../../../reports/files/records.ts';
import {oneLine} from '../../../reports/words/text.ts';
import {CommandError} from '../kit/command-error.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from '../kit/output-options.ts';
import {filesOf} from '../kit/read-files/operands.ts';
import {textOf} from '../kit/read-files/text.ts';
import {inspectFiles} from '../kit/read-files.ts';

const formats = ['text', 'json', 'csv'] as const;
const renderers = {text: contentsTable, json: contentsJson, csv: contentsCsv};

export function setUp(command: Command): void {
  command.argument('<file...>', 'what the tools printed, folders of it, or - for standard input');
  addOutputOptions(command, formats);
  command
    .addHelpText(
      'after',
      `
It reads fio --output-format=json or json+ (also of --client), iperf3 -J or --json-stream, and ping of iputils or busybox; in UTF-8 or UTF-16, with
any line ends. Where NAME.meta.json lies beside a file, the exit code in it counts too. JSON is an array with one entry a file, CSV has a line
a record; both in base units, full precision. They say of every record whether it may be judged, and why not; and how wide ping's times are.

Examples:
  seatrial inspect results/*.json
  seatrial inspect results                                every file below the folder
  iperf3 -c 10.0.0.2 -J | seatrial inspect -
  seatrial inspect --json results/*.json | jq '.[].records[] | {name, direction, p99: .latencySeconds.p99}'
  seatrial inspect --csv results/*.json > results.csv

Exit code: 0 every file gave figures that may be judged, 1 some did not (all are read first), 3 wrong usage.`,
    )
    .action(async (files: readonly string[], options: OutputFlags<(typeof formats)[number]>) => {
      const format = formatOf(options, formats);
      const contents = await read(filesOf(files));
      await deliver(renderers[format](contents), options.out);
      if (format !== 'json') for (const remark of remarksOn(contents)) process.stderr.write(`${oneLine(remark)}\n`);
      process.exitCode = allMayBeJudged(contents) ? 0 : 1;
    });
}

async function read(files: readonly string[]): Promise<readonly FileContents[]> {
  if (files.filter(file => file === '-').length > 1) {
    throw new CommandError('standard input is named twice', 'Say - once.');
  }
  const contents: FileContents[] = [];
  for await (const one of inspectFiles(files.filter(file => file !== '-'))) contents.push(one);
  if (files.includes('-'))
    contents.splice(files.indexOf('-'), 0, inspectText(textOf(await buffer(process.stdin)), '-'));
  return contents;
}
