/**
 * Random numbers in [0, 1) for one block of simulated years: sfc32 (Doty-Humphrey), 128 bits of state, so that the streams of blocks do not run
 * into each other; the same seed and block give the same numbers on every machine and in every worker.
 */
export function stream(seed: number, block: number): () => number {
  let a = scrambled(seed);
  let b = scrambled(block + 0x9e3779b9);
  let c = scrambled(seed ^ Math.imul(block + 1, 0x85ebca6b));
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
  for (let i = 0; i < 16; i++) next();
  return next;
}

function scrambled(value: number): number {
  let mixed = (value + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
