/**
 * The phases of a failover as a contiguous chain, held against the time in which the client heard nothing. Pure.
 *
 * Each phase ends at a moment that some source saw, and begins at the one before it. Where a moment that every
 * recovery has was not seen, nobody can say which phase took the time around it: that is unexplained, and so is
 * silence before the fault, after the guest's return, and between the guest's own start and the first it was heard.
 */

/** In the order in which a recovery goes through them. */
const order = [
  'membership',
  'quorum',
  'fencing-requested',
  'fence-done',
  'fenced',
  'start-requested',
  'storage-serving',
  'storage-free',
  'kernel',
  'started',
  'service',
  'durable',
] as const;
export type PhaseName = (typeof order)[number];
export const phaseNames: readonly PhaseName[] = order;

/** Without them it is not known what the time between their neighbours went to; the others only split a phase. */
const required: readonly PhaseName[] = [
  'membership',
  'fencing-requested',
  'fenced',
  'start-requested',
  'kernel',
  'service',
];

export type Moments = Readonly<Partial<Record<PhaseName, number>>>;

export interface Interval {
  fromSeconds: number;
  untilSeconds: number;
}

/** Named by the moment that ends it; `network`: requests that were answered in the end were on their way. */
export interface Phase extends Interval {
  name: PhaseName | 'network' | 'unexplained';
}

/** Of the guest's new life, since the injection. */
export interface Heard {
  /** Its server began. */
  serverSeconds: number;
  /** The request was sent that it answered first. */
  sentSeconds: number;
  /** From both of them to the first reply at the latest, where nothing holds it up. */
  slackSeconds: number;
}

/** From the injection on, in time; `moments` in seconds since then. The phases add up to the last moment. */
export function phasesFrom(moments: Moments, heard?: Heard): readonly Phase[] {
  const chain = inTime(moments);
  return chain.flatMap(({name, seconds}, index): readonly Phase[] => {
    const before = chain[index - 1];
    const fromSeconds = before?.seconds ?? 0;
    if (seconds <= fromSeconds) return [];
    const phase = {name, fromSeconds, untilSeconds: seconds};
    if (lacks(moments, before?.name, name)) return [{...phase, name: 'unexplained'}];
    if (name !== 'service' || heard === undefined) return [phase];
    return untilHeard(phase, heard);
  });
}

/** The guest starts, is there and gets no request, and gets one late: client and network held it until then. */
function untilHeard(service: Phase, {serverSeconds, sentSeconds, slackSeconds}: Heard): readonly Phase[] {
  const {fromSeconds, untilSeconds} = service;
  const begun = Math.max(fromSeconds, serverSeconds);
  if (untilSeconds - begun <= slackSeconds) return [service];
  const sent = sentSeconds - begun <= slackSeconds ? begun : sentSeconds;
  const held = untilSeconds - sent > slackSeconds ? sent : untilSeconds;
  const parts: readonly Phase[] = [
    {...service, untilSeconds: begun},
    {name: 'unexplained', fromSeconds: begun, untilSeconds: held},
    {name: 'network', fromSeconds: held, untilSeconds},
  ];
  return parts.filter(part => lengthOf(part) > 0);
}

/**
 * The moments that lie on the way. The storage may be back before anybody asks for it: that was beside the way. What
 * Pacemaker confirms when the guest is heard already held nothing up.
 */
function inTime(moments: Moments): readonly {name: PhaseName; seconds: number}[] {
  const {'start-requested': asked = Number.POSITIVE_INFINITY, service = Number.POSITIVE_INFINITY} = moments;
  const end = moments.durable ?? service;
  let reached = 0;
  return order
    .flatMap(name => {
      const seconds = moments[name];
      if (seconds === undefined || seconds > end) return [];
      if (name.startsWith('storage-') && seconds <= asked) return [];
      if (name === 'started' && seconds > service) return [];
      // Written down after the start that it allowed.
      if (name === 'fenced' && seconds > asked) return [];
      return [{name, seconds}];
    })
    .sort((one, two) => one.seconds - two.seconds)
    .map(({name, seconds}) => {
      reached = Math.max(reached, seconds);
      return {name, seconds: reached};
    });
}

/** Whether a moment that every recovery has should lie between these two and was not seen. */
function lacks(moments: Moments, from: PhaseName | undefined, until: PhaseName): boolean {
  const first = from === undefined ? -1 : order.indexOf(from);
  return required.some(name => {
    const place = order.indexOf(name);
    return moments[name] === undefined && place > first && place < order.indexOf(until);
  });
}

export interface Silence {
  /** In which the client heard nothing. */
  seconds: number;
  /** Of that, what no phase covers, longest first. */
  unexplained: readonly Interval[];
}

/** `silent`: in order, without overlaps. */
export function heldAgainst(phases: readonly Phase[], silent: readonly Interval[]): Silence {
  const explained = phases.filter(({name}) => name !== 'unexplained');
  const unexplained = silent
    .flatMap(window => outside(window, explained))
    .sort((one, two) => lengthOf(two) - lengthOf(one));
  return {seconds: silent.reduce((sum, window) => sum + lengthOf(window), 0), unexplained};
}

export function lengthOf({fromSeconds, untilSeconds}: Interval): number {
  return untilSeconds - fromSeconds;
}

/** What of a window none of these covers; they are in order. */
function outside(window: Interval, covers: readonly Interval[]): readonly Interval[] {
  const left: Interval[] = [];
  let from = window.fromSeconds;
  for (const cover of covers) {
    const until = Math.min(cover.fromSeconds, window.untilSeconds);
    if (until > from) left.push({fromSeconds: from, untilSeconds: until});
    from = Math.max(from, cover.untilSeconds);
  }
  if (window.untilSeconds > from) left.push({fromSeconds: from, untilSeconds: window.untilSeconds});
  return left;
}
