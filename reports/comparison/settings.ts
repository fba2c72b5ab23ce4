import {byCount} from '../words/text.ts';

/** What a trial was run with, and which trials it can be held against (same job, same scenario). */
export interface Setup {
  name: string;
  /** Trials of one kind are compared with each other: the jobs of a file, the scenario of a run. */
  kind: string;
  settings: Readonly<Record<string, string>>;
}

/** A setting that is not the same everywhere. Values are sorted; `not set` where a trial lacks it. */
export interface SettingDifference {
  setting: string;
  /** The kinds of trials it was found in; empty where it is all of them. */
  kinds: readonly string[];
  before: readonly string[];
  after: readonly string[];
}

/** In place of a value, where a trial does not have the setting. */
export const notSet = 'not set';

/**
 * Settings whose set of values differs between the sides, and settings that vary within one side alike on both:
 * either may be the reason for a difference. Kinds that only one side has are held against each other as one. In
 * order of setting.
 */
export function settingDifferences(
  before: readonly Setup[],
  after: readonly Setup[],
): {between: readonly SettingDifference[]; within: readonly SettingDifference[]} {
  const kinds = [...new Set([...before, ...after].map(({kind}) => kind))].sort(byCount);
  const has = (side: readonly Setup[], kind: string) => side.some(one => one.kind === kind);
  const shared = kinds.filter(kind => has(before, kind) && has(after, kind));
  const lone = (side: readonly Setup[]) => side.filter(({kind}) => !shared.includes(kind));
  const groups = [
    ...shared.map(kind => ({
      kinds: [kind],
      before: before.filter(one => one.kind === kind),
      after: after.filter(one => one.kind === kind),
    })),
    {kinds: kinds.filter(kind => !shared.includes(kind)), before: lone(before), after: lone(after)},
  ].filter(group => group.before.length > 0 && group.after.length > 0);

  const found = groups.flatMap(group => {
    const names = new Set([...group.before, ...group.after].flatMap(({settings}) => Object.keys(settings)));
    return [...names].map(setting => ({
      setting,
      kinds: group.kinds,
      before: valuesOf(group.before, setting),
      after: valuesOf(group.after, setting),
    }));
  });
  const same = (one: SettingDifference) => one.before.join('\0') === one.after.join('\0');
  const merged = (some: readonly SettingDifference[]) =>
    mergeKinds(some, groups.flatMap(group => group.kinds).length).sort((a, b) => byCount(a.setting, b.setting));
  return {
    between: merged(found.filter(one => !same(one))),
    within: merged(found.filter(one => same(one) && one.before.length > 1)),
  };
}

function valuesOf(side: readonly Setup[], setting: string): readonly string[] {
  return [...new Set(side.map(({settings}) => settings[setting] ?? notSet))].sort(byCount);
}

/** The same difference in several kinds is told once. */
function mergeKinds(differences: readonly SettingDifference[], all: number): SettingDifference[] {
  const merged = new Map<string, SettingDifference>();
  for (const one of differences) {
    const key = JSON.stringify([one.setting, one.before, one.after]);
    const known = merged.get(key);
    merged.set(key, known ? {...known, kinds: [...known.kinds, ...one.kinds]} : one);
  }
  return [...merged.values()].map(one => (one.kinds.length === all ? {...one, kinds: []} : one));
}
