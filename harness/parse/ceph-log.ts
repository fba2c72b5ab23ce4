/**
 * What Ceph's monitors tell of a failover afterwards. Pure.
 *
 * Source: `ceph log last N debug cluster` and `ceph osd blocklist ls` of Ceph 16.2. A line of the log:
 * `2026-11-28T08:17:19.699532+0000 mon.n1 (mon.0) 139 : cluster [DBG] osdmap e59: 3 total, 2 up, 3 in`; an entry of the
 * list: `10.77.2.3:0/3710147553 2026-11-28T09:18:46.123456+0000`, with the moment at which it ends.
 */

/** On the clock of the monitor that wrote it, in milliseconds since 1970. Lines count from 1. */
export interface Told {
  atMs: number;
  line: number;
}

export interface OsdMap extends Told {
  /** `n1` of `mon.n1`. */
  monitor: string;
  total: number;
  up: number;
}

export interface ShutOut extends Omit<Told, 'atMs'> {
  /** Without port and nonce. */
  address: string;
  untilMs: number;
}

const mapLine = /^(\S+) mon\.(\S+) .* osdmap e\d+: (\d+) total, (\d+) up, /;

/** The maps of the OSDs as the monitors published them, oldest first; what is no such line is left out. */
export function osdMaps(text: string): readonly OsdMap[] {
  const maps = text.split('\n').flatMap((line, index): OsdMap[] => {
    const [, stamp = '', monitor = '', total, up] = mapLine.exec(line) ?? [];
    const atMs = timeOf(stamp);
    return atMs === undefined ? [] : [{atMs, line: index + 1, monitor, total: Number(total), up: Number(up)}];
  });
  return maps.sort((one, two) => one.atMs - two.atMs);
}

/** When the oldest line was written that the monitors still had; undefined where none has a stamp. */
export function oldestMs(text: string): number | undefined {
  const stamps = text.split('\n').flatMap(line => timeOf(line.split(' ', 1)[0] ?? '') ?? []);
  return stamps.length === 0 ? undefined : Math.min(...stamps);
}

/** Clients and whole hosts that Ceph refuses. */
export function shutOut(text: string): readonly ShutOut[] {
  return text.split('\n').flatMap((line, index): ShutOut[] => {
    const [, address = '', stamp = ''] = /^(?:v\d+:)?\[?(\S+?)\]?:\d+\/\d+ (\S+)/.exec(line) ?? [];
    const untilMs = timeOf(stamp);
    return untilMs === undefined ? [] : [{address, untilMs, line: index + 1}];
  });
}

/** `2026-11-28T08:17:19.699532+0000`; a stamp without its zone says nothing. */
function timeOf(stamp: string): number | undefined {
  const [, clock, hours, minutes] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d):?(\d\d)$/.exec(stamp) ?? [];
  const atMs = Date.parse(`${clock}${hours}:${minutes}`);
  return Number.isFinite(atMs) ? atMs : undefined;
}
