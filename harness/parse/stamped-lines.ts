/**
 * Lines of Pacemaker's and Corosync's own logs, each at its moment on the harness's clock. Pure. Stamps count
 * milliseconds of the host's own clock and carry neither year nor zone; both come with the clock's offset.
 */

export interface HostLog {
  host: string;
  artefact: string;
  text: string;
  /**
   * The host's clock minus the harness's, right to ± halfWidthMs; utcOffsetMinutes: what the host's local time adds to
   * UTC.
   */
  clock: {offsetMs: number; halfWidthMs: number; utcOffsetMinutes: number};
}

export interface StampedLine {
  /** Milliseconds since 1970 on the harness's clock. */
  atMs: number;
  /** The same moment on the clock of the host that wrote it. */
  hostMs: number;
  /** `atMs` is right to ± this much: the clock's uncertainty and the stamp's millisecond. */
  halfWidthMs: number;
  host: string;
  artefact: string;
  /** Counts from 1. */
  line: number;
  text: string;
}

const stamp = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2})\.(\d{3}) /;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** A stamp counts whole milliseconds, cut off. */
const stampHalfWidthMs = 1;
/** Longest line that is looked at; Pacemaker's and Corosync's own are a few hundred characters. */
const longestLine = 4096;

/** Those without a stamp, or stamped before the injection, are left out. Total over any text. */
export function stampedLines(log: HostLog, injectedMs: number): StampedLine[] {
  const {offsetMs, halfWidthMs, utcOffsetMinutes} = log.clock;
  const lines = log.text.split('\n');
  // A line that does not end may be cut off, and may then say something else.
  lines.pop();
  return lines.flatMap((text, index) => {
    const match = text.length > longestLine ? null : stamp.exec(text);
    if (match === null) return [];
    const [, monthName = '', day = '', hour = '', minute = '', second = '', millisecond = ''] = match;
    const month = months.indexOf(monthName);
    if (month < 0) return [];
    const inYear = (year: number) =>
      Date.UTC(year, month, Number(day), Number(hour), Number(minute), Number(second), Number(millisecond)) -
      utcOffsetMinutes * 60_000;
    const hostMs = nearestYear(inYear, injectedMs + offsetMs);
    const atMs = hostMs - offsetMs;
    const uncertainty = halfWidthMs + stampHalfWidthMs;
    if (atMs + uncertainty < injectedMs) return [];
    return [{atMs, hostMs, halfWidthMs: uncertainty, host: log.host, artefact: log.artefact, line: index + 1, text}];
  });
}

/** The stamp has no year: of the years around the injection, the one that brings it nearest. */
function nearestYear(inYear: (year: number) => number, aroundMs: number): number {
  const year = new Date(aroundMs).getUTCFullYear();
  return [year - 1, year, year + 1]
    .map(inYear)
    .reduce((best, candidate) => (Math.abs(candidate - aroundMs) < Math.abs(best - aroundMs) ? candidate : best));
}
