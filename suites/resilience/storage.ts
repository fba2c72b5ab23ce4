/** What the storage says of itself during a trial, look by look, and the times that follow from it. */
import {z} from 'zod';
import {cephState} from '../../harness/cluster/storage.ts';
import type {Artefacts, Cluster, Host, Measured, Sample} from '../../harness/types.ts';
import {jsonArtefact} from '../steps/artefacts.ts';
import {beside} from '../steps/beside.ts';
import {onlyProblems, together} from '../steps/measured.ts';
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
  const watching = beside(
    'the watch over the storage',
    async () => {
      const look = await lookFrom(cluster, hosts);
      if (look !== undefined) looks.push(look);
    },
    {intervalMs, longestMs, signal},
  );
  return {
    async stop() {
      await watching.stop();
      return looks;
    },
  };
}

/** From the first of these hosts that answers. */
async function lookFrom({transport}: Cluster, hosts: readonly Host[]): Promise<Look | undefined> {
  for (const host of hosts) {
    const beforeMs = performance.now();
    const state = await cephState({transport, host}, {timeoutMs: 8_000});
    if (!state.ok) continue;
    const down = state.value.osds.filter(osd => !osd.up).map(({osd}) => osd);
    const {gap} = state.value;
    return {beforeMs, afterMs: performance.now(), down, ...(gap === undefined ? {} : {gap})};
  }
  return undefined;
}

/** From the injection until the storage had the daemon down, and from the healing until it was whole again. Pure. */
export function measureStorage(raw: Artefacts, facts: ResilienceFacts): Measured {
  const read = jsonArtefact(raw, artefact, z.array(lookSchema));
  if (!read.ok) return onlyProblems(read.error);
  const labels = {fault: kindOf(facts.fault)};
  const injectedMs = facts.injection.monotonicBeforeMs;
  const healingMs = facts.healing?.monotonicBeforeMs;
  // One that was down before says nothing of this fault.
  const already = new Set(read.value.findLast(look => look.afterMs <= injectedMs)?.down);
  const down = firstSince(read.value, injectedMs, look => look.down.some(osd => !already.has(osd)));
  if (down === undefined || (healingMs !== undefined && down.fromMs >= healingMs)) {
    const expected = 'an OSD that the storage has down before it is started again: the fault did not bite';
    return onlyProblems({artefact, path: '/', expected, found: 'none'});
  }
  const bitten = {samples: [sampleOf('failover.storage-down', labels, down, injectedMs)], problems: [], findings: []};
  return together([bitten, wholeAgain(read.value, healingMs, labels)]);
}

function wholeAgain(looks: readonly Look[], healingMs: number | undefined, labels: Record<string, string>): Measured {
  if (healingMs === undefined) {
    const expected = 'when the daemon was started again';
    return onlyProblems({artefact: 'failover.json', path: '/healing', expected, found: 'none'});
  }
  const measured = (change: Change, censored: boolean): Measured => {
    const sample = sampleOf('failover.storage-whole', labels, change, healingMs);
    return {samples: [censored ? {...sample, censored: true} : sample], problems: [], findings: []};
  };
  // Placement groups are told late: what looks whole before a look that is not, is not whole yet.
  const gaps = looks.findLastIndex(look => look.beforeMs >= healingMs && look.gap !== undefined);
  const whole = firstSince(looks, healingMs, (_, index) => index > gaps);
  if (whole !== undefined) return measured(whole, false);
  const last = looks.at(-1);
  if (last === undefined || last.beforeMs <= healingMs)
    return onlyProblems({artefact, path: '/', expected: 'a look at the storage after the healing', found: 'none'});
  // It was not whole while we looked: that is a result, and a bad one.
  return measured({fromMs: last.beforeMs, untilMs: last.beforeMs, index: looks.length - 1}, true);
}

interface Change {
  /** It came about in this time: after the look that did not show it began, and before the one that did had ended. */
  fromMs: number;
  untilMs: number;
  index: number;
}

function firstSince(
  looks: readonly Look[],
  sinceMs: number,
  shows: (look: Look, index: number) => boolean,
): Change | undefined {
  const index = looks.findIndex((look, at) => look.beforeMs >= sinceMs && shows(look, at));
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
