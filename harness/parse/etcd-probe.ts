/** What harness/probes/etcd/probe.py prints. Pure; times are seconds since 1970 by the client's clock. */
import type {ParseError, Result} from '../types.ts';

export interface EtcdWrite {
  member: number;
  number: number;
  sentSeconds: number;
  doneSeconds: number;
  /** Of the leader that took it; absent where it was not acknowledged. */
  term?: number;
}

export interface EtcdStatus {
  member: number;
  sentSeconds: number;
  doneSeconds: number;
  /** Absent where it knows of none; both absent where it did not answer. */
  leader?: string;
  term?: number;
}

export interface EtcdKey {
  sentSeconds: number;
  doneSeconds: number;
  state: 'present' | 'gone' | 'unknown';
}

export interface EtcdLog {
  members: number;
  writes: readonly EtcdWrite[];
  statuses: readonly EtcdStatus[];
  keys: readonly EtcdKey[];
  /** Absent where the log was cut off. */
  endSeconds?: number;
}

const time = String.raw`(\d{10}\.\d{6})`;
const shapes = {
  begin: /^P 1 ([1-9])$/,
  write: new RegExp(String.raw`^W (\d) (\d{1,9}) ${time} ${time} (?:ok (\d{1,9})|no \S+)$`),
  status: new RegExp(String.raw`^S (\d) ${time} ${time} (?:no \S+|(\d{1,20}) (\d{1,9}))$`),
  key: new RegExp(String.raw`^K ${time} ${time} (present|gone|no)(?: \S+)?$`),
  end: new RegExp(`^Z ${time}$`),
  value: /^V (\S+) (\S*)$/,
};

type Making = {-readonly [Key in keyof EtcdLog]: EtcdLog[Key]} & {
  writes: EtcdWrite[];
  statuses: EtcdStatus[];
  keys: EtcdKey[];
};

/** Any text in. A log without its end is one that was cut off; a line that is none of the probe's is an error. */
export function parseEtcdLog(text: string, artefact: string): Result<EtcdLog, ParseError> {
  const lines = text.split('\n');
  const log: Making = {members: 0, writes: [], statuses: [], keys: []};
  for (const [index, line] of lines.slice(0, -1).entries()) {
    const [, members] = shapes.begin.exec(line) ?? [];
    const known = index === 0 ? members !== undefined : log.endSeconds === undefined && took(log, line);
    if (members !== undefined) log.members = Number(members);
    if (known) continue;
    const expected = index === 0 ? 'the first line of the probe' : 'a line of the probe';
    return {ok: false, error: {artefact, path: `line ${index + 1}`, expected, found: line.slice(0, 120)}};
  }
  if (log.members > 0) return {ok: true, value: log};
  return {ok: false, error: {artefact, path: 'line 1', expected: 'the first line of the probe', found: 'nothing'}};
}

function took(log: Making, line: string): boolean {
  const write = shapes.write.exec(line);
  if (write !== null) {
    const [, member, number, sent, done, term] = write;
    const known = {
      member: Number(member),
      number: Number(number),
      sentSeconds: Number(sent),
      doneSeconds: Number(done),
    };
    log.writes.push(term === undefined ? known : {...known, term: Number(term)});
    return true;
  }
  const status = shapes.status.exec(line);
  if (status !== null) {
    const [, member, sent, done, leader, term] = status;
    const known = {member: Number(member), sentSeconds: Number(sent), doneSeconds: Number(done)};
    const led = leader === undefined || leader === '0' ? {} : {leader};
    log.statuses.push({...known, ...led, ...(term === undefined ? {} : {term: Number(term)})});
    return true;
  }
  const key = shapes.key.exec(line);
  if (key !== null) {
    const [, sent, done, said] = key;
    const state = said === 'present' || said === 'gone' ? said : 'unknown';
    log.keys.push({sentSeconds: Number(sent), doneSeconds: Number(done), state});
    return true;
  }
  const [, end] = shapes.end.exec(line) ?? [];
  if (end !== undefined) log.endSeconds = Number(end);
  return end !== undefined;
}

/** What was read back: key → value. An error where it was cut off. */
export function parseEtcdValues(text: string, artefact: string): Result<ReadonlyMap<string, string>, ParseError> {
  const lines = text.split('\n').slice(0, -1);
  const values = new Map<string, string>();
  for (const [index, line] of lines.slice(0, -1).entries()) {
    const [, key, value] = shapes.value.exec(line) ?? [];
    if (key === undefined || value === undefined) {
      const path = `line ${index + 1}`;
      return {ok: false, error: {artefact, path, expected: 'a key and its value', found: line.slice(0, 120)}};
    }
    values.set(key, value);
  }
  if (shapes.end.test(lines.at(-1) ?? '')) return {ok: true, value: values};
  const found = 'an answer that was cut off';
  return {ok: false, error: {artefact, path: `line ${lines.length}`, expected: 'all keys, and the end', found}};
}
