/** Where a simulated year has come to. Its warm-up has negative times: 0 is the beginning of what is counted. */
export class Clock {
  /** Seconds. */
  now = Number.NaN;
  /** Likelihood ratio of the year so far: true law ÷ forced law. */
  weight = Number.NaN;

  get counts(): boolean {
    return this.now >= 0;
  }
}
