/** The matrix of storage loads as data: what each point is to be like, in the order in which they are tried. Pure. */
import {z} from 'zod';
import {mostRounds, steadyWindow} from '../../harness/parse/steady-state.ts';
import type {Sample} from '../../harness/types.ts';
import type {DeviceLoad} from '../../harness/workloads/fio.ts';
import type {Direction} from '../steps/fio-samples.ts';

const numbers = (least: number, most: number, fewest = 1) =>
  z
    .array(z.string().regex(/^\d{1,9}$/))
    .min(fewest)
    .max(20)
    .transform(words => words.map(Number))
    .pipe(z.array(z.number().min(least).max(most)));

const patternShape = /^(randread|randwrite|read|write|mixed:[1-9]\d?)$/;

export const matrixSettings = z.strictObject({
  blockBytes: numbers(512, 2 ** 24).describe('sizes of one access'),
  patterns: z.array(z.string().regex(patternShape)).min(1).describe('randread, randwrite, read, write, mixed:70'),
  depths: numbers(1, 4096).describe('accesses in flight in each job of a closed loop'),
  jobs: numbers(1, 256).describe('jobs in each guest of a closed loop'),
  loads: numbers(1, 10_000_000, 0).describe('arrivals a second in each guest of an open loop; not for mixed'),
  guests: numbers(1, 1000).describe('how many at once'),
  sizeMiB: z.int().min(1).describe("of each guest's scratch device"),
  fills: z.int().min(1).max(4).describe('how often all of that is written beforehand'),
  engine: z.string().regex(/^[a-z0-9_-]+$/),
  roundSeconds: z.int().min(2).max(3600).describe('of a round of a closed loop'),
  rounds: z.int().min(steadyWindow).max(mostRounds).describe('after so many a closed loop has not settled'),
  openSeconds: z.int().min(2).max(86_400).describe('of an open loop'),
  openDepth: z.int().min(1).max(4096).describe('accesses that may wait in one guest before an open loop closes'),
});
export type MatrixSettings = z.infer<typeof matrixSettings>;

interface Shape {
  blockBytes: number;
  pattern: string;
  guests: number;
}

export interface ClosedPoint extends Shape {
  loop: 'closed';
  depth: number;
  jobs: number;
}

export interface OpenPoint extends Shape {
  loop: 'open';
  /** In each guest. */
  arrivalsPerSecond: number;
}

export type Point = ClosedPoint | OpenPoint;

/** Closed loops measure what the store can do at most, open loops how quick it is at a load that is stated. */
export function pointsOf(asked: MatrixSettings): {closed: readonly ClosedPoint[]; open: readonly OpenPoint[]} {
  const shapes = asked.guests.flatMap(guests =>
    asked.blockBytes.flatMap(blockBytes => asked.patterns.map((pattern): Shape => ({blockBytes, pattern, guests}))),
  );
  return {
    closed: shapes.flatMap(shape =>
      asked.jobs.flatMap(jobs => asked.depths.map((depth): ClosedPoint => ({...shape, loop: 'closed', depth, jobs}))),
    ),
    open: shapes
      .filter(({pattern}) => !pattern.startsWith('mixed'))
      .flatMap(shape =>
        asked.loads.map((arrivalsPerSecond): OpenPoint => ({...shape, loop: 'open', arrivalsPerSecond})),
      ),
  };
}

export function hardnessOf(
  point: Point,
  openDepth: number,
): Pick<DeviceLoad, 'pattern' | 'readPercent' | 'depth' | 'jobs' | 'arrivalsPerSecond'> {
  const [pattern, percent] = point.pattern.split(':');
  const accesses = {
    pattern: pattern as DeviceLoad['pattern'],
    ...(percent === undefined ? {} : {readPercent: Number(percent)}),
  };
  return point.loop === 'closed'
    ? {...accesses, depth: point.depth, jobs: point.jobs}
    : {...accesses, depth: openDepth, jobs: 1, arrivalsPerSecond: point.arrivalsPerSecond};
}

export function directionsOf({pattern}: Shape): readonly Direction[] {
  if (pattern.startsWith('mixed')) return ['read', 'write'];
  return pattern.endsWith('read') ? ['read'] : ['write'];
}

/** In every label of a point; the loop too, so that neither kind is taken for the other. */
export function labelsOf(point: Point): Sample['labels'] {
  const {pattern, blockBytes, guests, loop} = point;
  const shape = {pattern, block: blockText(blockBytes), guests: String(guests), loop};
  return point.loop === 'closed'
    ? {...shape, depth: String(point.depth), jobs: String(point.jobs)}
    : {...shape, load: `${point.arrivalsPerSecond}/s a guest`};
}

export function pointText(point: Point): string {
  const many = point.guests === 1 ? '1 guest' : `${point.guests} guests`;
  const where = `${point.pattern} of ${blockText(point.blockBytes)} in ${many}`;
  return point.loop === 'closed'
    ? `${where}, ${point.jobs} × ${point.depth} in flight`
    : `${where}, ${point.arrivalsPerSecond} arrivals a second in each`;
}

function blockText(bytes: number): string {
  const units = [
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
    [1, 'B'],
  ] as const;
  const [size, unit] = units.find(([each]) => bytes % each === 0) ?? [1, 'B'];
  return `${bytes / size} ${unit}`;
}
