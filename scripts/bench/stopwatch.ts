/** Collects how long one thing takes. Where two are compared let them take turns, so that what else the machine does falls on both alike. */
export class Stopwatch {
  readonly #seconds: number[] = [];

  async time(body: () => unknown): Promise<void> {
    const start = performance.now();
    await body();
    this.#seconds.push((performance.now() - start) / 1000);
  }

  /** In seconds; of an even number the upper one of the two in the middle. */
  get median(): number {
    return this.#seconds.toSorted((a, b) => a - b)[Math.floor(this.#seconds.length / 2)] ?? Number.NaN;
  }
}
