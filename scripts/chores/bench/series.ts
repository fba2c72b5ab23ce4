import {random} from '../../../reports/stats/random.ts';

/**
 * So many nights of a series around 100 with 3 % of noise; every 90th night, on average, its level changes by up to 15
 * %. Seeded.
 */
export function nightlySeries(seed: number, nights: number): number[] {
  const next = random(seed);
  let level = 100;
  return Array.from({length: nights}, () => {
    if (next() < 1 / 90) level *= 1 + 0.3 * (next() - 0.5);
    // A sum of twelve uniforms is normal enough.
    let noise = -6;
    for (let n = 0; n < 12; n++) noise += next();
    return level * (1 + 0.03 * noise);
  });
}
