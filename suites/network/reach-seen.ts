/** What an answer means: a plane reached, a host that answers for its other interface, or two planes that are one. */
import type {ReachAnswer, ReachSeen} from '../../harness/probes/reach/driver.ts';
import {type ReachPlan, type Try, triesOf, type Wire, wireName} from './reach-plan.ts';

/**
 * `weak-host`: the other host is in the plane itself, and answers there for an address of another of its interfaces.
 * `joined`: the other interface was reached, so that the planes are one on the wire. `routed`: somebody between them
 * passes packets on.
 */
export type Seen = 'none' | 'answered' | 'weak-host' | 'joined' | 'routed';

export interface Tried extends Try {
  seen: Seen;
  /** A few words of what was seen. */
  how: string;
}

/** What everybody who tried has seen, by name. */
export type AllSeen = ReadonlyMap<string, ReachSeen>;

export function judgeTries(plan: ReachPlan, all: AllSeen): readonly Tried[] {
  const cards = cardsOf(plan, all);
  return [...all].flatMap(([owner, seen]) => {
    const tries = triesOf(plan, owner);
    const joined = (from: Wire, to: Wire) =>
      tries.some(
        each =>
          each.expect === 'self' &&
          each.from === from &&
          sharePlane(each.to, to) &&
          answersTo(seen, each).some(isProbe),
      );
    return tries
      .filter(({expect}) => expect !== 'self')
      .map(each => ({...each, ...meaning(each, answersTo(seen, each), plan, cards, joined(each.from, each.to))}));
  });
}

/** Tried within one plane. */
const isNear = (expect: Try['expect']) => expect === 'answer' || expect === 'sign';
const isProbe = ({by}: ReachAnswer) => by === 'arp';
const sharePlane = (a: Wire, b: Wire) => a.planes.some(each => b.planes.includes(each));
const answersTo = ({answers}: ReachSeen, {from, to}: Try) =>
  answers.filter(({plane, target}) => plane === wireName(from) && target === to.id);

/** Address in hardware → the wires that have it, as their owners say, and as others were answered in the same plane. */
function cardsOf(plan: ReachPlan, all: AllSeen): ReadonlyMap<string, readonly Wire[]> {
  const cards = new Map<string, Wire[]>();
  const add = (mac: string, wire: Wire | undefined) => {
    const known = cards.get(mac) ?? [];
    if (wire !== undefined && !known.includes(wire)) cards.set(mac, [...known, wire]);
  };
  for (const [owner, {devices, answers}] of all) {
    for (const [name, {mac}] of Object.entries(devices)) {
      add(
        mac,
        plan.wires.find(wire => wire.owner === owner && wireName(wire) === name),
      );
    }
    const near = triesOf(plan, owner).filter(({expect, to}) => isNear(expect) && to.kind !== 'host');
    for (const each of near) {
      for (const one of answers) {
        if (one.by === 'arp' && one.plane === wireName(each.from) && one.target === each.to.id) add(one.mac, each.to);
      }
    }
  }
  return cards;
}

type Meaning = Pick<Tried, 'seen' | 'how'>;

function meaning(
  {from, to, expect}: Try,
  answers: readonly ReachAnswer[],
  plan: ReachPlan,
  cards: ReadonlyMap<string, readonly Wire[]>,
  sameWire: boolean,
): Meaning {
  if (answers.length === 0) return {seen: 'none', how: 'no answer'};
  if (isNear(expect)) return {seen: 'answered', how: [...new Set(answers.map(({by}) => by))].join(', ')};
  const meanings = answers.flatMap((answer): readonly Meaning[] => {
    if (answer.by === 'arp') return [probeMeaning(answer.mac, from, to, cards.get(answer.mac) ?? [], sameWire)];
    return answer.by === 'hop' ? [hopMeaning(answer.via, to, plan)] : [];
  });
  // The kernel's own echo or connection went the way that a probe shows; without one, through a gateway.
  if (!answers.some(isProbe) && answers.some(({by}) => by === 'echo' || by === 'tcp')) {
    const how = answers.map(one => (one.by === 'tcp' ? `TCP port ${one.port} ${one.how}` : one.by));
    meanings.push({seen: 'routed', how: `${[...new Set(how)].join(', ')} through a gateway`});
  }
  const worst = (['joined', 'routed', 'weak-host'] as const).find(seen => meanings.some(each => each.seen === seen));
  return meanings.find(({seen}) => seen === worst) ?? {seen: 'routed', how: 'an answer that nothing explains'};
}

function probeMeaning(mac: string, from: Wire, to: Wire, owners: readonly Wire[], sameWire: boolean): Meaning {
  const own = owners.filter(({owner}) => owner === to.owner);
  const other = owners.find(({owner}) => owner !== to.owner);
  const here = own.some(wire => sharePlane(wire, from));
  const there = own.includes(to);
  // Interfaces of one card may have one address in hardware: whether the planes are one, its own probes say.
  if (here && (!there || !sameWire)) {
    return {seen: 'weak-host', how: `${to.owner} answers in ${wireName(from)} for its address of ${wireName(to)}`};
  }
  if (own.length === 0 && other !== undefined) return {seen: 'routed', how: `${other.owner} answers in its place`};
  return {seen: 'joined', how: `the interface itself (${mac}) answers in ${wireName(from)}`};
}

function hopMeaning(via: string, to: Wire, {wires}: ReachPlan): Meaning {
  const hop = wires.find(({address}) => address === via)?.owner ?? via;
  if (hop === to.owner) return {seen: 'weak-host', how: `${hop} takes packets for another of its interfaces`};
  return {seen: 'routed', how: `${hop} passes packets on`};
}
