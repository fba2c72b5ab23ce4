/** What a capacity report says in words: the same in every format. */
import type {Estimate} from '../../harness/types.ts';
import {oneLine} from '../words/text.ts';
import {formatBound, formatEstimate, formatQuantity, formatShare} from '../words/units.ts';
import {guideTransactionsPerDay, type Headroom} from './headroom.ts';
import type {Standing} from './limit.ts';
import {type CapacityPart, type CapacityReport, conditionWords} from './report.ts';
import {resourceWords} from './saturation.ts';

export const verdictTitle = {found: 'Found', undecided: 'Undecided'} as const;
/** Tones of the verdicts. */
export const verdictTone = {found: 'met', undecided: 'undecided'} as const;

/** `P99 below 5 ms`. */
export function aimWords({aim}: Pick<CapacityReport, 'aim'>): string {
  return `P99 below ${formatBound(aim.p99Seconds, 's')}`;
}

/** `8-16 clients` and the like stay; this is for rates. */
export function rate(value: number): string {
  return formatQuantity(value, 'op/s');
}

export function partTitle({pattern, condition}: Pick<CapacityPart, 'pattern' | 'condition'>): string {
  return `${oneLine(pattern)}, ${conditionWords(condition)}`;
}

/** One sentence a part: what is carried within the target, and where it breaks. */
export function limitSentence({standing, limit}: CapacityPart): string {
  if (standing === 'client-full') return 'No limit of the cluster: the load generator was full first.';
  const {keeps, breaks} = limit ?? {};
  if (keeps === undefined) {
    return breaks === undefined
      ? 'No load was shown to keep the target.'
      : `No load was shown to keep the target; ${rate(breaks.load.amount)} breaks it.`;
  }
  const carried = `${rate(keeps.load.amount)} keeps the target: P99 ${p99Words(keeps)}.`;
  return breaks === undefined
    ? `At least ${carried} Nothing that was tried breaks it.`
    : `${carried} ${rate(breaks.load.amount)} breaks it: ${breaks.p99 === undefined ? breaks.reason : `P99 ${p99Words(breaks)}`}.`;
}

/** `3.10 ms [2.80, 3.40], 3 trials`. */
export function p99Words({p99, load}: Standing): string {
  const trials = `${load.trials.length} ${load.trials.length === 1 ? 'trial' : 'trials'}`;
  return p99 === undefined ? `without interval, ${trials}` : `${formatEstimate(p99, 's').text}, ${trials}`;
}

export function limitCell({standing, limit}: CapacityPart): string {
  const {keeps} = limit ?? {};
  if (standing === 'client-full') return 'none: the client was full';
  if (keeps === undefined) return 'none shown';
  return `${standing === 'found' ? '' : '≥ '}${rate(keeps.load.amount)}`;
}

export function verdictSentence(report: CapacityReport): string {
  if (report.verdict === 'undecided') return report.open.join(' ');
  return report.parts
    .map(part => `${partTitle(part)}: ${limitCell(part)}`)
    .join('; ')
    .concat('.');
}

/** For the face of every output; undefined for real, separate hardware. */
export function hardwareWords({
  hardware,
}: Pick<CapacityReport, 'hardware'>): {headline: string; note: string} | undefined {
  const parts = [
    ...(hardware.emulated ? ['Emulated: guests run without hardware virtualization.'] : []),
    ...(hardware.shared ? ['Shared: all hosts of this cluster are one machine.'] : []),
    ...(hardware.emulated || hardware.shared ? ['These figures do not speak for real hardware.'] : []),
  ];
  const note = oneLine(hardware.note);
  return parts.length === 0 && note === '' ? undefined : {headline: parts.join(' '), note};
}

function shareEstimate(estimate: Estimate): string {
  const ends = estimate.n > 1 ? ` [${formatShare(estimate.low)}, ${formatShare(estimate.high)}]` : ' (one trial)';
  return `${formatShare(estimate.value)}${ends}`;
}

/** The guide: vCPU utilisation above 85 %, cluster average from 58 to 82 %. */
export function vcpuSentence({vcpuAtLimit, limit}: CapacityPart): string {
  if (vcpuAtLimit === undefined) {
    return limit?.keeps === undefined
      ? 'Virtual CPUs: no load keeps the target, so there is no use at the limit.'
      : 'Virtual CPUs were not counted at the limit.';
  }
  const {low, high, n} = vcpuAtLimit;
  const said =
    n < 2
      ? 'one trial shows nothing of that'
      : low > 0.85
        ? 'reached'
        : high < 0.85
          ? 'not reached: the latency target breaks first'
          : 'undecided';
  return `Virtual CPUs of all guests together: ${shareEstimate(vcpuAtLimit)} at the limit. The guide's "> 85 %" is ${said}; its cluster average after tuning is 82 % (58 % before).`;
}

export function dailySentence({daily, limit}: CapacityPart): string {
  if (daily === undefined) return 'Transactions a day: no load keeps the target.';
  const base = `${rate(limit?.keeps?.load.amount ?? Number.NaN)} sustained is ${big(daily.operations)} operations a day.`;
  if (daily.transactions === undefined) {
    return `${base} The guide's ${big(guideTransactionsPerDay)} transactions a day fit as long as each takes at most ${Math.floor(daily.operationsForGuide)} of them: what a transaction takes was not stated.`;
  }
  const {perDay, operationsEach, meetsGuide} = daily.transactions;
  return `${base} Assuming ${operationsEach} operations a transaction (stated by the user, not measured): ${big(Math.floor(perDay))} transactions a day, ${meetsGuide ? 'above' : 'below'} the guide's ${big(guideTransactionsPerDay)}.`;
}

/** Counts with groups: 1 234 567. */
export function big(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

export function headroomSentences(headroom: Headroom): readonly string[] {
  const {whole, lost, limitRatio, throughputRatio, unpaired, free, second} = headroom;
  const missing = [...(whole ? [] : ['with everything whole']), ...(lost ? [] : ['with a node lost'])];
  return [
    limitRatio && free && whole && lost
      ? `With one node lost, ${rate(lost.keeps)} of ${rate(whole.keeps)} keep the target: ${range(limitRatio, formatShare)}. So at most ${rate(lost.keeps)} may run on the whole cluster if one node may be lost: ${range(free, formatShare)} must stay free (measured; the interval is the arithmetic of both brackets).`
      : `Headroom for one lost node is not known: no limit was shown ${missing.join(' and ')}.`,
    throughputRatio
      ? `Highest throughput at the same accesses in flight: ${formatEstimate(throughputRatio, 'ratio').text} of the whole cluster's (${throughputRatio.method}).`
      : `Throughput is not compared: ${unpaired}.`,
    second.kind === 'arithmetic'
      ? `With two nodes lost: ${range(second.limit, rate)}. ${second.how}`
      : `With two nodes lost: ${second.why}.`,
  ];
}

function range(
  {value, low, high}: {value: number; low: number; high: number},
  words: (value: number) => string,
): string {
  const end = (number: number) => (Number.isFinite(number) ? words(number) : '∞');
  return low === high ? words(value) : `${words(value)} [${end(low)}, ${end(high)}]`;
}

/** α, β, γ and the peak, each in words. */
export function lawWords({law}: CapacityPart): readonly (readonly [name: string, value: string])[] {
  if (law === undefined) return [];
  if (!law.fit.ok) return [['No fit', `${law.fit.error.need} are needed; there are ${law.fit.error.got}`]];
  const {alpha, beta, gamma, peak, rSquared} = law.fit.value;
  return [
    ['Contention α', plain(alpha)],
    ['Coherency β', plain(beta)],
    ['One in flight γ', formatEstimate(gamma, 'op/s').text],
    ['Peak', peak ? `${inFlight(peak.load)}, ${formatEstimate(peak.throughput, 'op/s').text}` : 'no peak'],
    [
      'Knee (Kneedle)',
      law.knees === undefined ? 'too few loads' : law.knees.length > 0 ? `${law.knees.join(', ')} in flight` : 'none',
    ],
    ['R²', rSquared.toFixed(4)],
  ];
}

function inFlight({value, low, high}: Estimate): string {
  const whole = (number: number) => (Number.isFinite(number) ? Math.round(number).toString() : '∞');
  return `${whole(value)} in flight [${whole(low)}, ${whole(high)}]`;
}

function plain({value, low, high}: Estimate): string {
  const digits = (number: number) => (number === 0 ? '0' : String(Number(number.toPrecision(3))));
  return `${digits(value)} [${digits(low)}, ${digits(high)}]`;
}

export interface UseRow {
  resource: string;
  atLimit: string;
  most: string;
  full: string;
}

/** Resources in the order of fullness. */
export function useRows({saturation}: CapacityPart): readonly UseRow[] {
  return (saturation?.resources ?? []).map(each => {
    const [full] = each.full;
    return {
      resource: resourceWords(each),
      atLimit: each.atLimit === undefined ? '—' : shareEstimate(each.atLimit),
      most: formatShare(Math.max(...each.uses.map(({use}) => use.value))),
      full:
        full === undefined
          ? 'never'
          : `from ${full.load} ${full.loop === 'closed' ? 'in flight' : 'op/s'}${full.shown ? '' : ', likely'}`,
    };
  });
}

export function notCountedSentence({saturation}: CapacityPart): string {
  return saturation === undefined ? '' : `Not counted: ${saturation.notCounted.join('; ')}.`;
}

export function standingWord(kind: Standing['kind']): string {
  return {keeps: 'keeps the target', breaks: 'breaks it', undecided: 'undecided'}[kind];
}

export function roundsSentence({rounds, reason}: CapacityReport): string {
  return `${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'}; the measuring ended: ${oneLine(reason)}.`;
}

/** Tones of the standings. */
export const standingTone = {keeps: 'met', breaks: 'missed', undecided: 'undecided'} as const;

export function sentenceCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
