import {type Command, Option} from 'commander';
import {bracketOf} from '../../../reports/capacity/headroom.ts';
import {planDocument} from '../../../reports/plan/document.ts';
import {measuredCapacity, type PlanInput, planCapacity} from '../../../reports/plan/plan.ts';
import {seconds} from '../capacity/command.ts';
import {capacityOf} from '../capacity/report.ts';
import {readRounds} from '../capacity/rounds.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {whole} from '../kit/options.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from '../kit/output-options.ts';
import {accepted, readText} from '../kit/package-files.ts';
import {type Printed, printed} from '../kit/print-document.ts';
import {loadPlan, loadPrices} from './plan-file.ts';

const formats = ['text', 'md', 'csv', 'json', 'html', 'pdf'] as const satisfies readonly Printed[];

interface Options extends OutputFlags<(typeof formats)[number]> {
  prices?: string;
  capacity?: string;
  p99: number;
  pattern: 'randread' | 'randwrite';
  seed: number;
}

export function setUp(command: Command): void {
  command
    .argument('<file>', 'what is used today, what a node has, how it grows (docs/plan.yaml is an example)')
    .option('--prices <file>', 'your prices (docs/prices.yaml is an example; there are none without it)')
    .option('--capacity <folder>', 'a capacity run: its measured limit replaces what the file says of iops')
    .option('--p99 <time>', 'the latency target of that limit', seconds, 0.005)
    .addOption(
      new Option('--pattern <pattern>', 'of that limit').choices(['randread', 'randwrite']).default('randread'),
    )
    .option('--seed <n>', 'the same seed gives the same bytes', whole(0, 2 ** 31 - 1), 1);
  addOutputOptions(command, formats);
  command
    .addHelpText(
      'after',
      `
Examples:
  seatrial plan cluster-plan.yaml
  seatrial plan cluster-plan.yaml --prices prices.yaml --format html --out plan.html
  seatrial plan cluster-plan.yaml --capacity runs/2025-11-24T15-06-12-prod-a-capacity --p99 5ms
  seatrial plan cluster-plan.yaml --json | jq '.runOuts[] | select(.failures == 1)'

Exit code: 0 there is a plan (it judges nothing), 2 the capacity run has no limit to plan with, 3 wrong usage or configuration.`,
    )
    .action(async (file: string, options: Options) => {
      const read = accepted(loadPlan(readText(file), file));
      const input = options.capacity === undefined ? read : await withMeasured(read, file, options.capacity, options);
      const prices =
        options.prices === undefined ? undefined : accepted(loadPrices(readText(options.prices), options.prices));
      const plan = planCapacity(input, {seed: options.seed, ...(prices === undefined ? {} : {prices})});
      await deliver(await printed(planDocument(plan), formatOf(options, formats), options.out), options.out);
    });
}

/** The plan with what a capacity run measured in place of what was stated of storage operations. */
async function withMeasured(
  input: PlanInput,
  file: string,
  folder: string,
  {p99, pattern}: Options,
): Promise<PlanInput> {
  if (!input.resources.some(({name}) => name === 'iops')) {
    throw new CommandError(
      `${file} has no resource iops`,
      'Add what is used of it and how it grows; perNode is then replaced.',
    );
  }
  const measured = await readRounds(folder);
  if (measured.damage.length > 0) {
    throw new CommandError(
      `${folder} is not as it was measured: ${measured.damage.join(' ')}`,
      'Restore it from a copy, or measure again.',
      exitCodes.undecided,
    );
  }
  const report = capacityOf(measured, {
    aim: {p99Seconds: p99, confidence: 0.95},
    conditions: ['whole', 'node-lost'],
    reason: 'measured before',
  });
  const limitOf = (condition: 'whole' | 'node-lost') => {
    const part = report.parts.find(each => each.condition === condition && each.pattern === pattern);
    return part?.standing === 'client-full' ? undefined : bracketOf(part?.limit);
  };
  const [all, lost] = [limitOf('whole'), limitOf('node-lost')];
  const notes = [
    ...(report.hardware.emulated ? ['emulated'] : []),
    ...(report.hardware.shared ? ['all hosts on one machine'] : []),
    ...(report.quick ? ['quick'] : []),
  ];
  const capacity = measuredCapacity(
    {...(all ? {whole: all} : {}), ...(lost ? {lost} : {})},
    report.nodes.length,
    `${pattern} within a P99 of ${p99} s in ${report.id}${notes.length === 0 ? '' : ` (${notes.join(', ')}: does not speak for real hardware)`}`,
  );
  if (capacity === undefined) {
    throw new CommandError(
      `${folder} has no limit of the whole cluster for ${pattern} within ${p99} s`,
      `Look at it with seatrial capacity ${folder}, or leave out --capacity.`,
      exitCodes.undecided,
    );
  }
  return {
    ...input,
    resources: input.resources.map(resource => (resource.name === 'iops' ? {...resource, capacity} : resource)),
  };
}
