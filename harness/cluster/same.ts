/** Whether a cluster is still what it was when a run began: figures of two clusters must not come into one report. */
import type {Fingerprint} from '../types.ts';

/** Kernels keep a little more or less for themselves from boot to boot. */
const memoryTolerance = 0.01;

export interface Changes {
  /** Versions and hardware that are others than before: sentences. A run is not gone on with across them. */
  forbidden: readonly string[];
  /** What could not be compared, as it was not known before: sentences. */
  noted: readonly string[];
}

/** Of hosts that answer now. A fact that was there and is gone counts as changed. Pure. */
export function changesOf(before: readonly Fingerprint[], now: readonly Fingerprint[]): Changes {
  const forbidden: string[] = [];
  const noted: string[] = [];
  for (const {host, facts} of now) {
    const then = before.find(other => other.host === host)?.facts;
    if (then === undefined) {
      noted.push(`${host} gave no fingerprint when the run began: whether it is as it was cannot be shown`);
      continue;
    }
    for (const fact of new Set([...Object.keys(then), ...Object.keys(facts)])) {
      const [was, is] = [then[fact], facts[fact]];
      if (was === undefined) noted.push(`${fact} of ${host} is ${is}, and was not known when the run began`);
      else if (!isSame(fact, was, is))
        forbidden.push(`${fact} of ${host} was ${was} and is ${is ?? 'not there any more'}`);
    }
  }
  return {forbidden, noted};
}

function isSame(fact: string, was: string, is: string | undefined): boolean {
  if (was === is) return true;
  return fact === 'memoryBytes' && Math.abs(Number(is) / Number(was) - 1) <= memoryTolerance;
}
