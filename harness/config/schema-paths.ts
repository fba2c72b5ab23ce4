/** What a schema knows at a path of the data: the keys that are valid there, the values that choose a form. */
import type {z} from 'zod';
import type {Path} from './place.ts';

/** Valid keys of the mapping at a path of the schema. */
export function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const keys = new Set<string>();
  for (const found of schemasAt(schema, path)) {
    const def = definition(found);
    if (def.type === 'object') for (const key of Object.keys(def.shape)) keys.add(key);
    if (def.type === 'record') for (const key of def.keyType._zod.values ?? []) keys.add(String(key));
  }
  return [...keys];
}

/** Values of a discriminating key over the options of the union that holds it. */
export function discriminators(schema: z.core.$ZodType, path: Path, key: string | undefined): string[] {
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
