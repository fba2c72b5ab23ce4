import {escapePointer} from './json.ts';
import {CountTable, type JsonObject, type JsonValue} from './json-scan.ts';
import {Unexpected} from './unexpected.ts';

/** A value in a document, and the JSON pointer that leads to it. `undefined`: there is none. */
export interface Place {
  value: JsonValue | undefined;
  path: string;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** A value in few words. */
export function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (isObject(value) || value instanceof CountTable) return 'an object';
  if (isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return value.notANumber;
  return JSON.stringify(value).slice(0, 60);
}

/** The member `key`; its value is `undefined` where there is no such member or no object to have it. */
export function member(place: Place, key: string): Place {
  const value = isObject(place.value) ? place.value.get(key) : undefined;
  return {value, path: `${place.path}/${escapePointer(key)}`};
}

export function object(place: Place): {value: JsonObject; path: string} {
  if (!isObject(place.value)) throw new Unexpected(place.path, 'an object', describe(place.value));
  return {value: place.value, path: place.path};
}

export function items(place: Place): readonly Place[] {
  if (!isArray(place.value)) throw new Unexpected(place.path, 'a list', describe(place.value));
  return place.value.map((value, index) => ({value, path: `${place.path}/${index}`}));
}

export function text(place: Place): string {
  if (typeof place.value !== 'string') throw new Unexpected(place.path, 'a string', describe(place.value));
  return place.value;
}

/** A finite number ≥ 0. */
export function quantity(place: Place): number {
  const {value} = place;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new Unexpected(place.path, 'a number ≥ 0', describe(value));
  }
  return value;
}

/** A whole number ≥ 0 that a double holds exactly. */
export function count(place: Place): number {
  const value = quantity(place);
  if (!Number.isSafeInteger(value)) throw new Unexpected(place.path, 'a whole number ≥ 0', describe(value));
  return value;
}

export function flag(place: Place): boolean {
  if (typeof place.value !== 'boolean') throw new Unexpected(place.path, 'true or false', describe(place.value));
  return place.value;
}
