import {isProcess} from '../../faults/remains.ts';
import {describeNode} from '../pacemaker.ts';
import {type Invariant, quorateView} from './invariant.ts';

/** A fault that nobody knows of any more would spoil every trial after it. */
export const noFaultIsLeft: Invariant = {
  id: 'fault-left',
  sentence: 'no fault is left in force',
  check: ({remains}) =>
    remains.flatMap(({node, found}) =>
      found.ok
        ? found.value.filter(each => !isProcess(each)).map(each => `${node}: ${each}`)
        : [`${node}: ${found.error}`],
    ),
};

/** A load or a probe that was left behind takes part in every trial after it. */
export const noProcessIsLeft: Invariant = {
  id: 'process-left',
  sentence: 'no process of a trial is left',
  check: ({remains}) =>
    remains.flatMap(({node, found}) => (found.ok ? found.value.filter(isProcess).map(each => `${node}: ${each}`) : [])),
};

export const everyNodeAnswers: Invariant = {
  id: 'node-answers',
  sentence: 'every node answers',
  check: ({views}) => views.flatMap(({node, view}) => (view.ok ? [] : [`${node}: ${view.error}`])),
};

export const oneQuoratePartition: Invariant = {
  id: 'one-quorate-partition',
  sentence: 'one quorate partition',
  check({views, unreached}) {
    const answering = views.flatMap(({node, view}) => (view.ok ? [{node, state: view.value.state}] : []));
    const without = answering.filter(({state}) => !state.quorate).map(({node}) => `${node} has no quorum`);
    const quorate = answering.filter(({state}) => state.quorate);
    const coordinators = [...new Set(quorate.map(({state}) => state.dc))];
    return [
      ...without,
      ...(coordinators.length > 1
        ? [`${coordinators.length} partitions claim quorum, coordinated by ${coordinators.join(' and ')}`]
        : []),
      ...(quorate.length === 0 && unreached.length === 0 ? ['no node has quorum'] : []),
    ];
  },
};

export const everyNodeIsMember: Invariant = {
  id: 'node-member',
  sentence: 'every node is a member',
  check(seen) {
    const state = quorateView(seen);
    if (state === undefined) return [];
    return seen.nodes
      .filter(name => !state.nodes.some(each => each.name === name))
      .map(name => `the cluster knows no node ${name}`);
  },
};

export const everyNodeIsOnline: Invariant = {
  id: 'node-online',
  sentence: 'every node is online and clean',
  check(seen) {
    const known = quorateView(seen)?.nodes ?? [];
    return seen.nodes.flatMap(name => {
      const node = known.find(each => each.name === name);
      if (node === undefined) return [];
      const well = node.online && !node.unclean && !node.standby && !node.pending && !node.maintenance;
      return well ? [] : [`${name} is ${describeNode(node)}`];
    });
  },
};

export const clusterIsInCharge: Invariant = {
  id: 'in-charge',
  sentence: 'the cluster is in charge',
  check: seen => (quorateView(seen)?.maintenance ? ['maintenance-mode is on: nothing would be recovered'] : []),
};

/** A node that missed a change would bring an old configuration back into force as soon as it coordinates. */
export const sameConfiguration: Invariant = {
  id: 'same-cib',
  sentence: 'the same CIB on every node',
  check({configurations}) {
    const holders = new Map<string, string[]>();
    for (const {node, digest} of configurations)
      if (digest.ok) holders.set(digest.value, [...(holders.get(digest.value) ?? []), node]);
    const unread = configurations.flatMap(({node, digest}) => (digest.ok ? [] : [`${node}: ${digest.error}`]));
    if (holders.size < 2) return unread;
    const who = [...holders].map(([digest, nodes]) => `${digest.slice(0, 8)} on ${nodes.join(', ')}`);
    return [...unread, `${holders.size} configurations are in force: ${who.join('; ')}`];
  },
};
