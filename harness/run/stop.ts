/** A run that ends before its plan does, without anybody's interrupt: why, in a sentence. */
export class Stop extends Error {}

export function whyStopped(signal: AbortSignal): string {
  return signal.reason instanceof Stop ? signal.reason.message : 'interrupted';
}

/** Kept free at the end of a maintenance window for healing. */
export const healReserveSeconds = 120;

/** The trial would not have ended, healing included, when the window closes. */
export function endsTooLate(closes: Date, estimatedSeconds: number, now = new Date()): boolean {
  return now.getTime() + (estimatedSeconds + healReserveSeconds) * 1000 > closes.getTime();
}

/**
 * Aborts when only the time for healing is left of the window. Looks at the wall clock again and again: a timer would
 * not notice that it was set.
 */
export function abortAtClosing(controller: AbortController, closes: Date | undefined, everyMs = 1000): () => void {
  if (closes === undefined) return () => {};
  const look = () => {
    if (endsTooLate(closes, 0))
      controller.abort(
        new Stop(`the maintenance window closes at ${closes.toISOString()}: healing begins before that`),
      );
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
