/**
 * Which states of the machines are measured: as found, tuned, and those between. In every state each setting of the
 * profile has a value, so that none is left over from the state before. Pure.
 */
import {shuffled} from '../../../harness/random.ts';
import type {PlacedSetting, Profile} from '../../../harness/types.ts';
import type {Factor} from '../../../reports/tuning/rank.ts';

/** As the machines were when it began. */
export const foundName = 'found';

/** The values that the machines were found with, as a profile. */
export function foundProfile(profile: Profile, found: readonly PlacedSetting[]): Profile {
  return {name: foundName, title: `As found, before ${profile.name}`, settings: found};
}

/** Settings that mean something together are one; those that are in force already are none. */
export function settingGroups(
  {settings}: Profile,
  differing: ReadonlySet<string>,
  bundleOf: (id: string) => string | undefined,
): readonly {name: string; ids: readonly string[]}[] {
  const groups = Map.groupBy(
    settings.map(({id}) => id),
    id => bundleOf(id) ?? id,
  );
  return [...groups].filter(([, ids]) => ids.some(id => differing.has(id))).map(([name, ids]) => ({name, ids}));
}

export interface Design {
  factors: readonly Factor[];
  /** Names of their own, in the order of the first round. */
  states: readonly Profile[];
}

/**
 * Each group added to what was found, and each left out of all: `1 + 2 × groups + 1` states, fewer where two are the
 * same. States that differ in what guests are started with are told apart by `restarts`, and stand together: the guests
 * are then stopped and started as seldom as can be. Else their order is drawn.
 */
export function designOf(
  profile: Profile,
  found: readonly PlacedSetting[],
  groups: readonly {name: string; ids: readonly string[]}[],
  restarts: ReadonlySet<string>,
  random: () => number,
): Design {
  const names = groups.map(({name}) => name);
  const nameOf = (on: readonly string[]) => {
    const [only] = on;
    const off = names.filter(name => !on.includes(name));
    if (only === undefined) return foundName;
    if (off.length === 0) return profile.name;
    return on.length === 1 ? `${foundName}+${only}` : `${profile.name}-${off[0]}`;
  };
  const states = new Map<string, {profile: Profile; started: string}>();
  const state = (on: readonly string[]): string => {
    const name = nameOf(on);
    const onIds = groups.filter(each => on.includes(each.name)).flatMap(({ids}) => ids);
    const title = name === foundName ? foundProfile(profile, []).title : `With ${on.join(', ')}`;
    const settings = profile.settings.flatMap(setting =>
      onIds.includes(setting.id) ? [setting] : found.filter(({id}) => id === setting.id),
    );
    const started = onIds.filter(id => restarts.has(id)).join(' ');
    states.set(name, {profile: {name, title, settings}, started});
    return name;
  };
  const base = state([]);
  const full = state(names);
  const factors = groups.map(({name, ids}) => ({
    name,
    settings: ids,
    added: [base, state([name])] as const,
    leftOut: [state(names.filter(other => other !== name)), full] as const,
  }));
  const together = [...Map.groupBy(states.values(), ({started}) => started).values()];
  const order = shuffled(together, random).flatMap(some => shuffled(some, random));
  return {factors, states: order.map(each => each.profile)};
}

/** Whole rounds that fit into the time, by their estimate; at most `most`. */
export function roundsWithin(seconds: number, roundSeconds: number, most: number): number {
  return Math.min(most, Math.floor(seconds / roundSeconds));
}
