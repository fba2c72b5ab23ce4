/**
 * Nodes stop hearing each other in one plane while every link stays up: the classic split. Packets are dropped
 * where they arrive, on both sides, so that senders see silence and not an error.
 */
import {z} from 'zod';
import {succeeded} from '../cluster/commands.ts';
import {waitUntilOnline} from '../cluster/pacemaker.ts';
import {type Host, planes} from '../types.ts';
import {dropCommand, openCommand, packetsDropped} from './drop-rules.ts';
import {defineFault, type Effect, nodeIsLost, notInjected, severs} from './fault.ts';
import {joinDeadlineMs, takeBack} from './recovery.ts';
import {shapes, silences} from './silence.ts';

/** `all`: every plane that the nodes have. Older journals name no shape. */
const parameters = z.strictObject({plane: z.enum([...planes, 'all']), shape: z.enum(shapes).default('apart')});
type Wanted = z.infer<typeof parameters>;

const rules = {table: 'seatrial-partition', hook: 'input'} as const;

export const partition = defineFault({
  name: 'partition',
  strikes: 'link',
  parameters,
  needs: {nodes: 3, bmc: true},
  effect: effectOn,
  preview: (named, {plane, shape}) =>
    `nft: a split (${shape}) around ${named.map(node => node.name).join(', ')} in ${plane === 'all' ? 'all planes' : `the ${plane} plane`}`,

  async deadMan(cluster) {
    return {ok: true, value: cluster.nodes.map(host => ({host, argv: openCommand(rules).argv}))};
  },

  async inject(cluster, named, {plane, shape}) {
    const drawn = silences(cluster.nodes, named, shape);
    if ('impossible' in drawn) return notInjected(drawn.impossible);
    const outcomes = await Promise.all(
      drawn.map(({node, deafTo}) => cluster.transport.exec(node, dropCommand(rules, addressesOf(deafTo, plane)))),
    );
    const failed = outcomes.find(outcome => !succeeded(outcome));
    const [first] = outcomes;
    return failed ?? first ?? notInjected('there are no nodes to part');
  },

  /** Of one that is deaf, nobody else has rules: it is fenced, and they are gone. */
  reached: (cluster, named, wanted) =>
    packetsDropped(cluster, rules, wanted.shape === 'deaf' && effectOn(wanted) === nodeIsLost ? named : []),

  /** Visits every node of the cluster: which ones were isolated need not be known. */
  async heal(cluster) {
    // First all chains, then the waiting: half a partition healed is still one.
    const opened = await Promise.all(cluster.nodes.map(node => takeBack(cluster, node, openCommand(rules))));
    const failed = opened.find(result => !result.ok);
    if (failed !== undefined) return failed;
    const back = await Promise.all(cluster.nodes.map(node => waitUntilOnline(cluster, node.name, joinDeadlineMs)));
    return back.find(result => !result.ok) ?? {ok: true, value: undefined};
  },
});

/** What the cluster makes of it, where no tie-breaker or quorum device decides between halves. */
function effectOn({plane, shape = 'apart'}: Partial<Wanted>): Effect {
  if (plane !== undefined && plane !== 'cluster' && plane !== 'all') return severs(plane);
  // Nobody has a quorum: resources stop, and whoever has none does not fence.
  if (shape === 'halves') return {fences: [0], guests: 'restarted', everywhere: true};
  // Every node is heard by a majority: whom the members leave out is theirs to choose.
  if (shape === 'bridge' || shape === 'ring')
    return {fences: [0, 1], guests: 'unharmed', fates: ['unharmed', 'restarted'], everywhere: true};
  return nodeIsLost;
}

function addressesOf(nodes: readonly Host[], plane: Wanted['plane']): readonly string[] {
  const wanted = plane === 'all' ? planes : [plane];
  return [...new Set(nodes.flatMap(node => wanted.flatMap(each => node.addresses[each] ?? [])))];
}
