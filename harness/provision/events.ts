/**
 * What ansible-playbook prints (callback ansible.posix.jsonl, an event a line) → events, and what they come to for
 * each host. Pure.
 */
import {z} from 'zod';

/** One host's result of one task. `text`: what the module said, with no_log's results left out by Ansible itself. */
export interface TaskResult {
  host: string;
  task: string;
  state: 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable';
  text: string;
  /** What --diff shows; empty without it. */
  diff: string;
  /** Everything the module returned. */
  raw: Readonly<Record<string, unknown>>;
}

export type AnsibleEvent =
  | {kind: 'play'; name: string}
  | {kind: 'task'; name: string}
  | {kind: 'result'; result: TaskResult}
  /** Hosts that were taken part in, at the end: how many results of which kind. */
  | {kind: 'end'; hosts: Readonly<Record<string, HostCounts>>};

/** `failed` does not count what a rescue took back. */
export interface HostCounts {
  ok: number;
  changed: number;
  skipped: number;
  failed: number;
  unreachable: number;
}

const raw = z.record(z.string(), z.unknown());
const counts = z.object({
  ok: z.number(),
  changed: z.number(),
  skipped: z.number(),
  failures: z.number(),
  unreachable: z.number(),
});
const line = z.discriminatedUnion('_event', [
  z.object({_event: z.literal('v2_playbook_on_play_start'), play: z.object({name: z.string()})}),
  z.object({_event: z.literal('v2_playbook_on_task_start'), task: z.object({name: z.string()})}),
  z.object({_event: z.literal('v2_playbook_on_handler_task_start'), task: z.object({name: z.string()})}),
  ...(['ok', 'skipped', 'failed', 'unreachable'] as const).map(state =>
    z.object({
      _event: z.literal(`v2_runner_on_${state}`),
      task: z.object({name: z.string()}),
      hosts: z.record(z.string(), raw),
    }),
  ),
  z.object({_event: z.literal('v2_playbook_on_stats'), stats: z.record(z.string(), counts)}),
]);

/** A line of output → its events; nothing where it is no event: a warning of Ansible's, or half a line at a kill. */
export function readEvents(text: string): readonly AnsibleEvent[] {
  const read = line.safeParse(jsonOf(text));
  if (!read.success) return [];
  const event = read.data;
  if ('stats' in event) {
    const hosts = Object.entries(event.stats).map(([host, {failures, ...rest}]) => [host, {...rest, failed: failures}]);
    return [{kind: 'end', hosts: Object.fromEntries(hosts)}];
  }
  if ('play' in event) return [{kind: 'play', name: event.play.name}];
  if (!('hosts' in event)) return [{kind: 'task', name: event.task.name}];
  const {_event, task, hosts} = event;
  return Object.entries(hosts).map(([host, result]) => ({
    kind: 'result',
    result: {
      host,
      task: task.name,
      state: stateOf(_event, result),
      text: textOf(result),
      diff: diffOf(result),
      raw: result,
    },
  }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stateOf(event: string, result: z.infer<typeof raw>): TaskResult['state'] {
  if (event.endsWith('unreachable')) return 'unreachable';
  if (event.endsWith('failed')) return 'failed';
  if (event.endsWith('skipped')) return 'skipped';
  return result.changed === true ? 'changed' : 'ok';
}

/** The module's own words: of a loop, those of the items that failed. */
function textOf(result: z.infer<typeof raw>): string {
  if (typeof result.censored === 'string') return 'its output holds secrets and is not shown';
  const items = z.array(raw).safeParse(result.results);
  const failed = items.success ? items.data.filter(item => item.failed === true || item.unreachable === true) : [];
  if (failed.length > 0) return failed.map(textOf).join('; ');
  const said = ['stderr', 'module_stderr', 'stdout', 'module_stdout']
    .map(key => result[key])
    .find(value => typeof value === 'string' && value.trim() !== '');
  const message = typeof result.msg === 'string' ? result.msg.trim() : '';
  const tail = typeof said === 'string' ? said.trim().split('\n').slice(-3).join(' | ') : '';
  return [message, tail].filter(part => part !== '').join(': ');
}

const diffs = z.array(
  z.object({
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    before_header: z.string().optional(),
    after_header: z.string().optional(),
    prepared: z.string().optional(),
  }),
);

/** A line for everything that differs: what it is, and the lines that come and go. */
function diffOf(result: z.infer<typeof raw>): string {
  const items = z.array(raw).safeParse(result.results);
  if (items.success) return items.data.map(diffOf).filter(Boolean).join('\n');
  const read = diffs.safeParse(Array.isArray(result.diff) ? result.diff : [result.diff]);
  if (!read.success) return '';
  return read.data
    .map(({before, after, after_header, before_header, prepared}) => {
      if (prepared !== undefined) return prepared.trim();
      const [old, now] = [linesOf(before), linesOf(after)];
      const gone = old.filter(each => !now.includes(each)).map(each => `- ${each}`);
      const come = now.filter(each => !old.includes(each)).map(each => `+ ${each}`);
      return [before_header ?? after_header ?? '', ...gone, ...come].filter(Boolean).join('\n');
    })
    .filter(Boolean)
    .join('\n');
}

function linesOf(side: unknown): readonly string[] {
  if (typeof side === 'string') return side.split('\n').filter(each => each.trim() !== '');
  if (typeof side !== 'object' || side === null) return [];
  return Object.entries(side).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
}

/** What a playbook came to. */
export interface PlaybookSummary {
  hosts: Readonly<Record<string, HostCounts>>;
  /** Results that ended a host's part, in order. A task that was rescued is not among them. */
  troubles: readonly TaskResult[];
  /** Ansible came to its own end: without it the counts are those of the results seen. */
  ended: boolean;
}

/** Collects events of one playbook. */
export function summarize(events: Iterable<AnsibleEvent>): PlaybookSummary {
  const seen: Record<string, HostCounts> = {};
  const troubles: TaskResult[] = [];
  let final: Readonly<Record<string, HostCounts>> | undefined;
  for (const event of events) {
    if (event.kind === 'end') final = event.hosts;
    if (event.kind !== 'result') continue;
    const {host, state} = event.result;
    seen[host] ??= {ok: 0, changed: 0, skipped: 0, failed: 0, unreachable: 0};
    seen[host][state] += 1;
    // As Ansible counts: what changed went well, too.
    if (state === 'changed') seen[host].ok += 1;
    if (state === 'failed' || state === 'unreachable') troubles.push(event.result);
  }
  return {
    hosts: final ?? seen,
    troubles:
      final === undefined
        ? troubles
        : troubles.filter(({host}) => (final[host]?.failed ?? 1) + (final[host]?.unreachable ?? 0) > 0),
    ended: final !== undefined,
  };
}
