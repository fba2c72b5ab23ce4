/**
 * YAML files checked by schema. Every error names file, line, column, what was found, what was expected and what to do.
 * Schemas should be built from `z.strictObject`, so that a misspelt key is an error and not a setting that is silently ignored.
 */
import {isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit} from 'yaml';
import type {z} from 'zod';
import {expectedOf} from '../issue.ts';
import type {ConfigError, Result} from '../types.ts';
import {didYouMean, oneOf} from './nearest.ts';

/** Bytes (UTF-16 units) a configuration file may have. */
export const largestFile = 1_000_000;
/** Levels of nesting; more is a mistake or an attack. */
const deepest = 64;
/** Uses of aliases; few files need any. */
const mostAliases = 100;
const mostErrors = 25;

type Path = readonly PropertyKey[];
type Place = {line: number; column: number};

/** Text of a YAML file → a value of the schema's type, or everything that is wrong with it in the order of the file. Pure. */
export function readYaml<T>(schema: z.ZodType<T>, text: string, file: string): Result<T, ConfigError[]> {
  const read = readDocument(text, file);
  if (!read.ok) return read;
  const checked = schema.safeParse(read.value.data);
  if (checked.success) return {ok: true, value: checked.data};
  const errors = checked.error.issues.flatMap(issue => explain(issue, [], schema, read.value, file));
  return {ok: false, error: inOrder(errors)};
}

/** `file:line:column: found …, expected …; hint` on one line. */
export function formatConfigError(error: ConfigError): string {
  const hint = error.hint === '' ? '' : `; ${error.hint}`;
  return `${error.file}:${error.line}:${error.column}: found ${error.found}, expected ${error.expected}${hint}`;
}

interface Source {
  root: Node | null;
  data: unknown;
  place(offset: number): Place;
}

function readDocument(text: string, file: string): Result<Source, ConfigError[]> {
  const fail = (place: Place, found: string, expected: string, hint: string): Result<Source, ConfigError[]> => ({
    ok: false,
    error: [{file, ...place, found, expected, hint}],
  });
  const start: Place = {line: 1, column: 1};
  if (text.length > largestFile) {
    return fail(start, `${text.length} characters`, `at most ${largestFile}`, 'split the file or name another one');
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    return fail(placeIn(text, nul), 'a NUL byte', 'YAML text', 'this is not a text file; name another one');
  }
  const nesting = deepestNesting(text);
  if (nesting.depth > deepest) {
    return fail(placeIn(text, nesting.offset), `${nesting.depth} levels`, `at most ${deepest}`, 'flatten the file');
  }
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const {line, col} = lines.linePos(Math.min(offset, text.length));
    return {line: Math.max(line, 1), column: Math.max(col, 1)};
  };
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      stringKeys: true,
      strict: true,
      logLevel: 'error',
    });
    const broken = [...document.errors, ...document.warnings];
    if (broken.length > 0) {
      const errors = broken.map(error => {
        const known = syntaxErrors[error.code];
        return {
          file,
          ...place(error.pos[0]),
          found: known?.found ?? excerpt(text, error.pos[0]),
          expected: known?.expected ?? 'valid YAML',
          hint: known?.hint ?? syntaxHint(error.message, text.slice(0, error.pos[0])),
        };
      });
      return {ok: false, error: inOrder(errors)};
    }
    let aliases = 0;
    let first = 0;
    visit(document, {
      Alias(_key, node) {
        aliases += 1;
        if (aliases === 1) first = node.range?.[0] ?? 0;
      },
    });
    if (aliases > mostAliases) {
      return fail(place(first), `${aliases} aliases`, `at most ${mostAliases}`, 'write the values out');
    }
    const data: unknown = document.toJS({maxAliasCount: mostAliases});
    return {ok: true, value: {root: document.contents, data, place}};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/alias count/i.test(message)) {
      return fail(start, 'aliases that multiply', 'a file of plain values', 'write the values out');
    }
    return fail(start, message, 'valid YAML', 'mend the file');
  }
}

const syntaxErrors: Readonly<Record<string, {found: string; expected: string; hint: string}>> = {
  DUPLICATE_KEY: {
    found: 'a key that stands here twice',
    expected: 'each key once',
    hint: 'remove one of the two: which one would count is not obvious to a reader',
  },
  TAB_AS_INDENT: {found: 'a tab', expected: 'spaces', hint: 'indent with spaces: YAML allows no tabs'},
  MULTIPLE_DOCS: {found: 'a second document', expected: 'one document', hint: 'remove the line "---"'},
};

/** A value such as `> 5 ms` without quotes begins a block of text for YAML: the parser's own message leads nowhere. */
function syntaxHint(message: string, before: string): string {
  return /[:-] +[>|] *$/.test(before) ? 'put text that begins with > or | in quotes' : message;
}

/** One zod issue → errors for people. `outer` is the path to the schema the issue came from (for unions inside). */
function explain(
  issue: z.core.$ZodIssue,
  outer: Path,
  schema: z.core.$ZodType,
  source: Source,
  file: string,
): ConfigError[] {
  const path = [...outer, ...issue.path];
  const here = find(source, path);
  const at = here.place;
  const where = describePath(path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const valid = keysAt(schema, path);
      return issue.keys.map(key => ({
        file,
        ...(find(source, [...path, key]).keyPlace ?? at),
        found: `unknown key "${key}"${path.length > 0 ? ` in ${where}` : ''}`,
        expected: valid.length > 0 ? oneOf(valid, 20) : 'no such key',
        hint: valid.length > 0 ? didYouMean(key, valid) : 'remove it',
      }));
    }
    case 'invalid_value': {
      const valid = issue.values.map(String);
      const value = here.data;
      return [
        {
          file,
          ...at,
          found: here.missing ? `no ${where}` : `${show(value)} for ${where}`,
          expected: expectedOf(issue),
          hint: typeof value === 'string' ? didYouMean(value, valid) : `write one of ${oneOf(valid)}`,
        },
      ];
    }
    case 'invalid_type':
      return [
        {
          file,
          ...at,
          found: here.missing ? `no ${where}` : `${show(here.data)} for ${where}`,
          expected: expectedOf(issue),
          hint: here.missing ? missingHint(path, schema, source) : 'change the value',
        },
      ];
    case 'invalid_union': {
      const nested = issue.errors;
      // The branch that got furthest is the one that was meant: fewest complaints about the kind of the whole value.
      const best = [...nested].sort((a, b) => complaint(a) - complaint(b))[0];
      if (best !== undefined && best.length > 0) return best.flatMap(one => explain(one, path, schema, source, file));
      const valid = discriminators(schema, path, issue.discriminator);
      return [
        {
          file,
          ...at,
          found: here.missing ? `no ${where}` : `${show(here.data)} for ${where}`,
          expected: valid.length > 0 ? oneOf(valid) : 'one of the known forms',
          hint: valid.length > 0 && typeof here.data === 'string' ? didYouMean(here.data, valid) : 'change the value',
        },
      ];
    }
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap(one => explain({...one, path: []}, path, schema, source, file));
    case 'custom': {
      const said = issue.params;
      return [
        {
          file,
          ...at,
          found: here.missing ? `no ${where}` : `${show(here.data)} for ${where}`,
          expected: expectedOf(issue),
          hint: typeof said?.hint === 'string' ? said.hint : 'change the value',
        },
      ];
    }
    default:
      return [
        {
          file,
          ...at,
          found: here.missing ? `no ${where}` : `${show(here.data)} for ${where}`,
          expected: expectedOf(issue),
          hint: 'change the value',
        },
      ];
  }
}

function complaint(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.path.length === 0 ? 100 : 1), 0);
}

function missingHint(path: Path, schema: z.core.$ZodType, source: Source): string {
  const key = String(path[path.length - 1]);
  const parent = find(source, path.slice(0, -1)).data;
  const known = keysAt(schema, path.slice(0, -1));
  const strangers = isRecord(parent) ? Object.keys(parent).filter(name => !known.includes(name)) : [];
  const typo = strangers.find(name => didYouMean(name, [key]).startsWith('did'));
  return typo === undefined ? `add "${key}: …"` : `rename "${typo}" to "${key}"`;
}

/** Where a path of the data stands in the text. For what is missing: where the mapping that should hold it begins. */
function find(
  source: Source,
  path: Path,
): {place: Place; keyPlace: Place | undefined; data: unknown; missing: boolean} {
  let node: unknown = source.root;
  let data: unknown = source.data;
  let offset = offsetOf(node) ?? 0;
  let keyOffset: number | undefined;
  let missing = false;
  for (const step of path) {
    if (isAlias(node)) node = undefined;
    let next: unknown;
    let key: number | undefined;
    if (isMap(node)) {
      const pair = node.items.find(item => (isScalar(item.key) ? String(item.key.value) : String(item.key)) === step);
      next = pair?.value;
      key = offsetOf(pair?.key);
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step];
    }
    if (isRecord(data) && typeof step === 'string') {
      missing = !Object.hasOwn(data, step);
      data = data[step];
    } else if (Array.isArray(data) && typeof step === 'number') {
      missing = step >= data.length;
      data = data[step];
    } else {
      missing = true;
      data = undefined;
    }
    keyOffset = key ?? keyOffset;
    // An empty value has no text of its own: point at its key.
    const own = offsetOf(next);
    offset = (isScalar(next) && next.value === null && next.source === '' ? key : own) ?? key ?? offset;
    node = next;
  }
  return {
    place: source.place(offset),
    keyPlace: keyOffset === undefined ? undefined : source.place(keyOffset),
    data,
    missing,
  };
}

function offsetOf(node: unknown): number | undefined {
  if (isScalar(node) || isCollection(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}

/** Valid keys of the mapping at a path of the schema. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const keys = new Set<string>();
  for (const found of schemasAt(schema, path)) {
    const def = definition(found);
    if (def.type === 'object') for (const key of Object.keys(def.shape)) keys.add(key);
    if (def.type === 'record') for (const key of def.keyType._zod.values ?? []) keys.add(String(key));
  }
  return [...keys];
}

/** Values of a discriminating key over the options of the union that holds it. */
function discriminators(schema: z.core.$ZodType, path: Path, key: string | undefined): string[] {
  const valid = new Set<string>();
  const last = path[path.length - 1];
  const parent = key !== undefined && last === key ? path.slice(0, -1) : path;
  for (const option of schemasAt(schema, parent)) {
    const def = definition(option);
    if (def.type !== 'object' || key === undefined) continue;
    for (const value of def.shape[key]?._zod.values ?? []) valid.add(String(value));
  }
  return [...valid];
}

function schemasAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType[] {
  let current = unwrap(schema);
  for (const step of path) current = current.flatMap(one => childrenAt(one, step)).flatMap(one => unwrap(one));
  return current;
}

function childrenAt(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType[] {
  const def = definition(schema);
  if (def.type === 'object') {
    const child = typeof step === 'string' ? def.shape[step] : undefined;
    return child !== undefined ? [child] : def.catchall !== undefined ? [def.catchall] : [];
  }
  if (def.type === 'array') return [def.element];
  if (def.type === 'record') return [def.valueType];
  if (def.type === 'tuple') {
    const item = typeof step === 'number' ? def.items[step] : undefined;
    return item === undefined ? [] : [item];
  }
  return [];
}

/** The plain schemas behind optional, default, pipe, lazy and union. */
function unwrap(schema: z.core.$ZodType, depth = 0): z.core.$ZodType[] {
  if (depth > 20) return [];
  const def = definition(schema);
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return unwrap(def.innerType, depth + 1);
    case 'pipe':
      return unwrap(def.in, depth + 1);
    case 'lazy':
      return unwrap(def.getter(), depth + 1);
    case 'union':
      return def.options.flatMap(option => unwrap(option, depth + 1));
    case 'intersection':
      return [...unwrap(def.left, depth + 1), ...unwrap(def.right, depth + 1)];
    default:
      return [schema];
  }
}

/** zod types every schema's definition only as its base; the `type` field tells which it is. */
function definition(schema: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  return (schema as z.core.$ZodTypes)._zod.def;
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

function excerpt(text: string, offset: number): string {
  const line = text.slice(offset).split('\n', 1)[0] ?? '';
  return line.trim() === '' ? 'the end of a line' : `"${line.slice(0, 40)}"`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function placeIn(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return {line: before.length, column: (before[before.length - 1]?.length ?? 0) + 1};
}

/**
 * A cheap upper bound on nesting, before the parser recurses: open brackets, or columns of indentation and "- - -" on one line.
 * Brackets inside quoted text count too; no configuration of ours comes near the limit.
 */
function deepestNesting(text: string): {depth: number; offset: number} {
  let open = 0;
  let worst = {depth: 0, offset: 0};
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '[' || character === '{') open += 1;
    else if ((character === ']' || character === '}') && open > 0) open -= 1;
    if (open > worst.depth) worst = {depth: open, offset: index};
  }
  for (const match of text.matchAll(/^(?: |- |\? )*/gm)) {
    const dashes = match[0].replaceAll(' ', '').length;
    const levels = dashes + Math.floor((match[0].length - dashes) / 2);
    if (levels > worst.depth) worst = {depth: levels, offset: match.index};
  }
  return worst;
}

function inOrder(errors: readonly ConfigError[]): ConfigError[] {
  return [...errors].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, mostErrors);
}
