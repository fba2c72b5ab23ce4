/**
 * Evidence is counted once: what was measured twice under two names is one measurement. For trials of a run, and for
 * runs beside each other. Pure.
 */
import type {Resumption, Sample, StoredArtefact, TrialRecord, Unit} from '../../harness/types.ts';
import type {Span} from '../files/records.ts';
import type {Report} from '../run/report.ts';
import {commonMs} from '../span.ts';

/** A trial, or a run. */
export interface Piece extends Span {
  /** For people: `trial 3`, `run X`. */
  name: string;
  /** What does one thing at a time: a cluster. */
  place: string;
  /** sha256 of every artefact that gave a value. */
  contents: readonly string[];
  /** Where it went on with pauses, in which its cluster may have done other things: the stretches of its span. */
  stretches?: readonly Span[];
}

export interface Repeat {
  /** In the list that was given. */
  index: number;
  name: string;
  /** Half a sentence that says of what it is a copy, and by what that shows. */
  reason: string;
}

/** Two readings of one machine's clock may be this much apart from its steady one. */
const clockStepMs = 1000;

/**
 * Those that cannot be a measurement of their own, given what stands before them in the list: they hold an artefact
 * of the same bytes, started at the same moment, or ran at a time when their cluster was busy with another. Every
 * output that is measured by holds times and counters, so equal bytes are a copy. A piece without a readable
 * time is told apart by its bytes only.
 */
export function repeatsAmong(pieces: readonly Piece[]): readonly Repeat[] {
  const byContent = new Map<string, string>();
  const busy = new Map<string, Piece[]>();
  const repeats: Repeat[] = [];
  for (const [index, piece] of pieces.entries()) {
    const twin = piece.contents.map(sum => byContent.get(sum)).find(name => name !== undefined);
    const stretches = (piece.stretches ?? [piece]).map(span => ({...piece, ...span}));
    const reason =
      twin === undefined
        ? stretches.map(stretch => collision(stretch, busy.get(piece.place) ?? [])).find(found => found !== undefined)
        : `holds what ${twin} measured, to the byte`;
    if (reason !== undefined) {
      repeats.push({index, name: piece.name, reason});
      continue;
    }
    for (const sum of piece.contents) byContent.set(sum, piece.name);
    for (const stretch of stretches) insert(busy, stretch);
  }
  return repeats;
}

/** `kept` is in the order of time and without overlaps, so that only neighbours need to be looked at. */
function collision(piece: Piece, kept: readonly Piece[]): string | undefined {
  const at = firstAfter(kept, piece.startMs);
  for (const other of kept.slice(Math.max(0, at - 2), at + 2)) {
    if (other.startMs === piece.startMs) return `started at the same moment as ${other.name}`;
    const shorter = Math.min(other.endMs - other.startMs, piece.endMs - piece.startMs);
    if (commonMs(other, piece) > Math.min(clockStepMs, shorter / 2))
      return `ran at the same time as ${other.name}, on the same cluster`;
  }
  return undefined;
}

function firstAfter(kept: readonly Piece[], ms: number): number {
  let [low, high] = [0, kept.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((kept[middle]?.startMs ?? 0) > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}

function insert(busy: Map<string, Piece[]>, piece: Piece): void {
  if (!Number.isFinite(piece.startMs)) return;
  const kept = busy.get(piece.place) ?? [];
  busy.set(piece.place, kept);
  kept.splice(firstAfter(kept, piece.startMs), 0, piece);
}

/** What only looks finds the same bytes twice, and rightly so. */
function readsOnly(scenario: string): boolean {
  return scenario.startsWith('conformance/') || scenario === 'alarm/rules' || scenario === 'compute/numa';
}

/** No two measurements of these give the same digits. */
const timed: ReadonlySet<Unit> = new Set<Unit>(['s', 's·s', 'op/s', 'bit/s', 'B/s']);

/**
 * What a trial's outputs are told by. One that gave times or rates: its own bytes. One that gave nothing but counts,
 * sizes and shares (what reached what, the largest packet, a digest) may be the same again, and holds no time: with it
 * goes what is noted beside it, when the program was started and how long it ran; without such a note it tells nothing.
 */
function contentsOf(artefacts: readonly StoredArtefact[], samples: readonly Sample[]): readonly string[] {
  const sums = new Map(artefacts.map(({name, sha256}) => [name, sha256]));
  const gave = Map.groupBy(samples, ({from}) => from.artefact.split('/').at(-1) ?? '');
  return [...gave].flatMap(([name, those]) => {
    const sum = sums.get(name);
    if (sum === undefined) return [];
    if (those.some(({unit}) => timed.has(unit))) return [sum];
    const beside = sums.get(`${name}.meta.json`);
    return beside === undefined ? [] : [`${sum} ${beside}`];
  });
}

/**
 * A trial as a piece; `samples` are those it gave, with artefacts as they are named in its folder or from the run's.
 */
export function trialPiece(
  {
    planned,
    startedAt,
    durationSeconds,
    artefacts,
  }: Pick<TrialRecord, 'startedAt' | 'durationSeconds' | 'artefacts'> & {
    planned: Pick<TrialRecord['planned'], 'slot' | 'scenario'>;
  },
  samples: readonly Sample[],
  place: string,
): Piece {
  const startMs = Date.parse(startedAt);
  return {
    name: `trial ${planned.slot}`,
    place,
    startMs,
    endMs: startMs + 1000 * durationSeconds,
    contents: readsOnly(planned.scenario) ? [] : contentsOf(artefacts, samples),
  };
}

/** A judged run as a piece. */
export function runPiece({header, ended, resumed, trials, samples}: Report): Piece {
  const bySlot = Map.groupBy(samples, ({labels}) => labels.trial);
  const pieces = trials.map(row =>
    trialPiece({...row, planned: row}, bySlot.get(String(row.slot)) ?? [], header.cluster),
  );
  const last = Math.max(...pieces.map(({endMs}) => endMs).filter(Number.isFinite));
  const span = {
    startMs: Date.parse(header.startedAt),
    endMs: ended.at === undefined ? last : Date.parse(ended.at),
  };
  return {
    name: `run ${header.id}`,
    place: header.cluster,
    ...span,
    contents: pieces.flatMap(({contents}) => contents),
    ...(resumed === undefined ? {} : {stretches: stretchesOf(span, resumed.times)}),
  };
}

/** From start to the last that was heard before each resumption, and from the last resumption to the end. */
function stretchesOf({startMs, endMs}: Span, times: readonly Resumption[]): readonly Span[] {
  const starts = [startMs, ...times.map(({at}) => Date.parse(at))];
  const ends = [...times.map(({since}) => Date.parse(since)), endMs];
  return starts.map((from, index) => ({startMs: from, endMs: ends[index] ?? endMs}));
}
