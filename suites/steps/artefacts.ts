/** What a trial kept, read back: text of tools with how they ended, and the scenario's own JSON. */
import {z} from 'zod';
import {readJson} from '../../harness/parse/json.ts';
import type {Artefacts, Outcome, ParseError, Result, Trial} from '../../harness/types.ts';

const meta = z.object({
  exit: z.discriminatedUnion('kind', [
    z.object({kind: z.literal('exited'), code: z.number().int()}),
    z.object({kind: z.literal('signalled'), signal: z.string()}),
    z.object({kind: z.literal('timed-out')}),
    z.object({kind: z.literal('unreachable'), reason: z.string()}),
  ]),
  stderr: z.string(),
});

export interface ToolOutput {
  text: string;
  exitCode: number;
  stderr: string;
}

/**
 * What a recorded command printed, and how it ended; an error when it did not come to its own end (killed, timed out,
 * unreachable).
 */
export function toolOutput(raw: Artefacts, name: string): Result<ToolOutput, ParseError> {
  const output = raw.text(name);
  if (!output.ok) return output;
  const stored = jsonArtefact(raw, `${name}.meta.json`, meta);
  if (!stored.ok) return stored;
  const {exit, stderr} = stored.value;
  if (exit.kind === 'exited') return {ok: true, value: {text: output.value, exitCode: exit.code, stderr}};
  const found =
    exit.kind === 'signalled' ? `ended by ${exit.signal}` : exit.kind === 'timed-out' ? 'timed out' : exit.reason;
  return {ok: false, error: {artefact: name, path: 'exit', expected: 'a command that came to its own end', found}};
}

/** What a recorded command said beside its output; empty where that was not kept. */
export function stderrOf(raw: Artefacts, name: string): string {
  const stored = raw.names.includes(`${name}.meta.json`) ? jsonArtefact(raw, `${name}.meta.json`, meta) : undefined;
  return stored?.ok ? stored.value.stderr : '';
}

/** What went wrong with a tool, with its own last words where it said nothing else. */
export function withLastWords(error: ParseError, stderr: string): ParseError {
  const words = stderr.trim().split('\n').slice(-2).join(' | ').slice(0, 300);
  return words === '' ? error : {...error, found: `${error.found}; it said: ${words}`};
}

/** What a parser makes of an artefact. */
export function parsedArtefact<T>(
  raw: Artefacts,
  name: string,
  parse: (text: string, artefact: string) => Result<T, ParseError>,
): Result<T, ParseError> {
  const text = raw.text(name);
  return text.ok ? parse(text.value, name) : text;
}

/** A small JSON artefact that the scenario itself kept. */
export function jsonArtefact<T>(raw: Artefacts, name: string, schema: z.ZodType<T>): Result<T, ParseError> {
  return parsedArtefact(raw, name, text => readJson(text, name, schema));
}

export async function keepJson({keep}: Trial, name: string, value: unknown): Promise<void> {
  await keep(name, `${JSON.stringify(value, null, 1)}\n`);
}

/** As `record` keeps what a host ran. */
export async function keepOutcome({keep}: Trial, name: string, {stdout, ...rest}: Outcome): Promise<void> {
  await keep(name, stdout);
  await keep(`${name}.meta.json`, `${JSON.stringify(rest)}\n`);
}
