/** When a trial is given up: planned, and put off where the cluster itself says that it takes longer. */

export interface Deadline {
  /** Aborted when it is over. */
  signal: AbortSignal;
  /** On the monotonic clock (`performance.now()`), in milliseconds. */
  atMs(): number;
  /** From the beginning, in seconds. */
  seconds(): number;
  /** At least so many seconds more from now on; it is never drawn nearer. */
  allow(seconds: number): void;
  end(): void;
}

export function startDeadline(seconds: number): Deadline {
  const controller = new AbortController();
  const begunMs = performance.now();
  let atMs = begunMs + seconds * 1000;
  const begin = () => setTimeout(() => controller.abort(), atMs - performance.now()).unref();
  let timer = begin();
  return {
    signal: controller.signal,
    atMs: () => atMs,
    seconds: () => Math.ceil((atMs - begunMs) / 1000),
    allow(more) {
      const wantedMs = performance.now() + more * 1000;
      if (wantedMs <= atMs) return;
      atMs = wantedMs;
      clearTimeout(timer);
      timer = begin();
    },
    end: () => clearTimeout(timer),
  };
}
