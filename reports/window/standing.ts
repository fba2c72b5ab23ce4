/** From the verdicts so far to what a planner asks of them: what is open, and how it stands. */
import type {Claim, Sample, Target, Unruled} from '../../harness/types.ts';
import {type Provides, scenariosFor} from '../judge/claims.ts';
import {gather, type TrialValue} from '../judge/evidence.ts';
import {moreWillNotHelp, sideOf} from '../judge/finding.ts';
import {pair} from '../judge/ratio.ts';
import {anotherLoad} from '../judge/under.ts';
import {metricNamed} from '../metrics.ts';
import type {Judged} from '../run/build.ts';
import type {ClaimVerdict} from '../run/report.ts';
import {mean, variance} from '../stats/numbers.ts';
import {toleranceTrials} from '../stats/tolerance.ts';
import type {Offer, OpenClaim, OpenTarget} from './next.ts';
import {type Prospect, stillOpen} from './prospect.ts';

/** What could be tried: scenarios with their parameters, and the profiles they can be tried under. */
export interface Possible {
  offers: readonly Pick<Offer, 'scenario' | 'parameters'>[];
  profiles: readonly string[];
  provides: Provides;
  unruled: Unruled;
}

type Standing = {claims: readonly {verdict: ClaimVerdict; judged: readonly Judged[]}[]; samples: readonly Sample[]};

/** Promises that trials of what there is could decide and have not. */
export function openClaims({claims, samples}: Standing, possible: Possible): readonly OpenClaim[] {
  return claims.flatMap(({verdict, judged}) => {
    if (verdict.kind !== 'undecided') return [];
    const open = judged.filter(one => one.verdict.verdict.kind === 'undecided');
    const targets = open.map(one => openTarget(one, verdict.claim, samples, possible));
    if (targets.every(({scenarios}) => scenarios.length === 0)) return [];
    // What one bound cannot be shown for can only be missed.
    const lacking = targets.some(({scenarios}) => scenarios.length === 0);
    return [{id: verdict.claim.id, targets: targets.map(each => ({...each, barred: each.barred || lacking}))}];
  });
}

/** Promises of which anything can be tried: those that a window is reckoned over. */
export function triable(claims: readonly Claim[], possible: Possible): readonly string[] {
  return claims.flatMap(claim =>
    claim.targets.some(target => servingScenarios(target, claim, possible).length > 0) ? [claim.id] : [],
  );
}

function servingScenarios(target: Target, claim: Claim, possible: Possible): readonly string[] {
  const {profiles, provides} = possible;
  const offered = possible.offers.filter(({parameters}) => anotherLoad(target, parameters) === undefined);
  if (leftOpen(target, possible) === 'everything') return [];
  const wanted = target.against ?? (target.where.profile === undefined ? [] : [target.where.profile]);
  if (wanted.some(profile => !profiles.includes(profile))) return [];
  const named = target.where.scenario;
  const serving = named === undefined ? scenariosFor(claim, provides) : [named];
  return serving.filter(
    name =>
      offered.some(({scenario}) => scenario === name) && provides[name]?.provides.includes(target.metric) !== false,
  );
}

function leftOpen({metric, where}: Target, {unruled}: Possible): 'everything' | 'met' | undefined {
  return metric === 'conformance.broken' ? unruled.get(where.claim ?? '') : undefined;
}

function openTarget(
  {verdict: {target, verdict, samples: indices}, owed, forbidden}: Judged,
  claim: Claim,
  samples: readonly Sample[],
  possible: Possible,
): OpenTarget {
  const own = indices.flatMap(index => samples[index] ?? []);
  const {values, holes, faults, mixture} = gather(target, own, owed);
  const telling = values.filter(value => tells(target, value));
  const silent = values.length - telling.length + holes.length;
  const hopeless =
    mixture !== undefined ||
    (verdict.kind === 'undecided' && isHopeless(target, verdict.reason, telling.length, silent));
  const {where, against} = target;
  const needed = verdict.kind === 'undecided' ? verdict.trialsNeeded : undefined;
  return {
    id: target.id,
    scenarios: hopeless ? [] : servingScenarios(target, claim, possible),
    profiles: against ?? (where.profile === undefined ? possible.profiles : [where.profile]),
    compares: target.statistic === 'ratio',
    prospect: lessSilent(prospectOf(target, telling, needed), silent),
    barred: forbidden || holes.length > 0 || faults.length > 0 || leftOpen(target, possible) === 'met',
  };
}

/** So many trials that say nothing, and the next will say nothing either. */
const mostSilent = 2;

/** Whether further trials would leave it as it is. */
function isHopeless(target: Target, reason: string, telling: number, silent: number): boolean {
  if (target.statistic === 'observed') return telling + silent > 0;
  return (telling === 0 && silent >= mostSilent) || reason.includes(moreWillNotHelp);
}

/** A value that may lie on either side of its bound (no more is known than "at least so much") speaks for neither. */
function tells(target: Target, {low, high}: TrialValue): boolean {
  if (target.statistic === 'observed' || target.statistic === 'worst' || target.statistic === 'ratio') return true;
  return sideOf(sideBound(target), low, high) !== 'both';
}

/** What one value is held against: of a proportion the limit that each of them keeps or breaks. */
function sideBound(target: Target): Pick<Target, 'relation' | 'bound'> {
  if (target.statistic !== 'proportion') return target;
  const better = metricNamed(target.metric)?.better;
  return {relation: better === 'higher' ? 'at-least' : 'at-most', bound: target.limit ?? Number.NaN};
}

/** Where some trials said nothing, as many of those to come will not either. */
function lessSilent(prospect: Prospect, silent: number): Prospect {
  if (prospect.kind === 'once' || prospect.kind === 'every' || silent === 0) return prospect;
  // Worth less already: `n` is what they count for, and at least one of them told something.
  const telling = Math.max(1, prospect.n / prospect.worth);
  return {...prospect, worth: (prospect.worth * (telling + 1)) / (telling + silent + 1)};
}

function prospectOf(target: Target, values: readonly TrialValue[], trialsNeeded: number | undefined): Prospect {
  const {confidence} = target;
  switch (target.statistic) {
    case 'observed':
      return {kind: 'once'};
    case 'worst': {
      const needed = toleranceTrials(target.reliability ?? 0.95, confidence);
      const most = Math.max(needed.ok ? needed.value : 1, trialsNeeded ?? 0);
      return {kind: 'every', clean: values.length, needed: most};
    }
    case 'ratio':
      return stillOpen(effectOf(target, values), trialsNeeded);
    case 'proportion':
      return stillOpen({...sharesOf(target, values), share: target.bound, confidence}, trialsNeeded);
    default:
      return stillOpen({...sharesOf(target, values), share: 0.5, confidence}, trialsNeeded);
  }
}

function sharesOf(target: Target, values: readonly TrialValue[]) {
  const kept = values.filter(({low, high}) => sideOf(sideBound(target), low, high) === 'good').length;
  return {kind: 'share' as const, kept, n: values.length, worth: 1};
}

function effectOf(target: Target, values: readonly TrialValue[]): Extract<Prospect, {kind: 'effect'}> {
  const {confidence, bound, relation} = target;
  const {pairs} = target.against === undefined ? {pairs: []} : pair(values, target.against);
  const n = pairs.length;
  const logs = pairs.map(({before, after}) => Math.log(after.value / before.value / bound));
  const deviation = n < 2 ? 0 : Math.sqrt(variance(logs));
  if (deviation === 0) return {kind: 'effect', n, worth: 1, confidence};
  return {
    kind: 'effect',
    n,
    worth: 1,
    effect: ((relation === 'at-least' ? 1 : -1) * mean(logs)) / deviation,
    confidence,
  };
}
