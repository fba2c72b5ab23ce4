/**
 * What zod found wrong with a value, in our own words: its own ("Invalid input: expected array, received undefined")
 * reach nobody.
 */
import type {z} from 'zod';
import {oneOf} from './config/nearest.ts';

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
  array: 'a list',
  tuple: 'a list',
  never: 'nothing here',
  undefined: 'nothing here',
  null: 'null',
  nan: 'a number',
  date: 'a date',
};

/** Kinds of text that a schema may ask for by format. */
const formatNames: Readonly<Record<string, string>> = {
  datetime: 'a date and time such as 2025-11-24T15:06:12Z',
  date: 'a date such as 2025-11-24',
  url: 'a web address',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
};

/**
 * What is wrong with a value, by its first fault: where, what belongs there, and what stands there in at most 80
 * characters.
 */
export interface Fault {
  path: readonly PropertyKey[];
  expected: string;
  found: string;
}

export function faultOf({issues: [issue]}: z.ZodError, value: unknown): Fault {
  const path = issue?.path ?? [];
  return {path, expected: issue === undefined ? 'another value' : expectedOf(issue), found: shown(partAt(value, path))};
}

/** The part of a value that a path leads to; `undefined` where there is none. Inherited members are no parts. */
export function partAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null ? Object.getOwnPropertyDescriptor(part, key)?.value : undefined,
    value,
  );
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** What was expected in place of the value, e.g. `a list`, `at least 1 entries`, `one of stock, tuned`. */
export function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values.map(String), 30);
    case 'too_small': {
      const bound = `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
      return issue.origin === 'string' && issue.minimum === 1 ? 'some text' : `${bound}${counted(issue.origin)}`;
    }
    case 'too_big':
      if (isOwn(issue.message)) return issue.message;
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${counted(issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `no key ${issue.keys.map(key => JSON.stringify(key)).join(', ')}`;
    case 'invalid_format':
      return isOwn(issue.message) ? issue.message : (formatNames[issue.format] ?? formatted(issue));
    case 'invalid_union':
      return isOwn(issue.message) ? issue.message : 'one of the known forms';
    case 'invalid_key':
    case 'invalid_element': {
      const [inner] = issue.issues;
      return inner === undefined ? 'another value' : expectedOf(inner);
    }
    case 'custom':
      return typeof issue.params?.expected === 'string'
        ? issue.params.expected
        : isOwn(issue.message)
          ? issue.message
          : 'another value';
  }
}

/** A schema may bring a message of its own; what zod says by itself begins like this. */
function isOwn(message: string): boolean {
  return !/^(?:Invalid|Too (?:small|big)|Unrecognized)/.test(message);
}

function formatted(issue: z.core.$ZodIssueInvalidStringFormat): string {
  return issue.pattern === undefined ? `text of the form ${issue.format}` : `text that matches ${issue.pattern}`;
}

function counted(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' || origin === 'map' ? ' entries' : '';
}
