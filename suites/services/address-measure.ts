/** What a trial of a virtual address measures, from its artefacts alone. Times count from before the injection. */
import {type ArpMessage, parseArp} from '../../harness/parse/arp.ts';
import type {Artefacts, Finding, Measured, ParseError, Result, Sample} from '../../harness/types.ts';
import {jsonArtefact, parsedArtefact, stderrOf} from '../steps/artefacts.ts';
import {echoArtefact, echoesOf, longestSilence, sinceInjection} from '../steps/echo.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {type AddressFacts, addressArtefact, addressFacts} from './address-facts.ts';
import {arpArtefact} from './address-watch.ts';

/** A virtual router's own hardware address (RFC 9568, 7.3): whoever holds the address speaks by it. */
const shared = /^00:00:5e:00:0[12]:/;

export const addressMetrics = ['vip.outage', 'vip.announcements'];

/** The client may ask who has it after the trial, and is answered by each holder. */
export function measureAddress(raw: Artefacts): Measured {
  const read = jsonArtefact(raw, addressArtefact, addressFacts);
  if (!read.ok) return onlyProblems(read.error);
  const facts = read.value;
  const {bit, evidence, fault} = facts.reached;
  if (!bit) {
    const expected = `${fault}: the fault did not bite`;
    return onlyProblems({artefact: addressArtefact, path: '/reached', expected, found: evidence});
  }
  const heard = announcements(raw, facts);
  return together([
    measureOutage(raw, facts),
    heard.ok ? measureAnnouncements(facts, heard.value) : onlyProblems(heard.error),
    {...onlyProblems(), findings: heldTwice(facts, heard.ok ? heard.value.messages : [])},
  ]);
}

function labelsOf({by, fault}: AddressFacts): Record<string, string> {
  return {by, fault};
}

/** The longest time without an answer that ended after the injection. */
function measureOutage(raw: Artefacts, facts: AddressFacts): Measured {
  const echoes = echoesOf(raw, facts);
  if (!echoes.ok) return onlyProblems(echoes.error);
  const {at, end} = echoes.value;
  const longest = longestSilence(at, {from: 0, until: end, intervalMs: facts.intervalMs});
  const nobody = notTakenOver(facts);
  // Clients that were still without an answer in the end have waited so long at least, whoever had the address.
  if (nobody !== undefined && !longest.open) return onlyProblems(nobody);
  const sample: Sample = {
    metric: 'vip.outage',
    unit: 's',
    value: longest.seconds,
    labels: labelsOf(facts),
    from: {artefact: echoArtefact, path: `no answer from ${longest.from.toFixed(3)} s after the fault`},
    halfWidth: facts.intervalMs / 1000,
    ...(longest.open ? {censored: true as const} : {}),
  };
  return {samples: [sample], problems: [], findings: []};
}

/** The same node may have it again. */
function comesBack({fault}: Pick<AddressFacts, 'fault'>): boolean {
  return fault.split(':')[0] === 'address-removed';
}

/** An address that answers, and stayed where it was or is nobody's, was not switched, however short the silence. */
function notTakenOver({by, fault, holders, silent, struck}: AddressFacts): ParseError | undefined {
  const stays = comesBack({fault});
  if (holders.some(node => stays || node !== struck)) return undefined;
  const found = [holders.join(', ') || 'nobody', ...(silent.length > 0 ? [`no answer of ${silent.join(', ')}`] : [])];
  const expected = `a node ${stays ? 'that' : `other than ${struck} that`} has the address by ${by} in the end`;
  return {artefact: addressArtefact, path: '/holders', expected, found: found.join('; ')};
}

/** What holders of the address said from the injection on. */
interface Heard {
  messages: readonly ArpMessage[];
  /** Who was the last to say that it has the address before, where anybody did. */
  holderBefore?: string;
}

/** An error where nobody listened. */
function announcements(raw: Artefacts, facts: AddressFacts): Result<Heard, ParseError> {
  // tcpdump says so itself when it begins to listen; a program that is missing says something else.
  const said = stderrOf(raw, arpArtefact);
  if (!said.includes('listening on ')) {
    const found = said.trim().split('\n').at(-1)?.slice(0, 200) || 'nothing';
    return {
      ok: false,
      error: {artefact: arpArtefact, path: 'stderr', expected: 'tcpdump that listens on the client', found},
    };
  }
  const heard = parsedArtefact(raw, arpArtefact, (text, artefact) => parseArp(text, artefact, facts.address));
  if (!heard.ok) return heard;
  const since = ({atSeconds}: ArpMessage) => sinceInjection(facts, atSeconds) > 0;
  const holderBefore = heard.value.findLast(message => !since(message))?.mac;
  return {
    ok: true,
    value: {messages: heard.value.filter(since), ...(holderBefore === undefined ? {} : {holderBefore})},
  };
}

/**
 * How many there were, none being a number too; and when the first of its new holder came, where one came. The old one
 * may go on announcing what it has lost, or is about to lose.
 */
function measureAnnouncements(facts: AddressFacts, {messages, holderBefore}: Heard): Measured {
  const gratuitous = messages.filter(message => message.gratuitous);
  const from = {artefact: arpArtefact, path: `${gratuitous.length} gratuitous`};
  const labels = labelsOf(facts);
  const count: Sample = {metric: 'vip.announcements', unit: 'count', value: gratuitous.length, labels, from};
  const first = gratuitous.find(({mac}) => comesBack(facts) || mac !== holderBefore || shared.test(mac));
  if (first === undefined) return {samples: [count], problems: [], findings: []};
  const announced: Sample = {
    metric: 'vip.announced',
    unit: 's',
    value: sinceInjection(facts, first.atSeconds),
    labels,
    from: {artefact: arpArtefact, path: `the first, by ${first.mac}`},
    halfWidth: facts.clock.halfWidthMs / 1000,
  };
  return {samples: [count, announced], problems: [], findings: []};
}

/** Two nodes that clients can reach have it: what a client sends goes to the one that it heard last. */
function heldTwice({holders, struck, cutOff, address}: AddressFacts, heard: readonly ArpMessage[]): readonly Finding[] {
  const within = holders.filter(node => !(cutOff && node === struck));
  if (within.length < 2) return [];
  const macs = [...new Set(heard.filter(({gratuitous}) => !gratuitous).map(({mac}) => mac))];
  const answered = macs.length > 1 ? `; the client was answered by ${macs.join(' and ')}` : '';
  const detail = `${within.join(' and ')} hold ${address} at once${answered}`;
  return [{severity: 'critical', invariant: 'one node holds the virtual address', detail, artefact: addressArtefact}];
}
