/**
 * When disruptive work may be done to a cluster: `maintenance` of the inventory. Windows are said in the local time of
 * a place and computed here as instants, so that changes between summer and winter time are what they are there. Pure.
 */
import {z} from 'zod';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Weekday = (typeof weekdays)[number];

/** `to` at or before `from` is on the next day. Days are those of `from`. */
export interface MaintenanceWindow {
  days: readonly Weekday[];
  /** `22:00`, local time. */
  from: string;
  /** `04:00`; `24:00` is the day's end. */
  to: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  timezone: string;
}

const time = (last: RegExp, what: string) => z.string().regex(last, {error: what});

export const maintenanceSchema = z
  .array(
    z.strictObject({
      days: z.array(z.enum(weekdays)).min(1).max(7).describe('on which it opens'),
      from: time(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as "22:00"').describe('local time'),
      to: time(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as "04:00", "24:00" at most').describe(
        'local time; at or before from it is on the next day',
      ),
      timezone: z
        .string()
        .refine(isTimezone, {error: 'a time zone such as Europe/Berlin or UTC'})
        .describe('whose local time; summer time is kept'),
    }),
  )
  .min(1)
  .max(50);

function isTimezone(name: string): boolean {
  try {
    // An offset would be taken too, and forget summer time.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', {timeZone: name}) !== undefined;
  } catch {
    return false;
  }
}

/** `[from, to)`. */
export interface Span {
  from: Date;
  to: Date;
}

const dayMs = 86_400_000;
/** Two weeks: every window comes up once at least. */
const daysAhead = 15;

/** The window that is open at `now` and the next one that opens later; windows that meet are one. */
export function windowsAt(
  windows: readonly MaintenanceWindow[],
  now: Date,
): {open: Span | undefined; next: Span | undefined} {
  const spans = merged(windows.flatMap(window => spansOf(window, now)));
  return {
    open: spans.find(({from, to}) => from <= now && now < to),
    next: spans.find(({from}) => from > now),
  };
}

function spansOf({days, from, to, timezone}: MaintenanceWindow, now: Date): readonly Span[] {
  const overnight = minutesOf(to) <= minutesOf(from);
  const spans: Span[] = [];
  for (let day = -2; day <= daysAhead; day += 1) {
    const date = localDate(new Date(now.getTime() + day * dayMs), timezone);
    const weekday = weekdays[date.getUTCDay()];
    if (weekday === undefined || !days.includes(weekday)) continue;
    const end = new Date(date.getTime() + (overnight ? dayMs : 0));
    const span = {from: instant(date, minutesOf(from), timezone), to: instant(end, minutesOf(to), timezone)};
    // An hour that summer time leaves out is no window.
    if (span.from < span.to) spans.push(span);
  }
  return spans;
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The local date at an instant, as midnight UTC of that date. */
function localDate(at: Date, timezone: string): Date {
  const local = new Date(at.getTime() + offsetMs(at, timezone));
  return new Date(Math.floor(local.getTime() / dayMs) * dayMs);
}

/** When it is so many minutes after midnight of that date there. A time that occurs twice is the first one. */
function instant(date: Date, minutes: number, timezone: string): Date {
  const wall = date.getTime() + minutes * 60_000;
  const [before, after] = [-dayMs, dayMs].map(ms => offsetMs(new Date(wall + ms), timezone));
  const candidates = [before, after].map(offset => new Date(wall - (offset ?? 0)));
  const exact = candidates.filter(each => each.getTime() + offsetMs(each, timezone) === wall);
  // A time that is left out is told as if the clocks had not been changed yet.
  const chosen = exact.length > 0 ? Math.min(...exact.map(Number)) : wall - (before ?? 0);
  return new Date(chosen);
}

/** What local time adds to UTC. */
function offsetMs(at: Date, timezone: string): number {
  const parts = formatOf(timezone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find(each => each.type === type)?.value);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(at.getTime() / 1000) * 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = 'numeric' as const;
  const fields = {year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric};
  const made = new Intl.DateTimeFormat('en-US', {timeZone, hourCycle: 'h23', ...fields});
  formats.set(timeZone, made);
  return made;
}

function merged(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((one, other) => one.from.getTime() - other.from.getTime());
  const result: Span[] = [];
  for (const span of sorted) {
    const last = result.at(-1);
    if (last === undefined || span.from > last.to) result.push({...span});
    else if (span.to > last.to) last.to = span.to;
  }
  return result;
}

/** `Sat 2026-11-28 22:00 UTC`. */
export function spokenInstant(at: Date): string {
  const day = weekdays[at.getUTCDay()] ?? '';
  const iso = at.toISOString();
  return `${day.charAt(0).toUpperCase()}${day.slice(1)} ${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
