/** Hosts that cannot be worked on → sentences: one a cause, with the hosts it is told of and what to do. Pure. */
import {loginOf, type SshOptions} from './ssh-argv.ts';
import type {Cause, KeyPlace, SudoTrouble} from './ssh-cause.ts';

export interface Unreached {
  name: string;
  /** As the inventory has it. */
  address: string;
  cause: Cause;
}

type Login = Omit<SshOptions, 'sudo'>;

/** In the order in which the causes come first. */
export function reachSentences(unreached: readonly Unreached[], login: Login): readonly string[] {
  const groups = Map.groupBy(
    unreached,
    host => `${groupOf(host)} ${JSON.stringify(login.hosts?.get(host.name) ?? {})}`,
  );
  return [...groups.values()].map(hosts => {
    const [first] = hosts;
    return first === undefined ? '' : `${listed(hosts.map(label))}: ${about(first.cause, hosts, login)}`;
  });
}

/** Causes that one sentence can tell. */
function groupOf({cause, address}: Unreached): string {
  switch (cause.kind) {
    case 'unknown-key':
    case 'changed-key':
    case 'revoked-key':
      return `${cause.kind} ${cause.keyType} ${cause.at.port}`;
    case 'no-name':
      return cause.kind;
    case 'denied':
      return `denied ${cause.methods} ${deniedAt(cause, address) === address ? '' : cause.as}`;
    default:
      return JSON.stringify(cause);
  }
}

/** The cause and its remedy, for all hosts of one group. */
function about(cause: Cause, hosts: readonly Unreached[], options: Login): string {
  const {user, port, key, jump} = loginOf(options, hosts[0]?.name ?? '');
  const known = options.knownHosts ?? '~/.ssh/known_hosts';
  const many = hosts.length > 1;
  const address = hosts[0]?.address ?? '';
  const whom = user === undefined ? '' : ` as ${user}`;
  const where = port === undefined ? "ssh's port" : `port ${port}`;
  const via = jump === undefined ? '' : `; the way leads through the jump host ${jump}: does that answer?`;
  switch (cause.kind) {
    case 'unknown-key':
      return `the host key is not in ${known}. ${fingerprints(hosts)}Then run: ${keyscan(cause, hosts)} >> ${known}`;
    case 'changed-key':
      return (
        `the host key is another one than in ${cause.file || known}${cause.line > 0 ? ` (line ${cause.line})` : ''}: ` +
        `installed anew, or somebody is in between. ${fingerprints(hosts)}Only then run: ` +
        `${hosts.map(host => `ssh-keygen -f ${cause.file || known} -R ${quotedPlace(placeOf(host))}`).join('; ')}; ` +
        `${keyscan(cause, hosts)} >> ${cause.file || known}`
      );
    case 'revoked-key':
      return `the ${cause.keyType} host key is marked as revoked in ${known}: give the host a new key, and note that one`;
    case 'key-open':
      return `ssh does not use the key ${cause.file}, since others can read it (mode ${cause.mode}). Run: chmod 600 ${cause.file}`;
    case 'key-unusable':
      return `ssh cannot load the key ${cause.file} (${cause.said}): name a private key under ssh.key in the inventory`;
    case 'denied': {
      const at = deniedAt(cause, address);
      const who = cause.as?.split('@')[0] ?? user;
      return (
        `logging in${who === undefined ? '' : ` as ${who}`}${at === address ? '' : ` to the jump host ${at}`} ` +
        `with ${key === undefined ? "ssh's own keys" : `the key ${key}`} was denied` +
        `${cause.methods === '' ? '' : ` (the host takes ${cause.methods})`}. ` +
        `Put the public key there${many && at === address ? ', on each as on the first' : ''}: ${copyId(who, at, port, key)}; ` +
        `a key with a passphrase is used only from an agent: nobody is asked`
      );
    }
    case 'no-name':
      return `the name${many ? 's do' : ' does'} not resolve: correct addresses.management in the inventory, or add ${many ? 'them' : 'it'} to /etc/hosts or DNS`;
    case 'refused':
      return `${where} refuses the connection: start sshd there, or correct ssh.port in the inventory${via}`;
    case 'timeout':
      return `no answer on ${where}: switch the host on, or open the way to it (a firewall may drop the connection)${via}`;
    case 'no-route':
      return `this machine has no route there: correct the address or this machine's network, or switch the host on${via}`;
    case 'dropped':
      return `the connection to ${where} was closed before ssh was spoken: look at sshd's log there (MaxStartups, memory), or correct ssh.port${via}`;
    case 'no-program':
      return 'this machine has no ssh. Run: apt-get install openssh-client';
    case 'sudo':
      return `logging in${whom} works, and sudo does not: ${aboutSudo(cause.trouble, user ?? 'USER', cause.said)}`;
    case 'not-root':
      return `commands run${whom}, and not as root: log in as root, or say in the inventory: ssh: {become: {method: sudo, passwordFile: FILE}}`;
    case 'no-shell':
      return `logging in${whom} works, and running a command does not (${cause.said}): give ${user ?? 'that user'} a plain shell, with coreutils`;
    case 'other':
      return `ssh says: ${cause.said}. Try: ssh -v${port === undefined ? '' : ` -p ${port}`} ${user === undefined ? '' : `${user}@`}${address} true`;
  }
}

function aboutSudo(trouble: SudoTrouble, user: string, said: string): string {
  switch (trouble) {
    case 'wrong-password':
      return `the password for it is wrong (it was tried once): correct what ssh.become names`;
    case 'asks':
      return `it asks for a password, and none is given: name ssh.become.passwordFile, passwordEnv or ask in the inventory, or allow ${user} NOPASSWD there`;
    case 'denied':
      return `${user} may not run commands as root (${said}). As root there: echo '${user} ALL=(root) ALL' >/etc/sudoers.d/seatrial && chmod 440 /etc/sudoers.d/seatrial`;
    case 'tty':
      return `it wants a terminal (requiretty). As root there: echo 'Defaults:${user} !requiretty' >/etc/sudoers.d/seatrial-tty && chmod 440 /etc/sudoers.d/seatrial-tty`;
    case 'missing':
      return `there is none. As root there: apt-get install sudo (dnf install sudo), then allow ${user} to use it`;
    case 'other':
      return `it says: ${said}. Try there: sudo -v`;
  }
}

function label({name, address}: Unreached): string {
  return name === address ? name : `${name} (${address})`;
}

/** The host, or the jump host before it. */
function deniedAt({as}: Extract<Cause, {kind: 'denied'}>, address: string): string {
  return as?.slice(as.indexOf('@') + 1) ?? address;
}

function placeOf({cause, address}: Unreached): KeyPlace {
  return 'at' in cause ? cause.at : {address};
}

/** What to compare, and with what; nothing where no fingerprint is known. */
function fingerprints(hosts: readonly Unreached[]): string {
  const sent = hosts.flatMap(({name, cause}) =>
    'fingerprint' in cause && cause.fingerprint ? [`${name} ${cause.fingerprint}`] : [],
  );
  const [first] = hosts;
  const type = first !== undefined && 'keyType' in first.cause ? first.cause.keyType : '';
  const command = `ssh-keygen -lf /etc/ssh/ssh_host_${type.toLowerCase() || 'ed25519'}_key.pub`;
  return sent.length === 0
    ? `See on the host's console what "${command}" prints. `
    : `Compare on the host's console with "${command}": ${sent.join(', ')}. `;
}

function keyscan({keyType, at}: {keyType: string; at: KeyPlace}, hosts: readonly Unreached[]): string {
  const type = keyType === '' ? '' : ` -t ${keyType.toLowerCase()}`;
  const port = at.port === undefined ? '' : ` -p ${at.port}`;
  return `ssh-keyscan${type}${port} ${[...new Set(hosts.map(host => placeOf(host).address))].join(' ')}`;
}

function quotedPlace({address, port}: KeyPlace): string {
  return port === undefined ? address : `'[${address}]:${port}'`;
}

function copyId(user: string | undefined, address: string, port: number | undefined, key: string | undefined): string {
  return `ssh-copy-id${key === undefined ? '' : ` -i ${key}.pub`}${port === undefined || port === 22 ? '' : ` -p ${port}`} ${user === undefined ? '' : `${user}@`}${address}`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
