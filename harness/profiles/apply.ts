/** A profile on the machines: made real, read back, and taken back to what was there before. */
import type {Cluster, Profile, ReadBack, Result, Setting} from '../types.ts';
import {drivers, order} from './load.ts';

/** The settings that mean something on this cluster. */
function fitting(cluster: Cluster, settings: readonly Setting[]): readonly Setting[] {
  return settings.filter(({needs}) => needs === undefined || needs === cluster.storage);
}

/** What is in force for every setting of the profile, place by place. */
export async function readProfile(
  cluster: Cluster,
  settings: readonly Setting[],
): Promise<Result<readonly ReadBack[], string>> {
  const found: ReadBack[] = [];
  for (const name of order) {
    const mine = fitting(cluster, settings).filter(({driver}) => driver === name);
    if (mine.length === 0) continue;
    const read = await drivers[name].read(cluster, mine);
    if (!read.ok) return read;
    found.push(...read.value);
  }
  return {ok: true, value: found};
}

/** Applies what does not read back as asked, and nothing else. Whether it then does is for the caller to read. */
export async function applySettings(
  cluster: Cluster,
  settings: readonly Setting[],
  say: (text: string, host?: string) => void,
): Promise<Result<void, string>> {
  const before = await readProfile(cluster, settings);
  if (!before.ok) return before;
  const differing = new Set(before.value.filter(entry => !entry.agrees).map(entry => entry.id));
  for (const name of order) {
    const mine = fitting(cluster, settings).filter(({driver, id}) => driver === name && differing.has(id));
    if (mine.length === 0) continue;
    const applied = await drivers[name].apply(cluster, mine, say);
    if (!applied.ok) return applied;
  }
  return {ok: true, value: undefined};
}

/** The settings as they are found in force, to go back to. A setting that differs from place to place is kept as found first. */
export function asFound(profile: Profile, found: readonly ReadBack[]): readonly Setting[] {
  return profile.settings.flatMap(setting => {
    const [entry] = found.filter(({id}) => id === setting.id);
    return entry ? [{...setting, value: entry.found}] : [];
  });
}
