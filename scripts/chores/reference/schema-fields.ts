/**
 * A schema → the fields a person may write, each with its form, default and meaning. The form is told by what the
 * schema checks, in the words of its own refusals; the meaning is what `.describe()` says. Pure.
 */
import {z} from 'zod';

export interface Field {
  /** `nodes[].bmc.port`. */
  path: string;
  /** `a whole number from 1 to 65535`, `one of ceph, nbd`. */
  form: string;
  /** Whether it must be there: `needed`, `may be left out`, or the value that holds without it. */
  otherwise: {kind: 'needed'} | {kind: 'optional'} | {kind: 'default'; value: string};
  /** Empty where the schema says none. */
  meaning: string;
}

type Schema = z.core.$ZodTypes;

/** All fields in the order of the schema, parents before their members. */
export function fieldsOf(schema: z.core.$ZodType): readonly Field[] {
  return membersOf(peeled(schema).inner, '');
}

interface Peeled {
  inner: Schema;
  /** In words of the schema's own (`meta({form})`), where it has any. */
  form: string | undefined;
  otherwise: Field['otherwise'];
  meaning: string;
}

/** What is behind optional, default and transform. The outermost meaning counts: it is that of the field. */
function peeled(schema: z.core.$ZodType): Peeled {
  let inner = known(schema);
  let otherwise: Field['otherwise'] = {kind: 'needed'};
  let {meaning, form} = told(inner);
  for (;;) {
    const {def} = inner._zod;
    if (def.type === 'optional') otherwise = {kind: 'optional'};
    else if (def.type === 'default' || def.type === 'prefault') otherwise = defaultOf(def.defaultValue);
    else if (def.type !== 'pipe') return {inner, otherwise, meaning, form};
    inner = known(def.type === 'pipe' ? def.in : def.innerType);
    const {meaning: further, form: written} = told(inner);
    meaning ||= further;
    form ??= written;
  }
}

/** An empty mapping or list by default is one that may be left out. */
function defaultOf(value: unknown): Field['otherwise'] {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  if (isEmpty) return {kind: 'optional'};
  if (isRange(value))
    return {kind: 'default', value: value.low === value.high ? `${value.low}` : `${value.low} .. ${value.high}`};
  return {kind: 'default', value: typeof value === 'string' ? value : JSON.stringify(value)};
}

function isRange(value: unknown): value is {low: number; high: number} {
  return typeof value === 'object' && value !== null && 'low' in value && 'high' in value;
}

/** What stands below a schema: of a mapping its keys, of a list those of its elements. */
function membersOf(schema: Schema, path: string): Field[] {
  const {def} = schema._zod;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape).flatMap(([key, value]) => fieldAt(value, path === '' ? key : `${path}.${key}`));
    case 'array':
      return membersOf(peeled(def.element).inner, `${path}[]`);
    case 'record':
      return membersOf(peeled(def.valueType).inner, `${path}.NAME`);
    case 'union':
      return def.options.flatMap(option => membersOf(peeled(option).inner, path));
    default:
      return [];
  }
}

function fieldAt(schema: z.core.$ZodType, path: string): Field[] {
  const {inner, otherwise, meaning, form} = peeled(schema);
  // A form in words of its own says what stands in it, too.
  const members = form === undefined ? membersOf(inner, path) : [];
  return [{path, form: form ?? plainForm(inner), otherwise, meaning}, ...members];
}

function formOf(schema: z.core.$ZodType): string {
  const {inner, form} = peeled(schema);
  return form ?? plainForm(inner);
}

function plainForm(schema: Schema): string {
  const {def} = schema._zod;
  const words = checkWords(schema);
  switch (def.type) {
    case 'object':
      return 'a mapping';
    case 'array':
      return `a list${bounds(schema, 'entries')}: ${formOf(def.element)}`;
    case 'tuple':
      return `a list of ${def.items.length}: ${def.items.map(formOf)[0]}`;
    case 'record':
      return `a mapping of names to: ${formOf(def.valueType)}`;
    case 'union':
      return [...new Set(def.options.map(formOf))].join(', or ');
    case 'enum':
      return `one of ${Object.values(def.entries)
        .map(value => `\`${value}\``)
        .join(', ')}`;
    case 'literal':
      return def.values.map(value => `\`${String(value)}\``).join(' or ');
    case 'boolean':
      return '`true` or `false`';
    case 'number':
      return words ?? `a ${isWhole(schema) ? 'whole ' : ''}number${bounds(schema, '')}`;
    case 'string':
      return words ?? `text${bounds(schema, 'characters')}`;
    default:
      throw new Error(`no words for a schema of type ${def.type}`);
  }
}

/** The words of a check do not depend on what it found. */
const anyIssue = {code: 'custom', input: '', path: []} as never;

/** What the last check that has words says is expected. */
function checkWords(schema: Schema): string | undefined {
  const said = (schema._zod.def.checks ?? []).flatMap(check => {
    const words = check._zod.def.error?.(anyIssue);
    return typeof words === 'string' ? [words] : [];
  });
  return said.at(-1);
}

/** As much of a check's definition as tells a bound. */
interface Check {
  check?: string;
  format?: string;
  value?: unknown;
  inclusive?: boolean;
  minimum?: number;
  maximum?: number;
}

function checksOf(schema: Schema): readonly Check[] {
  return (schema._zod.def.checks ?? []).map(check => check._zod.def as Check);
}

function isWhole(schema: Schema): boolean {
  const {def} = schema._zod;
  return [def, ...checksOf(schema)].some(each => 'format' in each && each.format === 'safeint');
}

/** ` from 1 to 64`, ` of 1 to 64 entries`: as far as the schema says. */
function bounds(schema: Schema, counted: 'entries' | 'characters' | ''): string {
  const checks = checksOf(schema);
  const value = (name: string, inclusive: boolean) =>
    checks.findLast(each => each.check === name && each.inclusive === inclusive)?.value;
  const low = value('greater_than', true) ?? checks.findLast(({check}) => check === 'min_length')?.minimum;
  const high = value('less_than', true) ?? checks.findLast(({check}) => check === 'max_length')?.maximum;
  const above = value('greater_than', false);
  const below = value('less_than', false);
  const parts = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
    ...(low !== undefined && high !== undefined ? [`${counted === '' ? 'from ' : ''}${low} to ${high}`] : []),
    ...(low !== undefined && high === undefined ? [`at least ${low}`] : []),
    ...(low === undefined && high !== undefined ? [`at most ${high}`] : []),
  ];
  if (parts.length === 0) return '';
  return counted === '' ? ` ${parts.join(' and ')}` : ` of ${parts.join(' and ')} ${counted}`;
}

/** What `.describe()` and `.meta({form})` said of a schema, without those behind it. */
function told(schema: z.core.$ZodType): {meaning: string; form: string | undefined} {
  const {description = '', form} = z.globalRegistry.get(schema) ?? {};
  return {meaning: description, form: typeof form === 'string' ? form : undefined};
}

/** zod types a member only as its base; the definition's `type` tells which it is. */
function known(schema: z.core.$ZodType): Schema {
  return schema as Schema;
}
