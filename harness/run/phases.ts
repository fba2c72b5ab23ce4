/** Where a trial's time goes: one phase after the other, and never two at once, so that they add up to the whole. */
import type {Phase, Spent} from '../types.ts';

export interface Phases {
  /** Ends the phase at hand. The same one again goes on. */
  enter(phase: Phase): void;
  /** All so far, in the order in which they came; the one at hand until now. */
  spent(): readonly Spent[];
}

/** `nowMs`: a monotonic clock. */
export function startPhases(first: Phase, nowMs: () => number = () => performance.now()): Phases {
  const ended: Spent[] = [];
  let [phase, sinceMs] = [first, nowMs()];
  const atHand = (): Spent => ({phase, seconds: (nowMs() - sinceMs) / 1000});
  return {
    enter(next) {
      if (next === phase) return;
      ended.push(atHand());
      [phase, sinceMs] = [next, nowMs()];
    },
    spent: () => [...ended, atHand()],
  };
}
