/** CRC errors on the wires of each plane while a trial loads them: counters before and after, as errors per bit. */
import {z} from 'zod';
import {readOnly} from '../../harness/cluster/commands.ts';
import {errorsPerBit, linkErrorsScript, parseLinkErrors} from '../../harness/parse/link-errors.ts';
import {
  type Artefacts,
  type Host,
  type Measured,
  type ParseError,
  type Plane,
  planes,
  type Trial,
} from '../../harness/types.ts';
import {jsonArtefact, keepJson, toolOutput} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';

const artefactOf = (when: 'before' | 'after', host: string) => `links-${when}-${host}.txt`;

const hostsArtefact = 'links.json';
const wired = z.array(z.object({name: z.string(), interfaces: z.partialRecord(z.enum(planes), z.string())}));

/** Runs a load with the counters of all interfaces that the inventory names read before and after it. */
export async function betweenCounters(trial: Trial, load: () => Promise<void>): Promise<void> {
  const {nodes, client} = trial.cluster;
  const hosts = [...nodes, client].filter(({interfaces = {}}) => Object.keys(interfaces).length > 0);
  await keepJson(
    trial,
    hostsArtefact,
    hosts.map(({name, interfaces = {}}) => ({name, interfaces})),
  );
  await recordLinks(trial, 'before', hosts);
  await load();
  await recordLinks(trial, 'after', hosts);
}

async function recordLinks(trial: Trial, when: 'before' | 'after', hosts: readonly Host[]): Promise<void> {
  for (const host of hosts) {
    const names = [...new Set(Object.values(host.interfaces ?? {}))];
    const command = readOnly(['sh', '-c', linkErrorsScript, 'links', ...names], 10_000);
    await trial.record(artefactOf(when, host.name), host, command);
  }
}

/**
 * A sample a plane, of all its hosts together; a problem where the plane has no wire that could count. Runs that were
 * stored before counters were read say nothing.
 */
export function measureLinks(raw: Artefacts): Measured {
  if (!raw.names.includes(hostsArtefact)) return onlyProblems();
  const kept = jsonArtefact(raw, hostsArtefact, wired);
  if (!kept.ok) return onlyProblems(kept.error);
  const hosts = kept.value;
  const totals = new Map<Plane, {bits: number; errors: number; wireless: string[]}>();
  for (const {name, interfaces} of hosts) {
    const grown = growth(raw, name);
    if ('expected' in grown) return onlyProblems(grown);
    for (const plane of planes) {
      const named = interfaces[plane];
      if (named === undefined) continue;
      const link = grown.links.get(named);
      if (link === undefined) {
        const artefact = artefactOf('after', name);
        return onlyProblems({artefact, path: named, expected: `counters of ${named}`, found: 'none'});
      }
      const total = totals.get(plane) ?? {bits: 0, errors: 0, wireless: []};
      if (link.card === undefined) total.wireless.push(`${name} ${interfaces[plane]}`);
      else totals.set(plane, {...total, bits: total.bits + 8 * link.bytes, errors: total.errors + link.errors});
      if (!totals.has(plane)) totals.set(plane, total);
    }
  }
  const artefact = artefactOf('after', hosts[0]?.name ?? '');
  const all = [...totals];
  // A plane that nobody counted may be the one with errors: the others speak for none of it then, but for their own.
  const uncounted = all.some(([, {bits, wireless}]) => wireless.length > 0 || bits === 0);
  return {
    samples: all.flatMap(([plane, {bits, errors, wireless}]) => {
      if (wireless.length > 0 || bits === 0 || (uncounted && errors === 0)) return [];
      const {low, high} = errorsPerBit(errors, bits);
      const from = {artefact, path: plane};
      const value = {value: (low + high) / 2, halfWidth: (high - low) / 2};
      return [{metric: 'network.crc-errors', unit: 'ratio' as const, ...value, labels: {plane}, from}];
    }),
    problems: [
      ...wirelessProblem(
        all.flatMap(([, {wireless}]) => wireless),
        artefact,
      ),
      ...all.flatMap(([plane, {bits, wireless}]) =>
        bits === 0 && wireless.length === 0
          ? [{artefact, path: plane, expected: 'frames that were counted', found: '0 bits received'}]
          : [],
      ),
    ],
    findings: [],
  };
}

function wirelessProblem(links: readonly string[], artefact: string): readonly ParseError[] {
  if (links.length === 0) return [];
  const found = `none below ${links.slice(0, 3).join(', ')}${links.length > 3 ? ` and ${links.length - 3} more` : ''}`;
  return [{artefact, path: 'card', expected: 'a network card, which counts frames whose checksum does not fit', found}];
}

type Growth = {links: ReadonlyMap<string, {card: string | undefined; bytes: number; errors: number}>};

function growth(raw: Artefacts, host: string): Growth | ParseError {
  const [before, after] = [linksOf(raw, artefactOf('before', host)), linksOf(raw, artefactOf('after', host))];
  if (!before.ok) return before.error;
  if (!after.ok) return after.error;
  const links = new Map<string, {card: string | undefined; bytes: number; errors: number}>();
  for (const now of after.value) {
    const was = before.value.find(each => each.interface === now.interface);
    const bytes = now.receivedBytes - (was?.receivedBytes ?? Number.NaN);
    const errors = now.crcErrors - (was?.crcErrors ?? Number.NaN);
    // A counter that fell was set back: what came before is not known.
    if (!(bytes >= 0 && errors >= 0)) {
      const [artefact, path] = [artefactOf('after', host), now.interface];
      return {artefact, path, expected: 'counters that only grow', found: `${bytes} bytes, ${errors} errors`};
    }
    links.set(now.interface, {card: now.card, bytes, errors});
  }
  return {links};
}

function linksOf(raw: Artefacts, artefact: string): ReturnType<typeof parseLinkErrors> {
  const output = toolOutput(raw, artefact);
  return output.ok ? parseLinkErrors(output.value.text, artefact) : output;
}
