import type {Command} from 'commander';
import {z} from 'zod';
import {didYouMean} from '../../../harness/config/nearest.ts';
import {catalogue} from '../../../reports/stats/catalogue.ts';
import type {InputError, Statistic} from '../../../reports/stats/statistic.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';

/** What is read from standard input at most. */
const mostBytes = 256 * 1024 * 1024;

export function setUp(command: Command): void {
  command
    .argument('[name]', 'the statistic; --list has them all')
    .option('--list', 'what each statistic takes and an example')
    .option('--json', 'with --list: JSON, with the JSON Schema of each input')
    .addHelpText(
      'after',
      `
The input is one object with named fields. The answer is {"ok":true,"value":…} and exit code 0, or {"ok":false,"error":{"what","need","got"}} and
exit code 3, where "path" names the field if the shape of the input was wrong. A value too large for a number is the string "Infinity" or
"-Infinity"; what has no value is absent.

Examples:
  seatrial stats --list
  echo '{"before":[510,498,505],"after":[520,512,518]}' | seatrial stats pairedRatio
  echo '{"k":58,"n":59,"confidence":0.95,"oneSided":true}' | seatrial stats clopperPearson
  echo '{"bins":{"1208":90,"5056":9,"90624":1},"p":0.99}' | seatrial stats quantileFromBins
  echo '{"reliability":0.99}' | seatrial stats toleranceTrials
  seatrial stats --list --json | jq '.[] | select(.name == "welch").example' | seatrial stats welch

Exit code: 0 computed or listed, 3 wrong usage or input.`,
    )
    .action(async (name: string | undefined, options: {list?: true; json?: true}) => {
      if (options.list) {
        process.stdout.write(options.json ? `${JSON.stringify(listed(), null, 1)}\n` : listLines());
        return;
      }
      if (name === undefined)
        throw new CommandError('which statistic is not said', 'Name one; seatrial stats --list has them.');
      const one = statisticNamed(name);
      const {text, exitCode} = computed(one, await standardInput());
      process.stdout.write(text);
      process.exitCode = exitCode;
    });
}

export function statisticNamed(name: string): Statistic {
  const one = catalogue.find(statistic => statistic.name === name);
  if (one) return one;
  const names = catalogue.map(statistic => statistic.name);
  throw new CommandError(`there is no statistic "${name}"`, `${didYouMean(name, names)} (seatrial stats --list)`);
}

/** One line of JSON, and the exit code. */
export function computed(one: Statistic, input: string): {text: string; exitCode: 0 | 3} {
  const refusal = (error: InputError) => ({text: `${JSON.stringify({ok: false, error})}\n`, exitCode: exitCodes.usage});
  let given: unknown;
  try {
    given = JSON.parse(input);
  } catch (error) {
    const got = input.trim() === '' ? 'nothing' : error instanceof Error ? error.message : String(error);
    return refusal({what: one.name, need: 'one JSON value on standard input', got});
  }
  const result = one.compute(given);
  if (!result.ok) return refusal(result.error);
  return {text: `${JSON.stringify({ok: true, value: result.value}, infiniteAsText)}\n`, exitCode: exitCodes.met};
}

/** JSON has no infinity and would write null, which means "no value". */
function infiniteAsText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function listed() {
  return catalogue.map(({name, purpose, source, input, published: [first]}) => ({
    name,
    purpose,
    source,
    input: z.toJSONSchema(input, {io: 'input'}),
    example: first.input,
  }));
}

/** A shape in a line: `values: number[] (what they are)`. */
function fieldLines(input: z.ZodType): readonly string[] {
  const fields = z
    .looseObject({
      properties: z.record(
        z.string(),
        z.looseObject({description: z.string().optional(), default: z.unknown().optional()}),
      ),
    })
    .parse(z.toJSONSchema(input, {io: 'input'}));
  return Object.entries(fields.properties).map(([field, {description, default: usual}]) => {
    const words = [description ?? '', usual === undefined ? '' : `default ${JSON.stringify(usual)}`].filter(Boolean);
    return `    ${field}: ${words.join('; ')}\n`;
  });
}

function listLines(): string {
  return catalogue
    .map(({name, purpose, source, input, published: [first]}) => {
      const example = JSON.stringify(first.input);
      const shown = example.length > 160 ? '' : `    echo '${example}' | seatrial stats ${name}\n`;
      return `${name}  ${purpose}\n${fieldLines(input).join('')}    source: ${source}\n${shown}`;
    })
    .join('\n');
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY)
    throw new CommandError('there is no input', "Pipe JSON in: echo '{…}' | seatrial stats NAME");
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    const chunk = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    bytes += chunk.length;
    if (bytes > mostBytes)
      throw new CommandError(`the input is longer than ${mostBytes} bytes`, 'Give less at a time.');
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}
