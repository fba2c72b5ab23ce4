import type {Cluster, PlacedSetting, ReadBack, Result} from '../types.ts';

/** `waiting`: the value comes into force only later, with the next start on that node. */
export interface PlaceReadBack extends ReadBack {
  waiting?: true;
}

/**
 * How one kind of setting reaches the machines and comes back from them. Both are given all settings of that kind
 * at once.
 */
export interface Driver {
  /** Undefined when there is such a key and it takes the value, else what would be right. Pure. */
  problem(key: string, value: string): string | undefined;
  /** What is in force, asked of the machines: one entry a setting and place that it holds at. Changes nothing. */
  read(cluster: Cluster, settings: readonly PlacedSetting[]): Promise<Result<readonly PlaceReadBack[], string>>;
  /** Whether these settings become real only when guests start; they are then applied while all guests are stopped. */
  restartsGuests(settings: readonly PlacedSetting[]): boolean;
  /** Makes these settings real, and comes back when they are or cannot be. Twice gives the same. */
  apply(
    cluster: Cluster,
    settings: readonly PlacedSetting[],
    say: (text: string, host?: string) => void,
  ): Promise<Result<void, string>>;
}

/** The value that means: as the product has it when nobody says anything. */
export const unset = 'default';

/** Whether a setting is meant for this place. */
export function isAt(setting: Pick<PlacedSetting, 'where'>, where: string): boolean {
  return setting.where === undefined || setting.where === where;
}

/** One entry, or none where the setting is meant for another place. */
export function readBack(
  setting: PlacedSetting,
  where: string,
  found: string,
  same = (asked: string, is: string) => asked === is,
): readonly ReadBack[] {
  if (!isAt(setting, where)) return [];
  return [{id: setting.id, where, asked: setting.value, found, agrees: same(setting.value, found)}];
}

export const fine: Result<void, string> = {ok: true, value: undefined};

/** The first failure, or all values. */
export function all<T>(results: readonly Result<T, string>[]): Result<readonly T[], string> {
  const values: T[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    values.push(result.value);
  }
  return {ok: true, value: values};
}
