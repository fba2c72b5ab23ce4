/** What the storage says of itself during a trial, look by look, and the times that follow from it. */
import {z} from 'zod';
import {cephState} from '../../harness/cluster/storage.ts';
import type {Artefacts, Cluster, Host, Measured, ParseError, Sample} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {readJson} from '../outcome.ts';
import {kindOf, type ResilienceFacts} from './facts.ts';

const artefact = 'storage.json';
const lookSchema = z.object({
  /** The harness's monotonic clock: what is said was so at some moment between the two. */
  beforeMs: z.number(),
  afterMs: z.number(),
  /** OSDs that are not up. */
  down: z.array(z.number()),
  /** What is missing for the store to be whole; absent when nothing is. */
  gap: z.string().optional(),
});
type Look = z.infer<typeof lookSchema>;

/** Between two looks: each costs the nodes a second of CPU. */
const intervalMs = 250;
/** Much longer than a trial; the signal and `stop` end the watch. */
const longestMs = 24 * 3_600_000;

/**
 * Looks at the storage from a node until stopped. A look that gets no answer is left out: the next one stands for a
 * longer time.
 */
export function watchStorage(
  cluster: Cluster,
  hosts: readonly Host[],
  signal: AbortSignal,
): {stop(): Promise<readonly Look[]>} {
  const looks: Look[] = [];
  const stopped = new AbortController();
  const watching = waitFor(
    'the watch over the storage to be stopped',
    longestMs,
    async () => {
      for (const host of hosts) {
        const beforeMs = performance.now();
        const state = await cephState({transport: cluster.transport, host}, {timeoutMs: 8_000});
        if (!state.ok) continue;
        const down = state.value.osds.filter(osd => !osd.up).map(({osd}) => osd);
        const {gap} = state.value;
        looks.push({beforeMs, afterMs: performance.now(), down, ...(gap === undefined ? {} : {gap})});
        return undefined;
      }
      return undefined;
    },
    {intervalMs, signal: AbortSignal.any([signal, stopped.signal])},
  );
  return {
    async stop() {
      stopped.abort();
      await watching;
      return looks;
    },
  };
}

/** From the injection until the storage had the daemon down, and from the healing until it was whole again. Pure. */
export function measureStorage(raw: Artefacts, facts: ResilienceFacts): Measured {
  const read = readJson(raw, artefact, z.array(lookSchema));
  if (!read.ok) return {samples: [], problems: [read.error], findings: []};
  const labels = {fault: kindOf(facts.fault)};
  const injectedMs = facts.injection.monotonicBeforeMs;
  const healingMs = facts.healing?.monotonicBeforeMs;
  const down = firstSince(read.value, injectedMs, look => look.down.length > 0);
  if (down === undefined || (healingMs !== undefined && down.fromMs >= healingMs)) {
    const expected = 'an OSD that the storage has down before it is started again: the fault did not bite';
    return {samples: [], problems: [{artefact, path: '/', expected, found: 'none'}], findings: []};
  }
  const samples: Sample[] = [sampleOf('failover.storage-down', labels, down, injectedMs)];
  const problems: ParseError[] = [];
  if (healingMs === undefined)
    problems.push({
      artefact: 'failover.json',
      path: '/healing',
      expected: 'when the daemon was started again',
      found: 'none',
    });
  else {
    const whole = firstSince(read.value, healingMs, look => look.gap === undefined);
    const last = read.value.at(-1);
    if (whole !== undefined) samples.push(sampleOf('failover.storage-whole', labels, whole, healingMs));
    else if (last !== undefined && last.beforeMs > healingMs) {
      // It was not whole while we looked: that is a result, and a bad one.
      const never = {fromMs: last.beforeMs, untilMs: last.beforeMs, index: read.value.length - 1};
      samples.push({...sampleOf('failover.storage-whole', labels, never, healingMs), censored: true});
    } else problems.push({artefact, path: '/', expected: 'a look at the storage after the healing', found: 'none'});
  }
  return {samples, problems, findings: []};
}

interface Change {
  /** It came about in this time: after the look that did not show it began, and before the one that did had ended. */
  fromMs: number;
  untilMs: number;
  index: number;
}

function firstSince(looks: readonly Look[], sinceMs: number, shows: (look: Look) => boolean): Change | undefined {
  const index = looks.findIndex(look => look.beforeMs >= sinceMs && shows(look));
  const [found, before] = [looks[index], looks[index - 1]];
  if (found === undefined) return undefined;
  return {fromMs: Math.max(sinceMs, before?.beforeMs ?? sinceMs), untilMs: found.afterMs, index};
}

function sampleOf(metric: string, labels: Record<string, string>, change: Change, sinceMs: number): Sample {
  return {
    metric,
    unit: 's',
    value: ((change.fromMs + change.untilMs) / 2 - sinceMs) / 1000,
    halfWidth: (change.untilMs - change.fromMs) / 2000,
    labels,
    from: {artefact, path: `/${change.index}`},
  };
}
