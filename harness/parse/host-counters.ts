/**
 * What a Linux host says it has done so far: CPU, interfaces, disks, and guests by libvirt. Two of these and the time
 * between them give the use of each. Pure. Sources: proc(5), Documentation/admin-guide/iostats.rst, virsh(1) domstats.
 */
import type {ParseError, Result} from '../types.ts';

/** Since boot. Sections that the host does not have are empty. */
export interface HostCounters {
  /** Time of the reading on the host's own clock, in seconds since its boot. */
  uptimeSeconds: number;
  /** Over all CPUs, in ticks: `idle` counts waiting for I/O too. */
  cpu: {idle: number; total: number};
  interfaces: Readonly<Record<string, {receivedBytes: number; sentBytes: number; bitsPerSecond?: number}>>;
  /** Time with at least one I/O in flight. */
  disks: Readonly<Record<string, {busySeconds: number}>>;
  guests: Readonly<Record<string, {cpuSeconds: number; vcpus: number}>>;
}

/** Devices that only pass on what another one counts too. */
const notADisk = /^(?:loop|ram|zram|fd|sr)\d/;

/** Any text in, counters or an error out: `## NAME` opens a section, as `countersScript` prints them. */
export function parseHostCounters(text: string, artefact: string): Result<HostCounters, ParseError> {
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  const sections = sectionsOf(text);
  if (sections.get('end') === undefined) return wrong('end', 'a text that is whole', 'no last section');
  const uptime = /^(\d+\.\d+) /.exec(sections.get('uptime')?.[0] ?? '')?.[1];
  if (uptime === undefined) return wrong('uptime', 'seconds', sections.get('uptime')?.[0] ?? 'nothing');
  const ticks = /^cpu +(\d+(?: \d+){7,})$/
    .exec(sections.get('stat')?.[0] ?? '')?.[1]
    ?.split(' ')
    .map(Number);
  // Guest time is in user time already.
  const [user, nice, system, idle, waiting, irq, softirq, steal] = ticks ?? [];
  if (
    user === undefined ||
    nice === undefined ||
    system === undefined ||
    idle === undefined ||
    waiting === undefined ||
    irq === undefined ||
    softirq === undefined ||
    steal === undefined
  ) {
    return wrong('stat', 'the line "cpu" with 8 or more numbers', sections.get('stat')?.[0] ?? 'nothing');
  }
  return {
    ok: true,
    value: {
      uptimeSeconds: Number(uptime),
      cpu: {idle: idle + waiting, total: user + nice + system + idle + waiting + irq + softirq + steal},
      interfaces: interfacesOf(sections.get('net') ?? [], sections.get('speed') ?? []),
      disks: disksOf(sections.get('diskstats') ?? []),
      guests: guestsOf(sections.get('domstats') ?? []),
    },
  };
}

function sectionsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const name = /^## (\w+)$/.exec(line)?.[1];
    if (name === undefined) {
      lines.push(line);
      continue;
    }
    lines = [];
    sections.set(name, lines);
  }
  return sections;
}

function interfacesOf(lines: readonly string[], speeds: readonly string[]): HostCounters['interfaces'] {
  const megabits = new Map(
    speeds.flatMap(line => {
      const [, name, speed] = /^(\S+) (\d+)$/.exec(line) ?? [];
      return name === undefined || speed === undefined ? [] : [[name, Number(speed)] as const];
    }),
  );
  return Object.fromEntries(
    lines.flatMap(line => {
      const [, name, received, sent] = /^ *([^:\s]+): *(\d+)(?: +\d+){7} +(\d+)(?: +\d+){7}$/.exec(line) ?? [];
      if (name === undefined || name === 'lo') return [];
      const speed = megabits.get(name);
      const bytes = {receivedBytes: Number(received), sentBytes: Number(sent)};
      return [[name, speed === undefined || speed === 0 ? bytes : {...bytes, bitsPerSecond: speed * 1e6}] as const];
    }),
  );
}

function disksOf(lines: readonly string[]): HostCounters['disks'] {
  return Object.fromEntries(
    lines.flatMap(line => {
      const fields = line.trim().split(/ +/);
      const [name, busyMs] = [fields[2], fields[12]];
      if (name === undefined || busyMs === undefined || !/^\d+$/.test(busyMs) || notADisk.test(name)) return [];
      return [[name, {busySeconds: Number(busyMs) / 1000}] as const];
    }),
  );
}

function guestsOf(lines: readonly string[]): HostCounters['guests'] {
  const guests: Record<string, {cpuSeconds: number; vcpus: number}> = {};
  let current: string | undefined;
  for (const line of lines) {
    current = /^Domain: '(.+)'$/.exec(line)?.[1] ?? current;
    const nanoseconds = /^ *vcpu\.\d+\.time=(\d+)$/.exec(line)?.[1];
    if (current === undefined || nanoseconds === undefined) continue;
    const before = guests[current];
    guests[current] = {
      cpuSeconds: (before?.cpuSeconds ?? 0) + Number(nanoseconds) / 1e9,
      vcpus: (before?.vcpus ?? 0) + 1,
    };
  }
  return guests;
}

/** Use of one resource between two readings, 0…1 (a virtual CPU or a link can measure a little more). */
export interface Use {
  resource: 'cpu' | 'disk' | 'network' | 'vcpu';
  /** The interface, disk or guest; empty for the CPUs of the host. */
  name: string;
  ratio: number;
}

/** What was used between two readings of one host; a counter that went backwards (a reboot, a reload) gives nothing. */
export function usesBetween(before: HostCounters, after: HostCounters): readonly Use[] {
  const seconds = after.uptimeSeconds - before.uptimeSeconds;
  const ticks = after.cpu.total - before.cpu.total;
  if (!(seconds > 0) || !(ticks > 0)) return [];
  const uses: Use[] = [];
  const add = (resource: Use['resource'], name: string, ratio: number) => {
    if (ratio >= 0) uses.push({resource, name, ratio});
  };
  add('cpu', '', 1 - (after.cpu.idle - before.cpu.idle) / ticks);
  for (const [name, now] of Object.entries(after.interfaces)) {
    const then = before.interfaces[name];
    if (then === undefined || now.bitsPerSecond === undefined) continue;
    // Links are full duplex: the fuller direction counts.
    const bytes = Math.max(now.receivedBytes - then.receivedBytes, now.sentBytes - then.sentBytes);
    add('network', name, (bytes * 8) / seconds / now.bitsPerSecond);
  }
  for (const [name, now] of Object.entries(after.disks)) {
    const then = before.disks[name];
    if (then !== undefined) add('disk', name, (now.busySeconds - then.busySeconds) / seconds);
  }
  for (const [name, now] of Object.entries(after.guests)) {
    const then = before.guests[name];
    if (then !== undefined && then.vcpus === now.vcpus) {
      add('vcpu', name, (now.cpuSeconds - then.cpuSeconds) / seconds / now.vcpus);
    }
  }
  return uses;
}
