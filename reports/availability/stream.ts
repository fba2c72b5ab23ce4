/**
 * Random numbers in [0, 1) for one block of simulated years: sfc32 (Doty-Humphrey), 128 bits of state, so that the
 * streams of blocks do not run into each other; the same seed and block give the same numbers on every machine and in
 * every worker.
 */
export function stream(seed: number, block: number): () => number {
  const {next, restart} = restartable();
  restart(seed, block);
  return next;
}

/** The same numbers again, or others, from one function: what calls it stays fast. */
export interface Restartable {
  next: () => number;
  restart(seed: number, block: number): void;
}

export function restartable(): Restartable {
  let a = 0;
  let b = 0;
  let c = 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  const restart = (seed: number, block: number) => {
    a = scrambled(seed);
    b = scrambled(block + 0x9e3779b9);
    c = scrambled(seed ^ Math.imul(block + 1, 0x85ebca6b));
    counter = 1;
    for (let i = 0; i < 16; i++) next();
  };
  return {next, restart};
}

function scrambled(value: number): number {
  let mixed = (value + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
