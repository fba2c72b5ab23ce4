/** What zod found wrong → errors for people: where it stands, what was found, what was expected, what to do. */
import type {z} from 'zod';
import {expectedOf} from '../issue.ts';
import type {ConfigError} from '../types.ts';
import type {Source} from './document.ts';
import {didYouMean, oneOf} from './nearest.ts';
import {find, isRecord, type Path} from './place.ts';
import {discriminators, keysAt} from './schema-paths.ts';

type Issue = z.core.$ZodIssue;

/** What was read, and by which schema. */
interface Read {
  source: Source;
  schema: z.core.$ZodType;
}

/** One issue → its errors. `outer`: the path to the schema that it came from, for unions inside. */
export function explain(issue: Issue, read: Read, outer: Path = []): ConfigError[] {
  const path = [...outer, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue.keys, path, read);
    case 'invalid_value':
      return [errorAt(path, read, expectedOf(issue), valueHint(path, read, issue.values.map(String)))];
    case 'invalid_type':
      return [errorAt(path, read, expectedOf(issue), typeHint(path, read))];
    case 'invalid_union':
      return noForm(issue, path, read);
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap(one => explain({...one, path: []}, read, path));
    case 'custom': {
      const hint = issue.params?.hint;
      return [errorAt(path, read, expectedOf(issue), typeof hint === 'string' ? hint : usualHint)];
    }
    default:
      return [errorAt(path, read, expectedOf(issue), usualHint)];
  }
}

const usualHint = 'change the value';

function errorAt(path: Path, {source}: Read, expected: string, hint: string): ConfigError {
  const {place, missing, data} = find(source, path);
  const where = describePath(path);
  return {file: source.file, ...place, found: missing ? `no ${where}` : `${show(data)} for ${where}`, expected, hint};
}

function unknownKeys(keys: readonly string[], path: Path, {source, schema}: Read): ConfigError[] {
  const {place} = find(source, path);
  const valid = keysAt(schema, path);
  return keys.map(key => ({
    file: source.file,
    ...(find(source, [...path, key]).keyPlace ?? place),
    found: `unknown key "${key}"${path.length > 0 ? ` in ${describePath(path)}` : ''}`,
    expected: valid.length > 0 ? oneOf(valid, 20) : 'no such key',
    hint: valid.length > 0 ? didYouMean(key, valid) : 'remove it',
  }));
}

/** None of the forms fits. */
function noForm(issue: z.core.$ZodIssueInvalidUnion, path: Path, read: Read): ConfigError[] {
  // The form that got furthest is the one that was meant: fewest words against the kind of the whole value.
  const [meant] = [...issue.errors].sort((a, b) => mismatch(a) - mismatch(b));
  if (meant !== undefined && meant.length > 0) return meant.flatMap(one => explain(one, read, path));
  const valid = discriminators(read.schema, path, issue.discriminator);
  if (valid.length === 0) return [errorAt(path, read, 'one of the known forms', usualHint)];
  const {data} = find(read.source, path);
  return [errorAt(path, read, oneOf(valid), typeof data === 'string' ? didYouMean(data, valid) : usualHint)];
}

function mismatch(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.path.length === 0 ? 100 : 1), 0);
}

function valueHint(path: Path, {source}: Read, valid: readonly string[]): string {
  const {data} = find(source, path);
  return typeof data === 'string' ? didYouMean(data, valid) : `write one of ${oneOf(valid)}`;
}

/** A key that is missing stands there misspelt, or not at all. */
function typeHint(path: Path, {source, schema}: Read): string {
  if (!find(source, path).missing) return usualHint;
  const key = String(path[path.length - 1]);
  const parent = find(source, path.slice(0, -1)).data;
  const known = keysAt(schema, path.slice(0, -1));
  const unknownKeys = isRecord(parent) ? Object.keys(parent).filter(name => !known.includes(name)) : [];
  const typo = unknownKeys.find(name => didYouMean(name, [key]).startsWith('did'));
  return typo === undefined ? `add "${key}: …"` : `rename "${typo}" to "${key}"`;
}

function describePath(path: Path): string {
  if (path.length === 0) return 'the file';
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step + 1}]` : `${index > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 57)}…` : value}"`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'a mapping' : String(value);
}
