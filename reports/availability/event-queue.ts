/** What ends when: repairs, rebuilds, maintenance. A binary heap in typed arrays: nothing is allocated per event. */
export class EventQueue {
  size = 0;
  #times: Float64Array;
  #codes: Int32Array;

  constructor(capacity: number) {
    this.#times = new Float64Array(capacity);
    this.#codes = new Int32Array(capacity);
  }

  clear(): void {
    this.size = 0;
  }

  /** Time of the earliest; infinite when nothing is pending. */
  earliest(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] ?? Number.NaN);
  }

  push(time: number, code: number): void {
    // Rebuilds that were overtaken by a repair wait here for their time: there may be more than there are parts.
    if (this.size === this.#times.length) this.#grow();
    const times = this.#times;
    const codes = this.#codes;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = times[parent] ?? 0;
      if (above <= time) break;
      times[at] = above;
      codes[at] = codes[parent] ?? 0;
      at = parent;
    }
    times[at] = time;
    codes[at] = code;
  }

  /** Takes the earliest away and gives its code. */
  pop(): number {
    const times = this.#times;
    const codes = this.#codes;
    const code = codes[0] ?? 0;
    const size = --this.size;
    const time = times[size] ?? 0;
    const moved = codes[size] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && (times[child + 1] ?? 0) < (times[child] ?? 0)) child++;
      const below = times[child] ?? 0;
      if (time <= below) break;
      times[at] = below;
      codes[at] = codes[child] ?? 0;
      at = child;
    }
    times[at] = time;
    codes[at] = moved;
    return code;
  }

  #grow(): void {
    const times = new Float64Array(2 * this.size + 16);
    const codes = new Int32Array(2 * this.size + 16);
    times.set(this.#times);
    codes.set(this.#codes);
    this.#times = times;
    this.#codes = codes;
  }
}
