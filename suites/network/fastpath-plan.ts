/** What is tried on each way, in turns: what the first does to the machine, it does to the other in the next round. */
import {z} from 'zod';
import type {Command} from '../../harness/types.ts';
import {iperf3Client} from '../../harness/workloads/iperf3.ts';
import {type DataPath, dataPath} from './data-paths.ts';

export const fastpathSettings = z.object({
  /** Of each test. */
  seconds: z.number().int().min(1).max(86_400),
  /** Streams at once. */
  streams: z.number().int().min(1).max(128),
  /** Each way is tried once in each, both directions; every other round in the opposite order. */
  rounds: z.number().int().min(1).max(100),
});
export type FastpathSettings = z.infer<typeof fastpathSettings>;

const fastpathTest = z.object({
  artefact: z.string(),
  before: z.string(),
  after: z.string(),
  round: z.number(),
  direction: z.enum(['forward', 'reverse']),
  way: dataPath,
});
export type FastpathTest = z.infer<typeof fastpathTest>;

export const fastpathPlan = z.object({
  emulated: z.boolean(),
  shared: z.boolean(),
  tests: z.array(fastpathTest),
});
export type FastpathPlan = z.infer<typeof fastpathPlan>;

export function fastpathTests(ways: readonly DataPath[], {rounds}: FastpathSettings): readonly FastpathTest[] {
  return Array.from({length: rounds}, (_, index) => index + 1).flatMap(round =>
    (round % 2 === 1 ? ways : ways.toReversed()).flatMap(way =>
      (['forward', 'reverse'] as const).map(direction => {
        const name = `${way.path}-${direction}-${round}`;
        const artefact = `iperf3-${name}.json`;
        return {artefact, before: `before-${name}.txt`, after: `after-${name}.txt`, round, direction, way};
      }),
    ),
  );
}

export function commandOf({direction, way}: FastpathTest, {seconds, streams}: FastpathSettings): Command {
  const {address, port, bind} = way;
  const ends = {address, port, ...(bind === undefined ? {} : {bind})};
  return iperf3Client({...ends, protocol: 'tcp', direction, streams, seconds});
}

/** Two ways, as a rule. */
export function fastpathSeconds({seconds, rounds}: FastpathSettings): number {
  return rounds * 2 * 2 * (seconds + 1.5) + 10;
}
