/**
 * Fence histories told by several nodes, held against each other. A node that has just joined knows only a part of the
 * history until its peers have told it the rest, and every node stamps the end of a request when word of it arrives
 * (Pacemaker, `set_fencing_completed`), by its own clock. They may stay different for good: the coordinator tells its
 * history to all, what others answer is marked `differential`, and no node takes that in (`stonith_fence_history`).
 * Pure.
 */
import type {FenceEvent} from '../parse/crm-mon.ts';

/** Two tellings of one fence differ by less; no node is fenced twice within this time. */
const stampsApartMs = 10_000;

/** The events of `other` that `told` does not have, each told event counting once; in the order of `other`. */
export function notToldIn(told: readonly FenceEvent[], other: readonly FenceEvent[]): readonly FenceEvent[] {
  const left = [...told];
  return other.filter(event => {
    const same = left.filter(each => apartMs(event, each) <= stampsApartMs);
    const nearest = same.sort((one, two) => apartMs(event, one) - apartMs(event, two))[0];
    if (nearest === undefined) return true;
    left.splice(left.indexOf(nearest), 1);
    return false;
  });
}

/** What all tellings together know. */
export function allTold(tellings: readonly (readonly FenceEvent[])[]): readonly FenceEvent[] {
  const told: FenceEvent[] = [];
  for (const telling of tellings) told.push(...notToldIn(told, telling));
  return told;
}

/** Infinity for different requests. */
function apartMs(one: FenceEvent, other: FenceEvent): number {
  const identity = ({action, target, status, client, origin}: FenceEvent) =>
    JSON.stringify([action, target, status, client, origin]);
  if (identity(one) !== identity(other)) return Number.POSITIVE_INFINITY;
  if (one.completed === other.completed) return 0;
  const ms = Math.abs(Date.parse(one.completed ?? '') - Date.parse(other.completed ?? ''));
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
}
