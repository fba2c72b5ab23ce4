/** A run that ends before its plan does, without anybody's interrupt: why, in a sentence. */
export class Stop extends Error {}

export function whyStopped(signal: AbortSignal): string {
  return signal.reason instanceof Stop ? signal.reason.message : 'interrupted';
}

/** Kept free at the end of a maintenance window for healing. */
export const healReserveSeconds = 120;
/** Kept free at the end of the time a run was told, for what was set to be put back; trials are healed by then. */
export const giveBackSeconds = 45;

/** When everything must be over. */
export interface Closing {
  /** `the maintenance window closes at …`. */
  words: string;
  reserveSeconds: number;
  leftSeconds(): number;
}

/** Where the time is read. Milliseconds; `steady` is never set. */
export interface Clock {
  wall(): number;
  steady(): number;
}

const systemClock: Clock = {wall: () => Date.now(), steady: () => performance.now()};

/** The trial would not have ended, healing included, when the window closes. */
export function endsTooLate(closes: Date, estimatedSeconds: number, now = new Date()): boolean {
  return now.getTime() + (estimatedSeconds + healReserveSeconds) * 1000 > closes.getTime();
}

/** A maintenance window closes by the clock on the wall, whoever sets it. */
export function maintenanceClosing(closes: Date, clock = systemClock): Closing {
  return {
    words: `the maintenance window closes at ${closes.toISOString()}`,
    reserveSeconds: healReserveSeconds,
    leftSeconds: () => (closes.getTime() - clock.wall()) / 1000,
  };
}

/**
 * So many seconds from now, by a clock that nobody sets. `until`: by the clock on the wall as well, whichever is
 * sooner: one that is set forward has come to its time, one that is set back makes no window longer.
 */
export function timeClosing(seconds: number, until?: Date, clock = systemClock): Closing {
  const endMs = clock.steady() + seconds * 1000;
  const steadily = () => (endMs - clock.steady()) / 1000;
  return {
    words: `the time it was told is over at ${(until ?? new Date(clock.wall() + seconds * 1000)).toISOString()}`,
    reserveSeconds: giveBackSeconds,
    leftSeconds: () =>
      until === undefined ? steadily() : Math.min(steadily(), (until.getTime() - clock.wall()) / 1000),
  };
}

/** Of the time that is left, what may be spent on trials. */
export function spendableSeconds(closings: readonly Closing[]): number {
  return Math.min(...closings.map(({leftSeconds, reserveSeconds}) => leftSeconds() - reserveSeconds));
}

/** The one that would be over before the trial were. */
export function closedBefore(closings: readonly Closing[], estimatedSeconds: number): Closing | undefined {
  return closings.find(closing => spendableSeconds([closing]) < estimatedSeconds);
}

/**
 * Aborts when only the time for healing is left of the window. Looks at the clock again and again: a timer would not
 * notice that it was set.
 */
export function abortAtClosing(controller: AbortController, closings: readonly Closing[], everyMs = 1000): () => void {
  if (closings.length === 0) return () => {};
  const look = () => {
    const over = closedBefore(closings, 0);
    if (over !== undefined) controller.abort(new Stop(`${over.words}: healing begins before that`));
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
