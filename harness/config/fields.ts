/** Small values of an inventory, each with the words for what is wrong with it. */
import {isIPv4, isIPv6} from 'node:net';
import {z} from 'zod';

// A leading dash would be an option to ssh, ping or ip; nothing here may begin with one.
export const name = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {error: 'letters, digits, dots and dashes, beginning with a letter or digit'});
export const address = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/, {error: 'an address or a host name'})
  .refine(text => !/^[\d.]+$/.test(text) || isIPv4(text), {
    error: 'an IPv4 address of four numbers from 0 to 255, without zeros before them',
  })
  .refine(text => !text.includes(':') || isIPv6(text), {error: 'an address without a port'})
  .meta({form: 'an address or a host name'});
export const absolutePath = z
  .string()
  .max(4096)
  .regex(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\0\n]*$/, {error: 'an absolute path without . and ..'});
export const port = z.int().min(1).max(65_535);
export const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {error: 'the name of an environment variable'});

/** The same text for every spelling of one address or host name. */
export function canonicalAddress(text: string): string {
  const known = text.toLowerCase();
  return isIPv6(known) ? new URL(`http://[${known}]`).hostname : known;
}
