/**
 * The faults, and the way back from a journal's words to a fault that can be healed.
 */
import {type Cluster, type Fault, type Plane, planes, type Result} from '../types.ts';
import {hostCrash} from './host-crash.ts';
import {nicDown} from './nic-down.ts';
import {nodeLost} from './node-lost.ts';
import {partition} from './partition.ts';

export {hostCrash, nicDown, nodeLost, partition};

/** The fault that a journal entry names, `name` and `host` as its `Fault` had them. Healing it needs nothing else. */
export function faultNamed(cluster: Cluster, name: string, host: string): Result<Fault, string> {
  const [kind, plane] = name.split(':');
  const nodes = host.split(',').map(each => cluster.nodes.find(node => node.name === each));
  const known = nodes.filter(node => node !== undefined);
  const [first] = known;
  if (first === undefined || known.length < nodes.length) {
    return {
      ok: false,
      error: `fault ${name}: the inventory has no node ${host}; it has ${cluster.nodes.map(node => node.name).join(', ')}`,
    };
  }
  if (name === 'host-crash') return {ok: true, value: hostCrash(first)};
  if (name === 'node-lost') return {ok: true, value: nodeLost(first)};
  if (isPlane(plane)) {
    if (kind === 'nic-down') return {ok: true, value: nicDown(first, plane)};
    if (kind === 'partition') return {ok: true, value: partition(known, plane)};
  }
  return {
    ok: false,
    error: `no fault is named ${name}; there are host-crash, node-lost, nic-down:PLANE, partition:PLANE with PLANE one of ${planes.join(', ')}`,
  };
}

function isPlane(word: string | undefined): word is Plane {
  return planes.some(plane => plane === word);
}
