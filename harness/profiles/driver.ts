import type {Cluster, ReadBack, Result, Setting} from '../types.ts';

/** How one kind of setting reaches the machines and comes back from them. Both are given all settings of that kind at once. */
export interface Driver {
  /** Undefined when there is such a key and it takes the value, else what would be right. Pure. */
  problem(key: string, value: string): string | undefined;
  /** What is in force, asked of the machines: one entry a setting and place. Changes nothing. */
  read(cluster: Cluster, settings: readonly Setting[]): Promise<Result<readonly ReadBack[], string>>;
  /** Whether these settings become real only when guests start; they are then applied while all guests are stopped. */
  restartsGuests(settings: readonly Setting[]): boolean;
  /** Makes these settings real, and comes back when they are or cannot be. Twice gives the same. */
  apply(
    cluster: Cluster,
    settings: readonly Setting[],
    say: (text: string, host?: string) => void,
  ): Promise<Result<void, string>>;
}

/** The value that means: as the product has it when nobody says anything. */
export const unset = 'default';

export function readBack(
  setting: Setting,
  where: string,
  found: string,
  same = (asked: string, is: string) => asked === is,
): ReadBack {
  return {id: setting.id, where, asked: setting.value, found, agrees: same(setting.value, found)};
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
