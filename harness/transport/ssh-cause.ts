/**
 * Why ssh could not open a connection: what it said → the cause, as data. Pure. The words are OpenSSH's own, recorded
 * in fixtures/openssh-9.2.
 */
import type {Outcome} from '../types.ts';

/**
 * Where ssh looked for a host key: `[127.0.0.1]:2222` and `10.0.0.1` in its words. A jump host's where that one is
 * the trouble.
 */
export interface KeyPlace {
  address: string;
  /** Absent: ssh's usual one. */
  port?: number;
}

export type Cause =
  /** `keyType`: `ED25519`, `RSA`, … The fingerprint is not among what ssh says. */
  | {kind: 'unknown-key'; keyType: string; at: KeyPlace; fingerprint?: string}
  | {kind: 'changed-key'; keyType: string; at: KeyPlace; fingerprint: string; file: string; line: number}
  | {kind: 'revoked-key'; keyType: string; at: KeyPlace}
  | {kind: 'key-open'; file: string; mode: string}
  | {kind: 'key-unusable'; file: string; said: string}
  /** `methods`: how the host lets people in, e.g. `publickey,password`. `as`: where, as ssh names it: `user@host`. */
  | {kind: 'denied'; methods: string; as?: string}
  | {kind: 'no-name'; said: string}
  | {kind: 'refused' | 'timeout' | 'no-route' | 'dropped'}
  | {kind: 'no-program'}
  /** The login worked, and sudo did not. */
  | {kind: 'sudo'; trouble: SudoTrouble; said: string}
  /** Commands run, and not as root. */
  | {kind: 'not-root'}
  /** The login worked, and no command did. */
  | {kind: 'no-shell'; said: string}
  | {kind: 'other'; said: string};

/** `asks`: for a password, and there is none. `denied`: that user may not. `tty`: only with a terminal. */
export type SudoTrouble = 'wrong-password' | 'asks' | 'denied' | 'tty' | 'missing' | 'other';

/**
 * The host says nothing at all: it may be off or starting, which healing or time may cure. Everything else only a
 * person can.
 */
export function isSilence({kind}: Cause): boolean {
  return kind === 'refused' || kind === 'timeout' || kind === 'no-route' || kind === 'dropped';
}

/** A failed attempt to connect → why. */
export function causeOf({exit, stderr}: Outcome): Cause {
  if (exit.kind === 'timed-out') return {kind: 'timeout'};
  // Nothing was started: the transport's own process functions say so in this way.
  if (exit.kind === 'unreachable') return {kind: 'no-program'};
  const said = stderr.replaceAll('\r', '');
  for (const read of readers) {
    const cause = read(said);
    if (cause !== undefined) return cause;
  }
  return {kind: 'other', said: lastLine(said) || `ssh ended with ${JSON.stringify(exit)} and said nothing`};
}

type Reader = (said: string) => Cause | undefined;

const sudoTroubles: readonly [RegExp, SudoTrouble][] = [
  [/incorrect password|Sorry, try again|Authentication failure|maximum .*tries/i, 'wrong-password'],
  [/must have a tty|no tty present/i, 'tty'],
  [/a password is required|no password was provided/i, 'asks'],
  [/not in the sudoers file|not allowed to (?:execute|run)|may not run sudo/i, 'denied'],
  [/sudo['’]?: (?:command not found|No such file or directory|not found)/i, 'missing'],
  [/^sudo: /m, 'other'],
];

/** The more exact first: a key that is too open ends in "Permission denied" as well. */
const readers: readonly Reader[] = [
  hostKey,
  said => {
    const [, mode, file] = /^Permissions (\d+) for '(.+)' are too open\.$/m.exec(said) ?? [];
    return mode === undefined || file === undefined ? undefined : {kind: 'key-open', file, mode};
  },
  said => {
    const [, file, why] = /^Load key "(.+)": (.+)$/m.exec(said) ?? [];
    return file === undefined || why === undefined ? undefined : {kind: 'key-unusable', file, said: why};
  },
  said => {
    const [, trouble] = sudoTroubles.find(([pattern]) => pattern.test(said)) ?? [];
    // Not a word of what ssh itself says has sudo in it.
    return trouble === undefined || !/sudo|Sorry, try again/i.test(said)
      ? undefined
      : {kind: 'sudo', trouble, said: lastLine(said)};
  },
  said => {
    const [, as, methods] = /^(?:(\S+@\S+): )?Permission denied \(([^)]*)\)/m.exec(said) ?? [];
    if (methods !== undefined) return {kind: 'denied', methods, ...(as === undefined ? {} : {as})};
    return said.includes('Too many authentication failures') ? {kind: 'denied', methods: ''} : undefined;
  },
  said => {
    const why = /Could not resolve hostname (.+)$/m.exec(said)?.[1];
    return why === undefined ? undefined : {kind: 'no-name', said: why};
  },
  said => (/Connection refused/.test(said) ? {kind: 'refused'} : undefined),
  said => (/(?:Connection|Operation) timed out/.test(said) ? {kind: 'timeout'} : undefined),
  said => (/No route to host|(?:Network|Host) is (?:unreachable|down)/.test(said) ? {kind: 'no-route'} : undefined),
  said =>
    /kex_exchange_identification|Connection (?:closed|reset)|banner exchange/.test(said)
      ? {kind: 'dropped'}
      : undefined,
];

function hostKey(said: string): Cause | undefined {
  const [, unknown, nowhere] = /^No (\S+) host key is known for (\S+) and you have requested/m.exec(said) ?? [];
  if (unknown !== undefined && nowhere !== undefined) {
    return {kind: 'unknown-key', keyType: unknown, at: keyPlace(nowhere)};
  }
  const [, revoked, where] = /^(\S+) host key for (\S+) was revoked/m.exec(said) ?? [];
  if (revoked !== undefined && where !== undefined) {
    return {kind: 'revoked-key', keyType: revoked, at: keyPlace(where)};
  }
  const changed = /^Host key for (\S+) has changed/m.exec(said)?.[1];
  if (changed === undefined) return undefined;
  const [, keyType = '', fingerprint = ''] =
    /fingerprint for the (\S+) key sent by the remote host is\n(\S+?)\.?$/m.exec(said) ?? [];
  const [, file = '', line = '0'] = /^Offending (?:\S+ )?key (?:for IP )?in (.+):(\d+)$/m.exec(said) ?? [];
  return {kind: 'changed-key', keyType, at: keyPlace(changed), fingerprint, file, line: Number(line)};
}

function keyPlace(text: string): KeyPlace {
  const [, address, port] = /^\[(.+)\]:(\d+)$/.exec(text) ?? [];
  return address === undefined ? {address: text} : {address, port: Number(port)};
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
