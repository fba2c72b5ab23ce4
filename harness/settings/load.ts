import {z} from 'zod';
import {readYaml} from '../config/yaml.ts';
import type {ConfigError, Profile, Result, SettingDriver} from '../types.ts';
import {alert} from './alert.ts';
import {ceph} from './ceph.ts';
import {corosync} from './corosync.ts';
import {domain} from './domain.ts';
import type {Driver} from './driver.ts';
import {fence} from './fence.ts';
import {link} from './link.ts';
import {property} from './property.ts';
import {resource} from './resource.ts';

export const drivers: Readonly<Record<SettingDriver, Driver>> = {
  domain,
  corosync,
  resource,
  ceph,
  link,
  property,
  fence,
  alert,
};

/** In the order in which they are applied: what guests start by comes before the guests are restarted. */
export const order = [
  'link',
  'corosync',
  'property',
  'ceph',
  'alert',
  'fence',
  'resource',
  'domain',
] as const satisfies readonly SettingDriver[];

const setting = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9.-]*$/, 'a name of lower-case letters, digits, dots and dashes'),
    driver: z.enum(order),
    key: z.string(),
    value: z
      .union([z.string(), z.number(), z.boolean()])
      .transform(value => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value))),
    why: z.string().min(1),
    needs: z.enum(['ceph', 'nbd', 'none']).exactOptional(),
  })
  .superRefine(({driver, key, value}, context) => {
    const problem = drivers[driver].problem(key, value);
    if (problem !== undefined)
      context.addIssue({code: 'custom', path: ['value'], message: `${driver} ${key}: ${problem}`});
  });

const profile = z
  .strictObject({name: z.string().regex(/^[a-z][a-z0-9-]*$/), title: z.string().min(1), settings: z.array(setting)})
  .superRefine(({settings}, context) => {
    settings.forEach(({id}, index) => {
      if (settings.findIndex(other => other.id === id) < index)
        context.addIssue({code: 'custom', path: ['settings', index, 'id'], message: `${id} stands twice`});
    });
  });

/** A profile out of its YAML text. Each error has file, line and column. */
export function loadProfile(text: string, file: string): Result<Profile, readonly ConfigError[]> {
  return readYaml(profile, text, file);
}

/**
 * Whether the profiles set the same things. Going from one to the other must leave nothing of the first in force,
 * so a setting that one of them lacks is an error: a sentence, or undefined.
 */
export function mismatch(profiles: readonly Profile[]): string | undefined {
  const [first, ...others] = profiles;
  for (const other of others) {
    for (const [has, lacks] of [
      [first, other],
      [other, first],
    ] as const) {
      const missing = has?.settings.find(
        ({driver, key}) => !lacks?.settings.some(each => each.driver === driver && each.key === key),
      );
      if (missing)
        return `profile ${has?.name} sets ${missing.driver} ${missing.key}, profile ${lacks?.name} does not: give it there too, e.g. its default`;
    }
  }
  return undefined;
}
