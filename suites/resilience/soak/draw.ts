/** Timelines drawn at random: the same seed and step give the same timeline, whatever was drawn before. Pure. */
import {mulberry32} from '../../../harness/random.ts';

/** One fault of a timeline, as the scenario that brings it. */
export interface Part {
  scenario: string;
  /** Seconds after the first injection. */
  at: number;
}

/** What a soak tries in one step. */
export interface Timeline {
  /** By their times; the first is at 0. No scenario stands twice. */
  parts: readonly Part[];
  /** The faults that their own scenario does not heal stay in force at least this long. */
  holdSeconds: number;
}

/** What may be drawn. `overlaps`: it takes no node and no guest away, so that another such fault may come on top. */
export interface Choice {
  scenario: string;
  overlaps: boolean;
}

const holds = {least: 5, most: 40};
const latestSecond = 10;

/** `step` counts from 1. At least one choice is needed. */
export function drawTimeline(choices: readonly Choice[], seed: number, step: number): Timeline {
  // Far apart, so that step 2 of seed 1 is not step 1 of seed 2.
  const random = mulberry32(Math.imul(seed, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b));
  const from = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const one = (of: readonly Choice[]) => of[from(0, of.length - 1)];
  const first = one(choices);
  if (first === undefined) throw new Error('there is no fault to draw from');
  const others = first.overlaps ? choices.filter(each => each.overlaps && each !== first) : [];
  const second = random() < 0.5 ? one(others) : undefined;
  const more = second === undefined ? [] : [{scenario: second.scenario, at: from(0, latestSecond)}];
  return {parts: [{scenario: first.scenario, at: 0}, ...more], holdSeconds: from(holds.least, holds.most)};
}

/** `failover/osd-killed at 0 s, failover/manager-killed at 4 s, held 12 s`. */
export function timelineWords({parts, holdSeconds}: Timeline): string {
  return [...parts.map(({scenario, at}) => `${scenario} at ${at} s`), `held ${holdSeconds} s`].join(', ');
}
