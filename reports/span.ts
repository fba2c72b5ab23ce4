/** Two stretches of time beside each other. */
import type {Span} from './files/records.ts';

/** How long both went on at once, in ms: 0 where one ended as the other began, below 0 the gap between them. */
export function commonMs(one: Span, other: Span): number {
  return Math.min(one.endMs, other.endMs) - Math.max(one.startMs, other.startMs);
}
