/** What rules make of the outputs that they read: a value, or the sentence why there is none. Pure. */
import type {z} from 'zod';
import {sectionsOf} from '../../harness/doctor/sections.ts';
import {type ConfSection, parseCorosyncConf, sectionsNamed} from '../../harness/parse/corosync-conf.ts';
import {type ClusterState, parseCrmMon} from '../../harness/parse/crm-mon.ts';
import {readJson} from '../../harness/parse/json.ts';
import {child, childrenNamed, type Element, parseXml} from '../../harness/parse/xml.ts';
import type {ParseError, Result} from '../../harness/types.ts';
import type {CephQuestion, Question} from './questions.ts';
import {names} from './readings.ts';
import type {Readings, RuleState} from './rule.ts';

export const holds = (found: string): RuleState => ({state: 'holds', found});
export const violated = (found: string): RuleState => ({state: 'violated', found});
export const notApplicable = (fact: string): RuleState => ({state: 'not-applicable', fact});
export const unknown = (why: string): RuleState => ({state: 'not-known', why});

/** `violated` with all of them, or `holds`. */
export function noneOf(wrong: readonly string[], found: string): RuleState {
  return wrong.length > 0 ? violated(wrong.join('; ')) : holds(found);
}

/** What is judged of a value that was read; else it is not known. */
export function given<T>(read: Result<T, string>, judge: (value: T) => RuleState): RuleState {
  return read.ok ? judge(read.value) : unknown(read.error);
}

export function cibOf(readings: Readings): Result<Element, string> {
  return parsed(readings, names.cib, undefined, 'the CIB', (text, artefact) => {
    const cib = parseXml(text, artefact);
    if (!cib.ok || child(cib.value, 'configuration') !== undefined) return cib;
    const found = `<${cib.value.name}> without it`;
    return {ok: false, error: {artefact, path: '/cib', expected: '<cib> with its <configuration>', found}};
  });
}

export function stateOf(readings: Readings): Result<ClusterState, string> {
  return parsed(readings, names.state, undefined, 'the state of the cluster', (text, artefact) =>
    parseCrmMon(text, artefact, {lenient: true}),
  );
}

export function configOf(readings: Readings, host?: string): Result<ConfSection, string> {
  return parsed(readings, names.config, host, 'corosync.conf', parseCorosyncConf);
}

/** A key of a section that stands once, such as `totem`. */
export function configured(config: ConfSection, section: string, key: string): string | undefined {
  return sectionsNamed(config, section)
    .map(({values}) => values.get(key))
    .findLast(value => value !== undefined);
}

/** `corosync-cmapctl`: key → value. */
export function mapOf(readings: Readings, host?: string): Result<ReadonlyMap<string, string>, string> {
  const said = textOf(readings, names.map, host, "Corosync's running configuration");
  if (!said.ok) return said;
  const pairs = [...said.value.matchAll(/^(\S+) \(\w+\) = (.*)$/gm)].map(([, key = '', value = '']) => [key, value]);
  return pairs.length > 0
    ? {ok: true, value: new Map(pairs as [string, string][])}
    : {ok: false, error: 'corosync-cmapctl says nothing: Corosync does not run there'};
}

/** Every domain of a host, as libvirt has it. */
export function domainsOf(readings: Readings, host?: string): Result<readonly Element[], string> {
  const read = parsed(readings, names.domains, host, 'the domains of libvirt', parseXml);
  if (!read.ok) return read;
  return read.value.name === 'domains'
    ? {ok: true, value: childrenNamed(read.value, 'domain')}
    : {ok: false, error: `the domains of libvirt cannot be read: found <${read.value.name}>`};
}

/** The lines that a host said to one of the questions; an error where it said nothing, or was not asked. */
export function answer(readings: Readings, question: Question, host?: string): Result<readonly string[], string> {
  const said = textOf(readings, names.host, host, 'what the host says');
  if (!said.ok) return said;
  const lines = sectionsOf(said.value)?.get(question);
  if (lines === undefined) return {ok: false, error: `nothing was read of it (${question})`};
  return lines.length > 0 ? {ok: true, value: lines} : {ok: false, error: `the host says nothing of it (${question})`};
}

/** How the host's kernel merges pages that are alike (KSM). */
export interface Merging {
  runs: boolean;
  /** Pages that are merged, which stay so where it was only halted; absent where it is not told. */
  shared?: number;
  /** Whether ksmtuned is there, which starts it when memory gets short; absent where it is not told. */
  tuned?: boolean;
}

export function mergingOf(readings: Readings): Result<Merging, string> {
  const said = answer(readings, 'ksm');
  if (!said.ok) return said;
  const first = (shape: RegExp) => said.value.flatMap(line => shape.exec(line)?.[1] ?? [])[0];
  const run = first(/^([012])$/);
  if (run === undefined) return {ok: false, error: 'the kernel does not say whether KSM runs'};
  // 2 takes apart what was merged.
  const shared = run === '2' ? '0' : first(/^shared (\d+)$/);
  const tuned = first(/^ksmtuned (yes|no)$/);
  return {
    ok: true,
    value: {
      runs: run === '1',
      ...(shared === undefined ? {} : {shared: Number(shared)}),
      ...(tuned === undefined ? {} : {tuned: tuned === 'yes'}),
    },
  };
}

/** As `answer`, of questions that end with `asked` when they could be asked: what is left may be nothing. */
export function answerOf(readings: Readings, question: Question, host?: string): Result<readonly string[], string> {
  const said = answer(readings, question, host);
  if (!said.ok) return said;
  return said.value.at(-1) === 'asked'
    ? {ok: true, value: said.value.slice(0, -1)}
    : {ok: false, error: `the answer was cut off (${question})`};
}

/**
 * What holds for those that `listed` names, said of all hosts: where a host is not among them, it is not known. A list
 * without names is counted.
 */
export function forAll(
  state: RuleState,
  hosts: readonly string[],
  listed: readonly (string | undefined)[],
  where: string,
): RuleState {
  if (state.state !== 'holds') return state;
  if (listed.every(name => name !== undefined)) {
    const lost = hosts.filter(host => !listed.includes(host));
    return lost.length === 0 ? state : unknown(`${where} says nothing of ${lost.join(', ')}`);
  }
  return listed.length >= hosts.length ? state : unknown(`${where} names ${listed.length} of ${hosts.length} nodes`);
}

/** What Ceph said to a question, in JSON of that form. */
export function cephJson<T>(readings: Readings, question: CephQuestion, form: z.ZodType<T>): Result<T, string> {
  const said = cephLines(readings, question);
  if (!said.ok) return said;
  const read = readJson(said.value.join('\n'), `ceph (${question})`, form);
  if (read.ok) return read;
  const {path, expected, found} = read.error;
  return {
    ok: false,
    error: `Ceph's ${question}: ${path === '' ? '' : `${path}: `}expected ${expected}, found ${found}`,
  };
}

export function cephLines(readings: Readings, question: CephQuestion): Result<readonly string[], string> {
  const said = textOf(readings, names.ceph, undefined, 'Ceph');
  if (!said.ok) return said;
  const lines = sectionsOf(said.value)?.get(question);
  return lines !== undefined && lines.length > 0
    ? {ok: true, value: lines}
    : {ok: false, error: `Ceph says nothing of its ${question}: no keyring there, or no answer`};
}

export function textOf(
  readings: Readings,
  name: string,
  host: string | undefined,
  what: string,
): Result<string, string> {
  const read = readings(name, host);
  if (!read.ok) return {ok: false, error: `${what} cannot be read: ${read.error.found}`};
  const {text, exitCode, stderr} = read.value;
  if (exitCode === 0 && text.trim() !== '') return {ok: true, value: text};
  const why = stderr.trim().split('\n').at(-1) || (exitCode === 0 ? 'nothing was said' : `exit code ${exitCode}`);
  return {ok: false, error: `${what} cannot be read: ${why}`};
}

function parsed<T>(
  readings: Readings,
  name: string,
  host: string | undefined,
  what: string,
  parse: (text: string, artefact: string) => Result<T, ParseError>,
): Result<T, string> {
  const text = textOf(readings, name, host, what);
  if (!text.ok) return text;
  const read = parse(text.value, name);
  if (read.ok) return read;
  const {expected, found} = read.error;
  return {ok: false, error: `${what} cannot be read: expected ${expected}, found ${found}`};
}

/** The same value of every host; the first error where one gives none. */
export function ofEach<T>(
  hosts: readonly string[],
  read: (host: string) => Result<T, string>,
): Result<readonly {host: string; value: T}[], string> {
  const all = hosts.map(host => ({host, read: read(host)}));
  const wrong = Map.groupBy(
    all.flatMap(({host, read}) => (read.ok ? [] : [{host, error: read.error}])),
    ({error}) => error,
  );
  if (wrong.size > 0) {
    const told = [...wrong].map(([error, some]) => `${some.map(({host}) => host).join(', ')}: ${error}`);
    return {ok: false, error: told.join('; ')};
  }
  if (all.length === 0) return {ok: false, error: 'no host was read'};
  return {ok: true, value: all.flatMap(({host, read}) => (read.ok ? [{host, value: read.value}] : []))};
}

/** `A on n1, n2; B on n3`, where the hosts do not all say the same. */
export function differing(each: readonly {host: string; value: string}[]): string | undefined {
  const groups = Map.groupBy(each, ({value}) => value);
  if (groups.size < 2) return undefined;
  return [...groups].map(([value, some]) => `${value} on ${some.map(({host}) => host).join(', ')}`).join('; ');
}
