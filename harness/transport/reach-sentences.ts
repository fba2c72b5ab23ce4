/** Hosts that cannot be worked on → sentences: one a cause, with the hosts it is told of and what to do. Pure. */
import type {SshOptions} from './ssh.ts';
import type {Cause, KeyPlace} from './ssh-cause.ts';

export interface Unreached {
  name: string;
  /** As the inventory has it. */
  address: string;
  cause: Cause;
}

type Login = Pick<SshOptions, 'user' | 'port' | 'key' | 'knownHosts'>;

/** In the order in which the causes come first. */
export function reachSentences(unreached: readonly Unreached[], login: Login): readonly string[] {
  const groups = Map.groupBy(unreached, ({cause}) => groupOf(cause));
  return [...groups.values()].map(hosts => {
    const [first] = hosts;
    return first === undefined ? '' : `${listed(hosts.map(label))}: ${about(first.cause, hosts, login)}`;
  });
}

/** Causes that one sentence can tell. */
function groupOf(cause: Cause): string {
  switch (cause.kind) {
    case 'unknown-key':
    case 'changed-key':
    case 'revoked-key':
      return `${cause.kind} ${cause.keyType} ${cause.at.port}`;
    case 'no-name':
      return cause.kind;
    default:
      return JSON.stringify(cause);
  }
}

/** The cause and its remedy, for all hosts of one group. */
function about(cause: Cause, hosts: readonly Unreached[], {user, port, key, knownHosts}: Login): string {
  const known = knownHosts ?? '~/.ssh/known_hosts';
  const many = hosts.length > 1;
  const whereby = key === undefined ? "ssh's own keys" : `the key ${key}`;
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
    case 'denied':
      return (
        `logging in as ${user} with ${whereby} was denied${cause.methods === '' ? '' : ` (the host takes ${cause.methods})`}. ` +
        `Put the public key there${many ? ', on each as on the first' : ''}: ${copyId(user, hosts[0]?.address ?? '', port, key)}; ` +
        `a key with a passphrase cannot be used: nobody is asked`
      );
    case 'no-name':
      return `the name${many ? 's do' : ' does'} not resolve: correct addresses.management in the inventory, or add ${many ? 'them' : 'it'} to /etc/hosts or DNS`;
    case 'refused':
      return `port ${port} refuses the connection: start sshd there, or correct ssh.port in the inventory`;
    case 'timeout':
      return `no answer on port ${port}: switch the host on, or open the way to it (a firewall may drop the connection)`;
    case 'no-route':
      return `this machine has no route there: correct the address or this machine's network, or switch the host on`;
    case 'dropped':
      return `the connection to port ${port} was closed before ssh was spoken: look at sshd's log there (MaxStartups, memory), or correct ssh.port`;
    case 'no-program':
      return 'this machine has no ssh. Run: apt-get install openssh-client';
    case 'no-shell':
      return `logging in as ${user} works, and running a command does not (${cause.said}): give ${user} a plain shell, with coreutils`;
    case 'other':
      return `ssh says: ${cause.said}. Try: ssh -v -p ${port} ${user}@${hosts[0]?.address ?? ''} true`;
  }
}

function label({name, address}: Unreached): string {
  return name === address ? name : `${name} (${address})`;
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

function copyId(user: string, address: string, port: number, key: string | undefined): string {
  return `ssh-copy-id${key === undefined ? '' : ` -i ${key}.pub`}${port === 22 ? '' : ` -p ${port}`} ${user}@${address}`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
