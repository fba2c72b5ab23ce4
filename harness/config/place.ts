/** Where a path of the data stands in the text. */
import {isAlias, isCollection, isMap, isScalar, isSeq} from 'yaml';
import type {Place, Source} from './document.ts';

export type Path = readonly PropertyKey[];

/** What a path of the data leads to. */
export interface Found {
  place: Place;
  /** Of the key, where a key leads there. */
  keyPlace: Place | undefined;
  data: unknown;
  missing: boolean;
}

/** For what is missing: where the mapping that should hold it begins. */
export function find(source: Source, path: Path): Found {
  let node: unknown = source.root;
  let offset = offsetOf(node) ?? 0;
  let keyOffset: number | undefined;
  for (const step of path) {
    const {value, key} = nodeAt(node, step);
    keyOffset = key ?? keyOffset;
    // An empty value has no text of its own: point at its key.
    offset = (isEmpty(value) ? key : offsetOf(value)) ?? key ?? offset;
    node = value;
  }
  return {
    place: source.place(offset),
    keyPlace: keyOffset === undefined ? undefined : source.place(keyOffset),
    ...dataAt(source.data, path),
  };
}

/**
 * The node one step further, and the offset of its key in a mapping. What an alias stands for lies elsewhere in the
 * text.
 */
function nodeAt(node: unknown, step: PropertyKey): {value?: unknown; key?: number | undefined} {
  if (isMap(node)) {
    const pair = node.items.find(item => (isScalar(item.key) ? String(item.key.value) : String(item.key)) === step);
    return {value: pair?.value, key: offsetOf(pair?.key)};
  }
  return isSeq(node) && typeof step === 'number' ? {value: node.items[step]} : {};
}

function dataAt(root: unknown, path: Path): {data: unknown; missing: boolean} {
  let data = root;
  let missing = false;
  for (const step of path) {
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
  }
  return {data, missing};
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

function offsetOf(node: unknown): number | undefined {
  if (isScalar(node) || isCollection(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
