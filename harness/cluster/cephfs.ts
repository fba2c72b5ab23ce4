/**
 * What the monitors know of a CephFS: who serves its metadata, who stands by, and whether they would notice a server
 * that is dead. They go by its beacons: one that died and is not noticed stays `active`, in HEALTH_OK. Whether the
 * metadata can be worked with is only seen by working with it (`metadataGap`).
 */
import {z} from 'zod';
import type {Result} from '../types.ts';
import {type CephTarget, ceph, cephAsk} from './storage.ts';

const form = z.object({
  fsmap: z.object({
    max: z.number().optional(),
    by_rank: z.array(z.object({rank: z.number(), name: z.string(), status: z.string()})),
    'up:standby': z.number().optional(),
  }),
});

export interface CephFsState {
  /** Names of the servers that have a rank and serve it. */
  active: readonly string[];
  standby: number;
  /** What is missing in the monitors' eyes, in words; undefined where nothing is. */
  gap: string | undefined;
}

export async function cephFsState(target: CephTarget): Promise<Result<CephFsState, string>> {
  const status = await cephAsk(target, ['status'], form, {timeoutMs: 10_000});
  return status.ok ? {ok: true, value: stateOf(status.value)} : status;
}

/** Pure. A server that replays a journal stands by in its own way: it counts among those that are up and not active. */
function stateOf({fsmap}: z.infer<typeof form>): CephFsState {
  const {max = 0, by_rank: ranks} = fsmap;
  const standby = (fsmap['up:standby'] ?? 0) + ranks.filter(({status}) => status === 'up:standby-replay').length;
  const serving = ranks.filter(({status}) => status === 'up:active');
  const others = ranks.filter(({status}) => status !== 'up:active' && status !== 'up:standby-replay');
  const gap =
    max === 0
      ? 'there is no CephFS'
      : others.length > 0
        ? others.map(({name, rank, status}) => `metadata server ${name} of rank ${rank} is ${status}`).join(', ')
        : serving.length < max
          ? `${serving.length} of ${max} ranks of the CephFS have an active metadata server`
          : standby === 0
            ? 'no metadata server stands by'
            : undefined;
  return {active: serving.map(({name}) => name), standby, gap};
}

const places = z.array(z.object({name: z.string(), hostname: z.string().optional()}));

/** The host of the server that is active, by the name that it gives itself. */
export async function activeMdsHost(target: CephTarget): Promise<Result<string, string>> {
  const [state, known] = await Promise.all([cephFsState(target), cephAsk(target, ['mds', 'metadata'], places)]);
  if (!state.ok) return state;
  if (!known.ok) return known;
  const host = known.value.find(({name}) => name === state.value.active[0])?.hostname;
  return host === undefined
    ? {ok: false, error: state.value.gap ?? 'the active metadata server does not say where it runs'}
    : {ok: true, value: host};
}

export interface BeaconTimes {
  graceSeconds: number;
  intervalSeconds: number;
  tickSeconds: number;
}

const beaconOf = {
  'metadata server': ['mds_beacon_grace', 'mds_beacon_interval'],
  manager: ['mon_mgr_beacon_grace', 'mgr_tick_period'],
} as const;

/**
 * Why a dead one would stay `active`; undefined where it would be noticed. A monitor that looks (each
 * `mon_tick_interval`) later than grace less interval after its last look takes itself for slow, and forgives everybody
 * what it has missed: where the tick is as long, it forgives for ever. Source: MDSMonitor::tick and MgrMonitor::tick of
 * Ceph 16; both were seen: of a metadata server for 11 minutes, under HEALTH_OK. Pure.
 */
export function unnoticed(
  who: keyof typeof beaconOf,
  {graceSeconds, intervalSeconds, tickSeconds}: BeaconTimes,
): string | undefined {
  const [grace, interval] = beaconOf[who];
  const slack = graceSeconds - intervalSeconds;
  return slack > tickSeconds
    ? undefined
    : `a dead ${who} would stay active: ${grace} ${graceSeconds} - ${interval} ${intervalSeconds} is ${slack} s, and must be more than mon_tick_interval ${tickSeconds}`;
}

/** As the monitors' database has them, or by default. */
export async function beaconTimes(target: CephTarget): Promise<Result<BeaconTimes, string>> {
  const asked = await Promise.all(
    (
      [
        ['mon', 'mds_beacon_grace'],
        ['mds', 'mds_beacon_interval'],
        ['mon', 'mon_tick_interval'],
      ] as const
    ).map(async ([who, option]) => ceph(target, ['config', 'get', who, option], {timeoutMs: 10_000})),
  );
  const values: number[] = [];
  for (const answer of asked) {
    if (!answer.ok) return answer;
    const value = Number(answer.value.trim() || Number.NaN);
    if (!Number.isFinite(value)) return {ok: false, error: `ceph config get said ${JSON.stringify(answer.value)}`};
    values.push(value);
  }
  const [graceSeconds = 0, intervalSeconds = 0, tickSeconds = 0] = values;
  return {ok: true, value: {graceSeconds, intervalSeconds, tickSeconds}};
}
