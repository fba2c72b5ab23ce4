import {quorateView} from '../../cluster/audit/invariant.ts';
import {type FenceDevice, fenceDevices, fencesNothing, lastFenced} from '../../cluster/fencing.ts';
import {type Check, cibOf, type Diagnosis, good, type Seen, unread} from '../check.ts';
import {nodesOf} from '../reading.ts';
import {cib} from '../readings.ts';

export const fencing: Check = {
  id: 'fencing',
  title: 'every node has a fence device, and was fenced by it once',
  why: 'Fencing that was never tried is a hope. A node that cannot be fenced keeps its guests down.',
  reads: [cib],
  check(seen) {
    const read = cibOf(seen);
    if (!read.ok) return [unread('cluster', 'the configuration', read.error)];
    const devices = fenceDevices(read.value).filter(device => !fencesNothing(device));
    return nodesOf(seen.cluster).map(node => ofNode(seen, node, devices));
  },
};

function ofNode(seen: Seen, node: string, devices: readonly FenceDevice[]): Diagnosis {
  const own = devices.filter(({targets}) => targets === undefined || targets.includes(node));
  if (own.length === 0) {
    return {
      level: 'danger',
      subject: node,
      found: devices.length === 0 ? 'no fence device is in service' : 'no fence device is for it',
      expected: 'a fence device that is not ordered to stop',
      todo: 'Add or start one: crm configure primitive fence-NODE stonith:fence_ipmilan …, or crm resource start DEVICE.',
    };
  }
  const names = own.map(({id, agent}) => `${id} (${agent})`).join(', ');
  const events = (seen.observed && quorateView(seen.observed))?.fencing ?? [];
  const at = lastFenced(node, events);
  if (at !== undefined) return good(node, `${names}; last fenced ${at}`);
  return {
    level: 'warning',
    subject: node,
    found: `${names}; no fencing of it is remembered`,
    expected: 'a fencing that was tried',
    todo: 'In a maintenance window: stonith_admin --reboot NODE. Pacemaker forgets it with its restart on all nodes.',
  };
}
