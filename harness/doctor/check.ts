/** What a check of the doctor is: a pure look at what was read, with what to do about what it finds. */
import type {Observed} from '../cluster/audit/invariant.ts';
import {parseFingerprint} from '../cluster/fingerprint.ts';
import {type Element, parseXml} from '../parse/xml.ts';
import type {Cluster, Result} from '../types.ts';
import {type Answers, type Reading, wholeCluster} from './reading.ts';
import {cib, fingerprint, type HostQuestion, host} from './readings.ts';
import {sectionsOf} from './sections.ts';

/**
 * `danger`: a trial would do harm, fail, or be judged wrongly. `warning`: a promise is at risk, or some scenarios will
 * not run. `note`: good to know. In order of danger.
 */
export const levels = ['danger', 'warning', 'note', 'good'] as const;
export type Level = (typeof levels)[number];

/** One thing found on one host, or of the cluster. */
export interface Diagnosis {
  level: Level;
  /** Host, guest or `cluster`. */
  subject: string;
  found: string;
  expected: string;
  /** Empty where nothing is to be done. */
  todo: string;
}

/** What was read, and who was asked. */
export interface Seen {
  cluster: Omit<Cluster, 'transport'>;
  /** What the audit looks at too; absent where no node could be asked. */
  observed: Observed | undefined;
  answers: Answers;
  /** `2026-11-27`, in UTC. */
  today: string;
  /** Seconds within which a lost node's guests are promised to serve again. */
  boundSeconds: number;
}

export interface Check {
  /** Stays when the words change: `--despite` takes it. */
  id: string;
  title: string;
  /** Why it matters, for somebody who reads it for the first time. */
  why: string;
  reads: readonly Reading[];
  /** What is typed for it besides, for `--explain`. */
  typed?: readonly string[];
  /** Pure. Nothing where it is not applicable; what could not be read is never good. */
  check(seen: Seen): readonly Diagnosis[];
}

export const clusterWide = 'cluster';

export function good(subject: string, found: string): Diagnosis {
  return {level: 'good', subject, found, expected: found, todo: ''};
}

/** What could not be read, as a finding of its own. */
export function unread(subject: string, what: string, error: string): Diagnosis {
  return {
    level: 'warning',
    subject,
    found: `${what} cannot be read: ${error}`,
    expected: 'an answer',
    todo: 'Mend what it names and run seatrial doctor again.',
  };
}

/** What a host said to one of the questions that a shell answers; an error where the host did not answer. */
export function hostSaid({answers}: Seen, subject: string, question: HostQuestion): Result<readonly string[], string> {
  const said = answers(host, subject);
  if (!said.ok) return said;
  const sections = sectionsOf(said.value);
  return sections === undefined
    ? {ok: false, error: 'the answer was cut off'}
    : {ok: true, value: sections.get(question) ?? []};
}

/** The configuration as Pacemaker holds it. */
export function cibOf({answers}: Seen): Result<Element, string> {
  const text = answers(cib, wholeCluster);
  if (!text.ok) return text;
  const parsed = parseXml(text.value, 'cib.xml');
  return parsed.ok ? parsed : {ok: false, error: `expected ${parsed.error.expected}, found ${parsed.error.found}`};
}

/** Versions and hardware of a host; nothing where it did not answer. */
export function factsOf({answers}: Seen, subject: string): Readonly<Record<string, string>> | undefined {
  const said = answers(fingerprint, subject);
  return said.ok ? parseFingerprint(subject, said.value).facts : undefined;
}
