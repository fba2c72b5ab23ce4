/**
 * The phases of a recovery, out of the survivors' Pacemaker logs. Pure.
 *
 * Source: /var/log/pacemaker/pacemaker.log of Pacemaker 2.1.5 (`Nov 24 15:43:57.154 n2 pacemaker-controld [102] …`),
 * and the words of 2.1.9 to 3.0.2 in their daemons/controld and daemons/execd. (`crm_mon`'s fence history was looked at
 * and left: it counts whole seconds.)
 */
import type {ParseError} from '../types.ts';
import {type HostLog, type StampedLine, stampedLines} from './stamped-lines.ts';

/** In the order in which a recovery goes through them. */
export const recoveryPhases = [
  'membership',
  'quorum',
  'fencing-requested',
  'fence-done',
  'fenced',
  'start-requested',
  'started',
] as const;
export type RecoveryPhase = (typeof recoveryPhases)[number];

export interface Recovery {
  /** Only the phases that the logs show. */
  moments: Partial<Readonly<Record<RecoveryPhase, StampedLine>>>;
  /** The resource was asked to start on another node before the lost one was fenced: that line, and the fence's. */
  startBeforeFence?: {start: StampedLine; fence: StampedLine};
  /** Attempts that failed on the way, in time: refused fencing, failed starts. */
  setbacks: readonly StampedLine[];
  /** A phase that should be there and is not, with where it was looked for. */
  problems: readonly ParseError[];
}

export interface RecoveryQuestion {
  /** Node that was lost. */
  node: string;
  /** Resource that must start elsewhere. */
  resource: string;
  /** The harness's wall clock before the injection; nothing before it belongs to this recovery. */
  injectedMs: number;
}

/**
 * Reads the survivors' logs. Each phase is the first line that tells of it after the phase before; total over any text.
 */
export function parseRecovery(logs: readonly HostLog[], question: RecoveryQuestion): Recovery {
  const lines = logs.flatMap(log => stampedLines(log, question.injectedMs)).sort((a, b) => a.atMs - b.atMs);
  const patterns = patternsFor(question);
  const moments: Partial<Record<RecoveryPhase, StampedLine>> = {};
  const problems: ParseError[] = [];
  let from: Pick<StampedLine, 'atMs' | 'halfWidthMs'> = {atMs: question.injectedMs, halfWidthMs: 0};
  for (const phase of recoveryPhases) {
    const after = from;
    // Two hosts' clocks agree only to within their uncertainty: a later phase may seem to come that much earlier.
    const later = lines.filter(line => line.atMs + line.halfWidthMs >= after.atMs - after.halfWidthMs);
    // Any change of the membership has such a line: it belongs to this one only after the node was counted as lost.
    const told = phase !== 'quorum' || moments.membership !== undefined;
    const found = told ? firstOf(patterns[phase], later) : undefined;
    if (found === undefined) {
      problems.push({
        artefact: logs.map(log => log.artefact).join(', '),
        path: `after ${new Date(after.atMs).toISOString()}`,
        expected: `${phase}: a line ${patterns[phase].map(pattern => pattern.source).join(' or ')}`,
        found:
          lines.length === 0
            ? 'no line with a time stamp'
            : `none in ${lines.length} lines of ${logs.map(log => log.host).join(', ')}`,
      });
      continue;
    }
    moments[phase] = found;
    // What the fence allows follows from its being done: the controller may write that down only after the start.
    from = phase === 'fenced' ? (moments['fence-done'] ?? found) : found;
  }
  const done = lastDevice(lines, patterns['fence-done'], moments);
  if (done !== undefined) moments['fence-done'] = done;
  const wanted = withoutDevice.test(moments.fenced?.text ?? '')
    ? problems.filter(({expected}) => !expected.startsWith('fence-done'))
    : problems;
  const startBeforeFence = unfencedStart(lines, question);
  const setbacks = lines.filter(line => patterns.setback.some(one => one.test(line.text)));
  return {moments, problems: wanted, setbacks, ...(startBeforeFence === undefined ? {} : {startBeforeFence})};
}

/**
 * A start elsewhere that came before the fence for certain: by the order of the lines in one log, or by more than the
 * clocks of two hosts can be wrong. The fence is done when the fencer says so; the controller may write that down
 * after the start it allowed (seen: 16 ms). A resource that was stopped on its node in good order may start elsewhere
 * at once. Where no fence is seen, nothing is said: that is a missing phase.
 */
function unfencedStart(
  lines: readonly StampedLine[],
  {node, resource}: RecoveryQuestion,
): Recovery['startBeforeFence'] {
  const [lost, id] = [escaped(node), escaped(resource)];
  const fenced = new RegExp(
    `pacemaker-(?:fenced.*: Operation '\\w+' targeting ${lost} by .*: OK\\b|controld.*Peer ${lost} was terminated \\(\\w+\\) by .*: OK\\b)`,
  );
  const started = new RegExp(
    `pacemaker-controld.*(?:Initiating start operation ${id}_start_0 (?:locally )?on (?!${lost}(?: |$))|Asking \\S+ to execute ${id}_start_0 on (?!${lost}(?: |$))|Requesting local execution of start operation for ${id} on (?!${lost}(?: |$)))`,
  );
  const stopped = new RegExp(`pacemaker-controld.*\\(${id}_stop_0 on ${lost}\\) confirmed: (?:ok|OK)\\b`);
  const fences = lines.filter(({text}) => fenced.test(text));
  const start = lines.find(({text}) => started.test(text));
  const [fence] = fences;
  if (start === undefined || fence === undefined) return undefined;
  const inOrder = lines.some(line => stopped.test(line.text) && !surelyBefore(start, line));
  return !inOrder && fences.every(each => surelyBefore(start, each)) ? {start, fence} : undefined;
}

/** A person confirmed it, or the node's own watchdog did it: no device was asked that could say when it was done. */
const withoutDevice = / was terminated \(\w+\) by (?:a human|watchdog|<anyone>) /;

/** Of several devices that had to be asked, the last one before the fence was acknowledged. */
function lastDevice(
  lines: readonly StampedLine[],
  patterns: readonly RegExp[],
  {'fence-done': first, fenced}: Recovery['moments'],
): StampedLine | undefined {
  if (first === undefined || fenced === undefined) return undefined;
  return lines.findLast(
    line => line.atMs >= first.atMs && !surelyBefore(fenced, line) && patterns.some(pattern => pattern.test(line.text)),
  );
}

function surelyBefore(one: StampedLine, other: StampedLine): boolean {
  if (one.artefact === other.artefact) return one.line < other.line;
  return one.atMs + one.halfWidthMs < other.atMs - other.halfWidthMs;
}

/** The first line that fits the first pattern that any fits. */
function firstOf(patterns: readonly RegExp[], lines: readonly StampedLine[]): StampedLine | undefined {
  for (const pattern of patterns) {
    const found = lines.find(line => pattern.test(line.text));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Pacemaker's own words, those of the coordinator first. 2.1.6 and later say "targeting" where 2.1.5 says "of node".
 * 3.0 says "OK" where 2.1 says "ok". Since 3.0.1 (97584ad1) the coordinator asks another node to start a resource
 * ("Asking"), and says nothing of its own but what every node says that starts one ("Requesting local execution";
 * before, with `transition_key=`, well after the coordinator's own line).
 */
function patternsFor({
  node,
  resource,
}: RecoveryQuestion): Readonly<Record<RecoveryPhase | 'setback', readonly RegExp[]>> {
  const name = escaped(node);
  const id = escaped(resource);
  const controld = (words: string): RegExp => new RegExp(`pacemaker-controld.*${words}`);
  const start = `\\(${id}_start_0 on [^)]+\\)`;
  const requested = [
    `Initiating start operation ${id}_start_0 `,
    `Asking \\S+ to execute ${id}_start_0 on `,
    `Requesting local execution of start operation for ${id} on \\S+ \\| transition `,
  ];
  return {
    membership: [new RegExp(`pacemaker-controld.*: Node ${name} state is now lost\\b`)],
    // What was decided: the survivors are the majority, as before or now. Every survivor says so.
    quorum: [controld(': Quorum (?:retained|acquired)\\b')],
    'fencing-requested': [controld(`Requesting fencing \\(\\w+\\) (?:of node|targeting(?: node)?) ${name}(?: |$)`)],
    // The fence agent's result, where it ran. Before 2.1.2: "for host 'n3' with device 'd' returned: 0 (OK)".
    'fence-done': [
      new RegExp(`pacemaker-fenced.*: Operation '\\w+' \\[\\d+\\] targeting ${name} using \\S+ returned 0\\b`),
      new RegExp(
        `pacemaker-fenced.*: Operation '\\w+' \\[\\d+\\].* for host '${name}' with device '[^']*' returned: 0\\b`,
      ),
    ],
    fenced: [controld(`Peer ${name} was terminated \\(\\w+\\) by .*: OK\\b`)],
    'start-requested': [controld(`(?:${requested.join('|')})`)],
    // Where the coordinator's log is not at hand, the node that started it knows as well, some milliseconds earlier.
    started: [
      controld(`${start} confirmed: (?:ok|OK)\\b`),
      controld(`Result of start operation for ${id} on \\S+: (?:ok|OK) \\|.* graph action confirmed`),
      new RegExp(`pacemaker-execd.*: ${id} start \\(call \\d+(?:, PID \\d+)?\\) exited with status 0\\b`),
    ],
    setback: [
      controld(`Peer ${name} was not terminated`),
      controld(`${start} (?:confirmed: (?!(?:ok|OK)\\b)|failed|aborted)`),
      controld(`${start}: expected '[^']*' but got '`),
    ],
  };
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
