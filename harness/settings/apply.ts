/** A profile on the machines: made real, read back, and taken back to what was there before. */
import type {Cluster, PlacedSetting, Profile, ReadBack, Result} from '../types.ts';
import {notRunning} from './domain.ts';
import {all, type Driver, fine, type PlaceReadBack} from './driver.ts';
import {drivers, order} from './load.ts';
import {withGuestsStopped} from './restart.ts';

/** The settings that mean something on this cluster. */
function fitting(cluster: Pick<Cluster, 'storage'>, settings: readonly PlacedSetting[]): readonly PlacedSetting[] {
  return settings.filter(({needs}) => needs === undefined || needs === cluster.storage);
}

/** Drivers that have something to do, each with its settings, in the order of applying. */
function shares(settings: readonly PlacedSetting[]): readonly {driver: Driver; settings: readonly PlacedSetting[]}[] {
  return order
    .map(name => ({driver: drivers[name], settings: settings.filter(({driver}) => driver === name)}))
    .filter(share => share.settings.length > 0);
}

/** What is in force for every setting, place by place, and what waits to come into force. */
export async function readProfile(
  cluster: Cluster,
  settings: readonly PlacedSetting[],
): Promise<Result<readonly PlaceReadBack[], string>> {
  const read = all(
    await Promise.all(shares(fitting(cluster, settings)).map(({driver, settings}) => driver.read(cluster, settings))),
  );
  return read.ok ? {ok: true, value: read.value.flat()} : read;
}

/** What was in force before settings were applied, and what has to be read anew since. */
export interface Applied {
  before: readonly PlaceReadBack[];
  touched: readonly PlacedSetting[];
}

/**
 * Applies what does not read back as asked, and nothing else. Guests are stopped and started at most once, and only
 * for settings that need it. Whether all of it then is in force is for the caller to read: `readAgain`.
 */
export async function applySettings(
  cluster: Cluster,
  settings: readonly PlacedSetting[],
  say: (text: string, host?: string) => void,
): Promise<Result<Applied, string>> {
  const before = await readProfile(cluster, settings);
  if (!before.ok) return before;
  // A setting that differs anywhere is applied at all its places: a value for a guest must not come without the one
  // for a file of it.
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
  if (!running.ok) return running;
  const applied = (touched: readonly PlacedSetting[]): Result<Applied, string> => ({
    ok: true,
    value: {before: before.value, touched},
  });
  if (restarting.length === 0) {
    const drivers = new Set(todo.flatMap(share => share.settings.map(({driver}) => driver)));
    return applied(settings.filter(({driver}) => drivers.has(driver)));
  }
  say(`restarting ${cluster.guests.map(guest => guest.name).join(', ')} with other settings`);
  const restarted = await withGuestsStopped(cluster, () => applyAll(restarting));
  // Guests that start anew may have changed anything.
  return restarted.ok ? applied(settings) : restarted;
}

/**
 * What is in force after settings were applied. Of drivers that had nothing to do the first reading stands: it is a
 * few seconds old, and asking every machine twice would be most of what a trial's settings take.
 */
export async function readAgain(
  cluster: Cluster,
  {before, touched}: Applied,
): Promise<Result<readonly PlaceReadBack[], string>> {
  const anew = new Set(touched.map(({id}) => id));
  const read = await readProfile(cluster, touched);
  return read.ok ? {ok: true, value: [...before.filter(({id}) => !anew.has(id)), ...read.value]} : read;
}

/** Settings of a profile that stop and start every guest of this cluster, where they are not in force already. Pure. */
export function restartingSettings(
  cluster: Pick<Cluster, 'storage'>,
  {settings}: Pick<Profile, 'settings'>,
): readonly PlacedSetting[] {
  return fitting(cluster, settings).filter(setting => drivers[setting.driver].restartsGuests([setting]));
}

/**
 * The settings as they are found, to go back to: one setting where all places agree, else one a place. A guest that
 * does not run has nothing in force; the files it would start by are places of their own. Pure.
 */
export function asFound(profile: Profile, found: readonly ReadBack[]): readonly PlacedSetting[] {
  const once = new Map(profile.settings.map(({where: _where, ...setting}) => [setting.id, setting]));
  return [...once.values()].flatMap((setting): readonly PlacedSetting[] => {
    const places = found.filter(entry => entry.id === setting.id && entry.found !== notRunning);
    const values = new Set(places.map(entry => entry.found));
    const [value] = values;
    if (value === undefined) return [];
    if (values.size === 1) return [{...setting, value}];
    return places.map(({where, found: value}) => ({...setting, value, where}));
  });
}

/** Settings of a place that does not exist any more cannot be read back: they are told by name. Pure. */
export function placesGone(settings: readonly PlacedSetting[], found: readonly ReadBack[]): readonly PlacedSetting[] {
  return settings.filter(
    ({id, where}) => where !== undefined && !found.some(entry => entry.id === id && entry.where === where),
  );
}
