/**
 * The valid name that was probably meant. Optimal string alignment distance (insert, delete, replace, swap neighbours),
 * case ignored. Nothing is returned when no name is closer than a third of its length: a wild guess helps nobody.
 */
export function nearest(name: string, valid: Iterable<string>): string | undefined {
  const wanted = name.slice(0, longestName).toLowerCase();
  let best: {name: string; distance: number} | undefined;
  for (const candidate of valid) {
    const distance = editDistance(wanted, candidate.slice(0, longestName).toLowerCase());
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (distance <= limit && (best === undefined || distance < best.distance)) best = {name: candidate, distance};
  }
  return best?.name;
}

/** The names as a person reads them: `a, b or c`; long lists are cut and say so. */
export function oneOf(valid: readonly string[], limit = 12): string {
  if (valid.length === 0) return 'nothing';
  if (valid.length > limit) return `${valid.slice(0, limit).join(', ')} … (${valid.length} names)`;
  const last = valid[valid.length - 1];
  return valid.length === 1 ? `${last}` : `${valid.slice(0, -1).join(', ')} or ${last}`;
}

/** A hint for an unknown name: the nearest one, or all of them. */
export function didYouMean(name: string, valid: readonly string[]): string {
  const near = nearest(name, valid);
  return near === undefined ? `valid: ${oneOf(valid)}` : `did you mean "${near}"?`;
}

/**
 * Number of single edits between two texts. Both should be short: time and memory grow with the product of the lengths.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({length: b.length + 1}, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

const longestName = 64;

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
