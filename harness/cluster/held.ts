/**
 * A guest that the cluster leaves alone for a while: its resource is in maintenance, so that somebody may move the
 * guest by hand. Given back, the cluster looks anew where it is.
 */
import type {Cluster, Guest, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {idempotent} from './commands.ts';
import {atRest} from './migration.ts';
import {clusterView, onCluster, resourceDefinition, waitUntilRuns, whereRuns} from './pacemaker.ts';

const lookDeadlineMs = 60_000;
const meta = (resource: string, ...words: string[]) =>
  idempotent(['crm_resource', '--resource', resource, '--meta', ...words]);

/** Until it is given back, the cluster neither watches nor recovers it: write that down before. */
export async function holdGuest(cluster: Cluster, {resource}: Guest): Promise<Result<void, string>> {
  const definition = await resourceDefinition(cluster, resource);
  if (!definition.ok) return definition;
  const owned = definition.value?.meta.maintenance;
  if (owned !== undefined)
    return {ok: false, error: `${resource} has maintenance=${owned} of its owner: it is left alone`};
  const set = await onCluster(cluster, meta(resource, '--set-parameter', 'maintenance', '--parameter-value', 'true'));
  if (!set.ok) return set;
  const held = await waitFor(`${resource} to be left alone`, lookDeadlineMs, async () => {
    const view = await clusterView(cluster);
    const state = view.ok ? view.value.state.resources.find(({id}) => id === resource) : undefined;
    return state?.managed === false ? true : undefined;
  });
  return held.ok ? {ok: true, value: undefined} : held;
}

/**
 * Works for a guest that was never held, that is still on its way, or that is gone: the cluster then starts it. Two
 * copies are left to a person.
 */
export async function giveGuestBack(cluster: Cluster, guest: Guest): Promise<Result<void, string>> {
  const definition = await resourceDefinition(cluster, guest.resource);
  if (!definition.ok) return definition;
  const held = definition.value?.meta.maintenance !== undefined;
  const at = await atRest(cluster, guest.name, held ? 'hand' : 'cluster');
  if (!at.ok) return at;
  if (!held) return {ok: true, value: undefined};
  const forgotten = await onCluster(
    cluster,
    idempotent(['crm_resource', '--refresh', '--resource', guest.resource], 60_000),
  );
  if (!forgotten.ok) return forgotten;
  const wanted = at.value === undefined ? [] : [at.value.name];
  const known = await waitFor(`the cluster to see where ${guest.name} is`, lookDeadlineMs, async () => {
    const runs = await whereRuns(cluster, guest.resource);
    return runs.ok && runs.value.join() === wanted.join() ? true : undefined;
  });
  if (!known.ok) return known;
  const taken = await onCluster(cluster, meta(guest.resource, '--delete-parameter', 'maintenance'));
  if (!taken.ok) return taken;
  const runs = await waitUntilRuns(
    cluster,
    guest.resource,
    lookDeadlineMs,
    at.value === undefined ? {} : {node: at.value.name},
  );
  return runs.ok ? {ok: true, value: undefined} : runs;
}
