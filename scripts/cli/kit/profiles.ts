/** The shipped profiles: settings before and after tuning. */
import {readdirSync} from 'node:fs';
import {loadProfile, mismatch} from '../../../harness/settings/load.ts';
import type {Profile} from '../../../harness/types.ts';
import {CommandError} from './command-error.ts';
import {accepted, readText, shipped} from './package-files.ts';

/** All of them, by name. */
export function readProfiles(): readonly Profile[] {
  const folder = shipped('harness/settings');
  return readdirSync(folder)
    .filter(file => file.endsWith('.yaml'))
    .sort()
    .map(file => accepted(loadProfile(readText(`${folder}/${file}`), `${folder}/${file}`)));
}

/** Those that a plan names, in its order; refused where going from one to the other would leave something in force. */
export function comparable(profiles: readonly Profile[], names: readonly string[]): readonly Profile[] {
  const chosen = names.flatMap(name => profiles.find(profile => profile.name === name) ?? []);
  const sentence = mismatch(chosen);
  if (sentence !== undefined) throw new CommandError(sentence, 'Mend the profile. Nothing has been started.');
  return chosen;
}
