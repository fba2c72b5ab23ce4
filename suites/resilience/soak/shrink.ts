/** A failing timeline made smaller as long as it still fails: faults dropped, then times shortened. */
import type {Timeline} from './draw.ts';

export interface Shrunk {
  /** It fails; nothing that was tried and is smaller did. */
  smallest: Timeline;
  tries: number;
  /** All that is one step smaller was tried: without it the tries were used up. */
  exhausted: boolean;
}

/**
 * `fails` is asked at most `maxTries` times, never twice for the same timeline. What fails only now and then may come
 * out larger than it need be, and never as something that was not seen to fail.
 */
export async function shrink(
  failing: Timeline,
  fails: (smaller: Timeline) => Promise<boolean>,
  maxTries: number,
): Promise<Shrunk> {
  let smallest = failing;
  let tries = 0;
  const tried = new Set([JSON.stringify(failing)]);
  const next = () => smaller(smallest).find(each => !tried.has(JSON.stringify(each)));
  for (let candidate = next(); candidate !== undefined; candidate = next()) {
    if (tries === maxTries) return {smallest, tries, exhausted: false};
    tried.add(JSON.stringify(candidate));
    tries++;
    if (await fails(candidate)) smallest = candidate;
  }
  return {smallest, tries, exhausted: true};
}

/** Whether a fault of the timeline is known to fail by itself: what it fails with others says nothing new. Pure. */
export function knownToFail({parts}: Timeline, smallest: Timeline): boolean {
  const [alone, another] = smallest.parts;
  return another === undefined && parts.some(({scenario}) => scenario === alone?.scenario);
}

/** Everything that is one step smaller, the greatest step first. Pure. */
export function smaller({parts, holdSeconds}: Timeline): readonly Timeline[] {
  const dropped = parts.length < 2 ? [] : parts.map((_, index) => parts.filter((_, other) => other !== index));
  const earlier = parts.flatMap((part, index) =>
    shorter(part.at).map(at => parts.map((each, other) => (other === index ? {...part, at} : each))),
  );
  return [
    ...dropped.map(left => ({parts: fromZero(left), holdSeconds})),
    ...shorter(holdSeconds).map(seconds => ({parts, holdSeconds: seconds})),
    ...earlier.map(moved => ({parts: moved, holdSeconds})),
  ];
}

/** None at all, half of it, one second less. */
function shorter(seconds: number): readonly number[] {
  return [...new Set([0, Math.floor(seconds / 2), seconds - 1])].filter(each => each >= 0 && each < seconds);
}

/** The first of what is left is at 0. */
function fromZero(parts: Timeline['parts']): Timeline['parts'] {
  const begin = Math.min(...parts.map(({at}) => at));
  return parts.map(part => ({...part, at: part.at - begin}));
}
