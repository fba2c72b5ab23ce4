/**
 * Whether a cause bit, by the quantity that the alert watches: only then may it be said that the alert did not fire.
 * Pure. Rules are others' texts: a share may be written in percent, and of what is free or of what is used.
 */
import type {AlarmFacts} from '../../harness/parse/alarm-probe.ts';
import {type Bound, boundOf, rangeSeconds, secondsOf} from '../../harness/parse/alarm-probe.ts';
import type {TimedNumbers} from '../../harness/parse/timed-numbers.ts';
import type {Quantity} from '../../harness/probes/alarms/quantity.ts';
import type {AlarmKind} from '../../harness/types.ts';

/** What of a rule decides. */
export interface Watching {
  query: string;
  forSeconds: number;
  evaluationSeconds: number;
  scrapeSeconds: number;
}

/** The longest between two looks of any exporter counts. */
export function watchingOf({rule, scrape}: AlarmFacts): Watching | undefined {
  if (rule === null) return undefined;
  const {query, forSeconds, evaluationSeconds} = rule;
  return {query, forSeconds, evaluationSeconds, scrapeSeconds: Math.max(...scrape.map(each => secondsOf(each) ?? 60))};
}

interface Value {
  at: number;
  value: number;
}

interface Watched {
  quantity: Quantity;
  /** A look that says nothing yet gives no value. */
  values(looks: readonly TimedNumbers[], rule: Watching): readonly Value[];
  /** Undefined where the rule does not say what can be held against it. */
  beyond(value: number, rule: Watching, margin: number): boolean | undefined;
  words(values: readonly number[], looks: readonly TimedNumbers[]): string;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const first = (looks: readonly TimedNumbers[]): readonly Value[] =>
  looks.map(({at, numbers: [value = Number.NaN]}) => ({at, value}));

/** Bounds above 1 are percent. */
function shareIsBeyond(free: number, query: string, guide: Bound): boolean {
  const {relation, bound} = boundOf(query) ?? guide;
  const share = bound > 1 ? bound / 100 : bound;
  return relation.startsWith('<') ? free < share : 1 - free > share;
}

function freeShare(guide: Bound): Watched {
  return {
    quantity: 'room',
    values: looks => looks.map(({at, numbers: [free = Number.NaN, all = 0]}) => ({at, value: free / all})),
    beyond: (free, {query}) => shareIsBeyond(free, query, guide),
    words: values => `${percent(Math.min(...values))} of it were free at the least`,
  };
}

const gone = (quantity: Quantity, words: (longest: number) => string): Watched => ({
  quantity,
  values: first,
  beyond: value => value === 0,
  words: values => words(values.filter(value => value === 0).length / values.length),
});

/** Share of its virtual CPUs that a guest's QEMU had, over as long as the rule reckons. */
function processorShares(looks: readonly TimedNumbers[], {query, scrapeSeconds}: Watching): readonly Value[] {
  const over = Math.max(rangeSeconds(query), scrapeSeconds);
  return looks.flatMap(({at, numbers: [used = 0, vcpus = 0]}) => {
    const before = looks.findLast(each => at - each.at >= over);
    if (before === undefined || vcpus === 0) return [];
    return [{at, value: (used - (before.numbers[0] ?? 0)) / (at - before.at) / vcpus}];
  });
}

/** Exporters reckon a little otherwise: what is hardly more than the bound need not be beyond it, and may be. */
const clearly = 1.1;
const perhaps = 0.8;

/** Of the whole time: what of the host's processors nobody used, and what its own hypervisor took. */
function hostWords(looks: readonly TimedNumbers[]): string {
  const ticks = (look: TimedNumbers | undefined) => look?.numbers.slice(2, 10) ?? [];
  const from = ticks(looks[0]);
  const spent = ticks(looks.at(-1)).map((each, index) => each - (from[index] ?? 0));
  const all = spent.reduce((sum, each) => sum + each, 0);
  const [, , , idle = 0, , , , stolen = 0] = spent;
  return all > 0
    ? `; of the processors of its host ${percent(idle / all)} were idle and ${percent(stolen / all)} stolen`
    : '';
}

/** A state that no look of an exporter's can have missed. */
function stateChanges(looks: readonly TimedNumbers[], {scrapeSeconds}: Watching): readonly Value[] {
  let changes = 0;
  let [state] = looks[0]?.numbers ?? [];
  let since = looks[0]?.at ?? 0;
  let seen = true;
  return looks.map(({at, numbers: [now]}) => {
    if (now !== state) {
      state = now;
      since = at;
      seen = false;
    }
    if (!seen && at - since >= scrapeSeconds) {
      seen = true;
      changes += 1;
    }
    return {at, value: changes};
  });
}

/** The comparisons of a rule that asks for a load and for a disk. */
function bothParts(query: string): {load: string; disk: string} {
  const parts = query.split(/\band\b/i);
  const of = (load: boolean) => parts.find(each => /load/i.test(each) === load) ?? '';
  return {load: of(true), disk: of(false)};
}

/** A load counts while the disk is as full as the rule asks for. One that is held against processors is not known. */
const overloaded: Watched = {
  quantity: 'load',
  values: (looks, {query}) =>
    looks.map(({at, numbers: [load = Number.NaN, free = Number.NaN, all = 0]}) => {
      const full = shareIsBeyond(free / all, bothParts(query).disk, {relation: '>', bound: 0.85});
      return {at, value: full ? load : 0};
    }),
  beyond(load, {query}) {
    const part = bothParts(query).load;
    const bound = part.includes('/') ? undefined : boundOf(part)?.bound;
    return bound === undefined ? undefined : load > bound;
  },
  words: values => `its load was ${Math.max(...values).toFixed(1)} at the most while its disk was full enough`,
};

/**
 * Ceph's health is 0, 1 or 2: a rule that asks for an error does not fire of a warning. One on a check of it has 1 for
 * whatever it is raised by.
 */
function healthIsBeyond(value: number, {query}: Watching): boolean | undefined {
  const found = boundOf(query);
  if (found === undefined || !/\bceph_health_(?:status|detail)\b/.test(query)) return undefined;
  if (/\bceph_health_detail\b/.test(query)) return value > 0;
  const {relation, bound} = found;
  const holds: Readonly<Record<string, boolean>> = {
    '<': value < bound,
    '<=': value <= bound,
    '>': value > bound,
    '>=': value >= bound,
    '==': value === bound,
    '!=': value !== bound,
  };
  return holds[relation];
}

const watched: Readonly<Record<AlarmKind, Watched>> = {
  'node-down': gone('answers', share => `it did not answer in ${percent(share)} of the looks`),
  'storage-low': freeShare({relation: '<', bound: 0.2}),
  'disk-used': freeShare({relation: '>', bound: 0.9}),
  'guest-cpu': {
    quantity: 'processors',
    values: processorShares,
    beyond: (share, {query}, margin) => {
      const {bound} = boundOf(query) ?? {bound: 0.85};
      return share > margin * (bound > 1 ? bound / 100 : bound);
    },
    words: (values, looks) =>
      `its QEMU had ${percent(Math.max(...values))} of its virtual CPUs at the most${hostWords(looks)}`,
  },
  'logs-large': {
    quantity: 'bytes',
    values: first,
    beyond: (bytes, {query}) => bytes > (boundOf(query)?.bound ?? 10e9),
    words: values => `its files had ${Math.max(...values)} bytes at the most`,
  },
  'guest-state': {
    quantity: 'state',
    values: stateChanges,
    beyond: (changes, {query}) => changes > (boundOf(query)?.bound ?? 2),
    words: values => `its state changed ${Math.max(...values)} times, each for as long as exporters take to look`,
  },
  overload: overloaded,
  'exporter-silent': gone('daemon', share => `the daemon was gone in ${percent(share)} of the looks`),
  'ceph-health': {
    quantity: 'health',
    values: first,
    beyond: healthIsBeyond,
    words: values => `Ceph itself was not well in ${percent(values.filter(value => value > 0).length / values.length)}`,
  },
};

export const quantityOf = (kind: AlarmKind): Quantity => watched[kind].quantity;

/** How long the quantity must be beyond its bound, or back within it, for any look at it to have seen that. */
function neededSeconds({scrapeSeconds, evaluationSeconds}: Watching, forSeconds: number): number {
  return forSeconds + 1.25 * (scrapeSeconds + evaluationSeconds) + 2;
}

/** Between two looks that are further apart anything may have happened. */
const mostGapSeconds = 10;

interface Span {
  /** By the clock of the looks. */
  from: number;
  to: number;
}

/** Those of this time; where changes are counted, with the one before it: what it was changed from. */
function looksIn(kind: AlarmKind, all: readonly TimedNumbers[], {from, to}: Span): readonly TimedNumbers[] {
  const inside = all.filter(({at}) => at >= from && at <= to);
  const before = all.findLast(({at}) => at < from && from - at <= mostGapSeconds);
  return kind === 'guest-state' && before !== undefined ? [before, ...inside] : inside;
}

/** Why it is not known that the cause bit in this time; nothing where it did. */
export function bluntness(
  kind: AlarmKind,
  all: readonly TimedNumbers[],
  rule: Watching,
  span: Span,
): string | undefined {
  const looks = looksIn(kind, all, span);
  const {values, beyond, words} = watched[kind];
  const found = values(looks, rule);
  if (found.length === 0) return 'what the alert watches was not seen on the cluster itself';
  if (found.some(({value}) => beyond(value, rule, clearly) === undefined))
    return 'its rule compares with what is not known';
  const longest = longestStretch(found, value => beyond(value, rule, clearly) === true);
  const needed = neededSeconds(rule, rule.forSeconds);
  if (longest >= needed) return undefined;
  const said = words(
    found.map(({value}) => value),
    looks,
  );
  return `${said}; beyond the bound of its rule for ${longest.toFixed(1)} s, of the ${needed.toFixed(1)} s that it takes to be seen`;
}

/** Fewer looks may all have been before the cause was whole. */
const fewestLooks = 4;

/**
 * Why an alert that fired in this time is none of the cause's: what it watches was looked at all the while, and never
 * was beyond its bound. Nothing where it was, or nobody knows.
 */
export function contradiction(
  kind: AlarmKind,
  all: readonly TimedNumbers[],
  rule: Watching,
  span: Span,
): string | undefined {
  const looks = looksIn(kind, all, span);
  const {values, beyond, words} = watched[kind];
  // A state that lasted for a moment may have been seen by an exporter too.
  const found = values(looks, kind === 'guest-state' ? {...rule, scrapeSeconds: 0} : rule);
  if (found.length < fewestLooks) return undefined;
  const judged = found.map(({value}) => beyond(value, rule, perhaps));
  if (judged.some(each => each !== false)) return undefined;
  const said = words(
    found.map(({value}) => value),
    looks,
  );
  return `it fired, and ${said}`;
}

function longestStretch(values: readonly Value[], wanted: (value: number) => boolean): number {
  let longest = 0;
  let start: number | undefined;
  let before = Number.NaN;
  for (const {at, value} of values) {
    if (!wanted(value)) start = undefined;
    else if (start === undefined || at - before > mostGapSeconds) start = at;
    else longest = Math.max(longest, at - start);
    before = at;
  }
  return longest;
}

/** When what the alert watches was within its bound again, for the rest of this time; undefined where it was not. */
export function backAt(
  kind: AlarmKind,
  looks: readonly TimedNumbers[],
  rule: Watching,
  {from, to}: Span,
): number | undefined {
  const {values, beyond} = watched[kind];
  const found = values(looks, rule).filter(({at}) => at >= from && at <= to);
  const last = found.findLastIndex(({value}) => beyond(value, rule, clearly) !== false);
  return last < 0 ? undefined : found[last + 1]?.at;
}

/** Why it is not known that the cause was gone for long enough at the end; nothing where it was. */
export function lingering(
  kind: AlarmKind,
  looks: readonly TimedNumbers[],
  rule: Watching,
  {from, to}: Span,
): string | undefined {
  const {values, beyond} = watched[kind];
  const found = values(looks, rule).filter(({at}) => at >= from && at <= to);
  const last = found.findLastIndex(({value}) => beyond(value, rule, clearly) !== false);
  const back = found.slice(last + 1);
  const seconds = (back.at(-1)?.at ?? 0) - (back[0]?.at ?? 0);
  const needed = neededSeconds(rule, 0);
  if (seconds >= needed) return undefined;
  if (found.length === 0) return 'what the alert watches was not seen on the cluster itself';
  return `what it watches was within its bound for ${seconds.toFixed(1)} s, of the ${needed.toFixed(1)} s that it takes to be seen`;
}
