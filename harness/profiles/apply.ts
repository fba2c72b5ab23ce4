/** A profile on the machines: made real, read back, and taken back to what was there before. */
import type {Cluster, Profile, ReadBack, Result, Setting} from '../types.ts';
import {all, type Driver, fine} from './driver.ts';
import {drivers, order} from './load.ts';
import {withGuestsStopped} from './restart.ts';

/** The settings that mean something on this cluster. */
function fitting(cluster: Cluster, settings: readonly Setting[]): readonly Setting[] {
  return settings.filter(({needs}) => needs === undefined || needs === cluster.storage);
}

/** Drivers that have something to do, each with its settings, in the order of applying. */
function shares(settings: readonly Setting[]): readonly {driver: Driver; settings: readonly Setting[]}[] {
  return order
    .map(name => ({driver: drivers[name], settings: settings.filter(({driver}) => driver === name)}))
    .filter(share => share.settings.length > 0);
}

/** What is in force for every setting of the profile, place by place. */
export async function readProfile(
  cluster: Cluster,
  settings: readonly Setting[],
): Promise<Result<readonly ReadBack[], string>> {
  const read = all(
    await Promise.all(shares(fitting(cluster, settings)).map(({driver, settings}) => driver.read(cluster, settings))),
  );
  return read.ok ? {ok: true, value: read.value.flat()} : read;
}

/**
 * Applies what does not read back as asked, and nothing else. Guests are stopped and started at most once, and only for settings that need
 * it. Whether all of it then is in force is for the caller to read.
 */
export async function applySettings(
  cluster: Cluster,
  settings: readonly Setting[],
  say: (text: string, host?: string) => void,
): Promise<Result<void, string>> {
  const before = await readProfile(cluster, settings);
  if (!before.ok) return before;
  const differing = new Set(before.value.filter(entry => !entry.agrees).map(entry => entry.id));
  const todo = shares(fitting(cluster, settings).filter(({id}) => differing.has(id)));
  const applyAll = async (some: typeof todo): Promise<Result<void, string>> => {
    for (const share of some) {
      const applied = await share.driver.apply(cluster, share.settings, say);
      if (!applied.ok) return applied;
    }
    return fine;
  };
  const restarting = todo.filter(({driver, settings}) => driver.restartsGuests(settings));
  const running = await applyAll(todo.filter(share => !restarting.includes(share)));
  if (!running.ok || restarting.length === 0) return running;
  say(`restarting ${cluster.guests.map(guest => guest.name).join(', ')} with other settings`);
  return withGuestsStopped(cluster, () => applyAll(restarting));
}

/** The settings as they are found in force, to go back to. A setting that differs from place to place is kept as found first. */
export function asFound(profile: Profile, found: readonly ReadBack[]): readonly Setting[] {
  return profile.settings.flatMap(setting => {
    const [entry] = found.filter(({id}) => id === setting.id);
    return entry ? [{...setting, value: entry.found}] : [];
  });
}
