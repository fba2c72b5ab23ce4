/** What a guest of the struck node went through: when it served again, elsewhere and for good. Pure. */
import type {Artefacts, Finding, Measured, ParseError, Sample} from '../../harness/types.ts';
import {
  blackouts,
  bootOf,
  firstDurable,
  type LifeSpan,
  lifeSpans,
  rateBack,
  rateWindowSeconds,
} from '../../reports/beacon/index.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {watchArtefact} from '../steps/watch.ts';
import {activeOn} from './domains.ts';
import {withLedger} from './own-ledger.ts';
import {injectionSeconds, moment, momentAt, type Seen, sinceInjection} from './seen.ts';

/** A guest that was silent for longer when the fault came, or when the watch ended, was not there. */
const awaySeconds = 1;

export function measureVictim(raw: Artefacts, seen: Seen, guest: string): Measured {
  const {log} = seen;
  const lives = lifeSpans(log, guest) ?? [];
  const before = lives.filter(life => sinceInjection(seen, life.firstReplySeconds) < 0);
  const unfit = before.length === 0 ? 'none: nothing is known about its recovery' : awayBefore(seen, guest);
  if (unfit !== undefined) {
    const problem: ParseError = {
      artefact: watchArtefact,
      path: guest,
      expected: 'replies before the fault',
      found: unfit,
    };
    return withLedger(raw, seen, guest, onlyProblems(problem));
  }
  const known = new Set(before.map(life => life.bootId));
  const anew = lives.filter(life => !known.has(life.bootId));
  // It is back when the life that stays is.
  const last = anew.at(-1);
  const next = last !== undefined && stays(raw, seen, guest) ? last : undefined;
  const durable = next && firstDurable(log, guest, next.bootId);
  const own = together([
    moment(seen, guest, 'failover.service', 'first reply of a new life', next?.firstReplySeconds),
    moment(seen, guest, 'failover.durable', 'first durable write of a new life', durable?.atSeconds),
    {...onlyProblems(), samples: next === undefined ? [] : newLife(seen, guest, next.bootId)},
    {...onlyProblems(), findings: startedAgain(guest, anew)},
  ]);
  return withLedger(raw, seen, guest, own);
}

/** A guest that was gone when the fault came shows nothing of it. */
function awayBefore(seen: Seen, guest: string): string | undefined {
  const window = (blackouts(seen.log, guest) ?? [])
    .map(({fromSeconds, seconds}) => ({
      from: sinceInjection(seen, fromSeconds),
      until: sinceInjection(seen, fromSeconds + seconds),
    }))
    .find(({from, until}) => from < -awaySeconds - seen.clock.halfWidthMs / 1000 && until > 0);
  return window && `the last one ${(-window.from).toFixed(1)} s before: it was away already`;
}

/** It answered until the watch ended, and not from the node that was to lose it. */
function stays(raw: Artefacts, {facts, log}: Seen, guest: string): boolean {
  const gone = (blackouts(log, guest) ?? []).some(
    ({toSeconds, seconds}) => toSeconds === undefined && seconds > awaySeconds,
  );
  const node = facts.victims.find(victim => victim.guest === guest)?.node ?? facts.struck;
  // Active elsewhere as well, it lives twice: that is a critical finding of its own (domains.ts), and no time.
  const active = activeOn(raw, guest);
  const remained = facts.fate === 'moved' && active.length > 0 && active.every(at => at === node);
  return !gone && !remained;
}

function startedAgain(guest: string, [first, ...more]: readonly LifeSpan[]): readonly Finding[] {
  const last = more.at(-1);
  if (first === undefined || last === undefined) return [];
  const seconds = (last.firstReplySeconds - first.firstReplySeconds).toFixed(1);
  const detail = `${guest} was started ${more.length + 1} times: the life that stays answered ${seconds} s after the first of them`;
  return [{severity: 'warning', invariant: 'a guest that comes back stays', detail, artefact: watchArtefact}];
}

/** What the new life itself tells; what was not seen before the watch ended has no number. */
function newLife(seen: Seen, guest: string, bootId: string): readonly Sample[] {
  const {log} = seen;
  const boot = bootOf(log, guest, bootId);
  const rate = rateBack(log, guest, injectionSeconds(seen), bootId);
  const at = (metric: string, what: string, seconds: number | undefined, more: number) =>
    seconds === undefined ? [] : [momentAt(seen, guest, metric, what, seconds, more)];
  return [
    ...at('failover.kernel', 'uptime of the new life', boot?.kernelSeconds, boot?.earlierSeconds ?? 0),
    ...at('failover.recovered', `${rate?.before ?? 0} writes/s before the fault`, rate?.atSeconds, rateWindowSeconds),
  ];
}
