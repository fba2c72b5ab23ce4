import type {ResourceState} from '../../parse/crm-mon.ts';
import {type Invariant, type Observed, quorateView} from './invariant.ts';

export const fencingInService: Invariant = {
  id: 'fencing-in-service',
  sentence: 'fencing is in service',
  check(seen) {
    const state = quorateView(seen);
    if (state === undefined) return [];
    const devices = state.resources.filter(resource => resource.agent.startsWith('stonith:'));
    const bad = devices.filter(({role, active, failed, blocked}) => !active || role !== 'Started' || failed || blocked);
    return [
      ...(state.stonithEnabled ? [] : ['stonith-enabled is false']),
      ...(devices.length > 0 ? [] : ['there is no fence device']),
      ...bad.map(
        ({id, role, failed, blocked}) => `${id} is ${role}${failed ? ', failed' : ''}${blocked ? ', blocked' : ''}`,
      ),
    ];
  },
};

export const nothingUnderWay: Invariant = {
  id: 'nothing-under-way',
  sentence: 'nothing is under way',
  check(seen) {
    const fences = (quorateView(seen)?.fencing ?? []).filter(({status}) => status === 'pending');
    return [
      ...fences.map(({action, target}) => `fencing (${action}) of ${target} is pending`),
      ...guestResources(seen).flatMap(({resource, known}) =>
        known?.pending === undefined || known.pending === 'monitoring' ? [] : [`${resource} is ${known.pending}`],
      ),
    ];
  },
};

/**
 * Domains that are no guests of ours count too: a copy under the same name elsewhere is a double life whoever it
 * belongs to.
 */
export const noGuestLivesTwice: Invariant = {
  id: 'no-dual-active',
  sentence: 'no guest lives twice',
  check({active, guests}) {
    const names = [...new Set([...guests.map(({name}) => name), ...active.map(({domain}) => domain)])];
    return names.flatMap(name => {
      const places = active.filter(({domain}) => domain === name);
      if (places.length < 2) return [];
      const ours = guests.some(guest => guest.name === name);
      return [
        `${name} is active on ${places.map(({node, state}) => (ours ? `${node} (${state})` : node)).join(' and ')}`,
      ];
    });
  },
};

export const everyGuestIsStarted: Invariant = {
  id: 'guest-started',
  sentence: 'every guest is started',
  check: seen =>
    guestResources(seen).flatMap(({resource, known}) => {
      if (known === undefined) return [`the cluster has no resource ${resource}`];
      if (isStarted(known)) return [];
      const {role, failed, blocked, managed} = known;
      const words = [role, failed ? 'failed' : '', blocked ? 'blocked' : '', managed ? '' : 'unmanaged'];
      const where = known.nodes.join(' and ') || 'no node';
      return [`${resource} is ${words.filter(word => word !== '').join(', ')} on ${where}`];
    }),
};

export const clusterAndLibvirtAgree: Invariant = {
  id: 'libvirt-agrees',
  sentence: 'the cluster and libvirt agree',
  check: seen =>
    guestResources(seen).flatMap(({name, resource, known}) => {
      const [node] = known?.nodes ?? [];
      if (known === undefined || node === undefined || !isStarted(known)) return [];
      const places = seen.active.filter(({domain}) => domain === name);
      // What does not answer has not said that it is nowhere.
      if ([...seen.silent, ...seen.unreached].some(other => other.node === node)) return [];
      if (places.some(place => place.node === node && place.state === 'running')) return [];
      const found = places.map(place => `${place.state} on ${place.node}`).join(', ') || 'active nowhere';
      return [`${resource} is Started on ${node}, and libvirt has ${name} ${found}`];
    }),
};

export const libvirtAnswers: Invariant = {
  id: 'libvirt-answers',
  sentence: 'libvirt answers',
  check: ({silent}) => silent.map(({node, reason}) => `${node}: ${reason}`),
};

export const noFailedAction: Invariant = {
  id: 'no-failed-action',
  sentence: 'no failed action',
  check: seen =>
    (quorateView(seen)?.failures ?? []).map(
      ({operation, exitReason, lastChange}) => `${operation}: ${exitReason}, ${lastChange}`,
    ),
};

export const noConstraintIsLeft: Invariant = {
  id: 'no-constraint-left',
  sentence: 'no constraint is left',
  check: ({constraints}) =>
    constraints.ok
      ? constraints.value.map(id => `${id} keeps a resource where a move has put it`)
      : [`constraints cannot be read: ${constraints.error}`],
};

export const storageIsWhole: Invariant = {
  id: 'storage-whole',
  sentence: 'storage is whole',
  check: ({storage}) => (storage === undefined ? [] : [storage]),
};

function isStarted({role, nodes, failed, blocked, managed}: ResourceState): boolean {
  return role === 'Started' && nodes.length === 1 && !failed && !blocked && managed;
}

/** Every guest with its resource as the quorate partition has it; none where there is no such partition. */
function guestResources(seen: Observed): readonly {name: string; resource: string; known: ResourceState | undefined}[] {
  const state = quorateView(seen);
  if (state === undefined) return [];
  return seen.guests.map(({name, resource}) => ({
    name,
    resource,
    known: state.resources.find(({id}) => id === resource),
  }));
}
