/** Whom a drill is about: a node, or a guest and its node, of which the alarm says nothing yet. */
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {rangeSeconds} from '../../harness/parse/alarm-probe.ts';
import {waitForAlarm} from '../../harness/probes/alarms/driver.ts';
import type {Cluster, Guest, Host, Monitoring, Trial} from '../../harness/types.ts';
import {nodesOfGuests} from '../steps/placement.ts';
import {namesOf} from './about.ts';
import type {Alarm} from './alarms.ts';
import {folderOf} from './causes.ts';
import {done} from './done.ts';

export interface Place {
  monitoring: Monitoring;
  rule: string;
  node: Host;
  guest: Guest | undefined;
  /** On the node. */
  guests: readonly Guest[];
  names: readonly string[];
  /** Of the folder that is filled. */
  mountpoint: string | undefined;
}

/** What the inventory says of the alarm. */
export function ruleOf({monitoring}: Cluster, {kind}: Alarm): Pick<Place, 'monitoring' | 'rule'> {
  const rule = monitoring?.alerts[kind];
  if (monitoring === undefined || rule === undefined) throw new Error(`the inventory names no rule for ${kind}`);
  return {monitoring, rule};
}

/** The node of this guest, and the guest; where nothing is said of guests, the first node does. */
async function placeOf(cluster: Cluster, alarm: Alarm, guest: Guest | undefined): Promise<Place> {
  const {nodes} = cluster;
  const {kind, about} = alarm;
  const places = await nodesOfGuests(cluster);
  const at = guest === undefined ? nodes[0]?.name : places.get(guest)?.[0];
  const node = nodes.find(({name}) => name === at);
  if (node === undefined) throw new Error(`${guest?.name ?? 'no guest'} runs on none of the nodes`);
  const guests = cluster.guests.filter(each => places.get(each)?.includes(node.name));
  const named = about === 'guest' ? guest : undefined;
  const ofNode = about === 'cluster' ? [] : namesOf(node);
  const names = named === undefined ? ofNode : [named.name];
  const mountpoint = folderOf(kind) === 'storage' ? await mountpointOf(cluster, node) : undefined;
  return {...ruleOf(cluster, alarm), node, guest: named, guests, names, mountpoint};
}

/** Of the folder that is filled: its alert is another's where it names another one. */
async function mountpointOf({transport, monitoring}: Cluster, node: Host): Promise<string> {
  const said = await stdoutOf(transport, node, readOnly(['stat', '-c', '%m', monitoring?.folders.storage ?? '']));
  return done(said).trim();
}

/**
 * Where it is quiet, before there is a cause. What lasts for minutes may still be there of an earlier cause: then
 * another guest is as good, or the first is waited for: for as long as the rule, whose expression is `query`, looks
 * back, and `quietSeconds` more. Throws where it is not quiet then.
 */
export async function quietPlace(
  {cluster, say}: Pick<Trial, 'cluster' | 'say'>,
  alarm: Alarm,
  query: string,
  quietSeconds: number,
): Promise<Place> {
  const [first, ...others] = cluster.guests;
  for (const guest of alarm.lasts ? [first, ...others] : [first]) {
    const place = await placeOf(cluster, alarm, guest);
    if (await isQuiet(cluster, place, 0)) return place;
  }
  say('waiting until it is quiet, before there is a cause');
  const place = await placeOf(cluster, alarm, first);
  const lasts = alarm.lasts ? rangeSeconds(query) : 0;
  if (await isQuiet(cluster, place, lasts + quietSeconds)) return place;
  const {rule, node} = place;
  throw new Error(
    `before there is a cause ${rule} fires or is about to, or an exporter of ${node.name} does not answer: nothing that comes would show anything`,
  );
}

/** Within so many seconds: neither does it fire nor is it about to, and the node's exporters answer. */
async function isQuiet(cluster: Cluster, {monitoring, rule, names, node}: Place, seconds: number): Promise<boolean> {
  const asked = {mode: 'quiet', pending: true, rule, names, node: namesOf(node)} as const;
  return done(await waitForAlarm(cluster, monitoring, asked, seconds));
}
