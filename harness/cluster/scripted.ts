/**
 * A cluster made of answers, for tests: each command's words are matched against a script, and everything that was asked is kept.
 */
import type {Bmc, Cluster, Command, Exit, Host, Outcome, Transport} from '../types.ts';

export interface Answer {
  stdout?: string;
  stderr?: string;
  /** Exit code, or how else it ended; default 0. */
  exit?: number | Exit;
}

export type Script = (host: string, words: string, command: Command) => Answer | undefined;

export interface Asked {
  host: string;
  words: string;
  stdin?: string;
}

/** Commands the script has no answer for exit 127, as a missing program does. */
export function scriptedCluster(
  script: Script,
  nodes: readonly string[] = ['n1', 'n2', 'n3'],
): {cluster: Cluster; asked: Asked[]} {
  const asked: Asked[] = [];
  const exec = async (host: Host, command: Command): Promise<Outcome> => {
    const words = command.argv.join(' ');
    asked.push({host: host.name, words, ...(command.stdin === undefined ? {} : {stdin: command.stdin})});
    const answer = script(host.name, words, command) ?? {exit: 127, stderr: `no answer to: ${words}`};
    const exit: Exit = typeof answer.exit === 'object' ? answer.exit : {kind: 'exited', code: answer.exit ?? 0};
    return {stdout: answer.stdout ?? '', stderr: answer.stderr ?? '', durationMs: 1, exit};
  };
  const transport: Transport = {
    exec,
    async start(host, command) {
      const outcome = exec(host, command);
      return {outcome, stop: () => outcome};
    },
    upload: (host, _local, remote) => exec(host, {argv: ['upload', remote], timeoutMs: 1000, idempotent: true}),
    download: (host, remote) => exec(host, {argv: ['download', remote], timeoutMs: 1000, idempotent: true}),
  };
  const host = (name: string, index: number): Host => ({
    name,
    role: 'node',
    addresses: {
      management: `10.0.0.${index}`,
      cluster: `10.0.1.${index}`,
      storage: `10.0.2.${index}`,
      service: `10.0.3.${index}`,
    },
    interfaces: {management: 'mgmt0', cluster: 'clus0', storage: 'stor0', service: 'serv0'},
    bmc: bmcOf(index),
    scratch: [],
  });
  return {
    asked,
    cluster: {
      name: 'scripted',
      nodes: nodes.map((name, index) => host(name, index + 1)),
      client: {name: 'client', role: 'client', addresses: {service: '10.0.3.250'}, interfaces: {}, scratch: []},
      guests: [1, 2].map(index => ({
        name: `vm${index}`,
        resource: `vm${index}`,
        address: `10.0.3.${100 + index}`,
        memoryBytes: 2 ** 29,
        vcpus: 1,
        ports: {fio: 8765, iperf3: 5201, beacon: 7700},
        scratchDevice: '/dev/scratch',
      })),
      storage: 'none',
      transport,
      hardware: {emulated: true, shared: true, note: 'scripted'},
    },
  };
}

function bmcOf(index: number): Bmc {
  return {address: `10.0.0.${100 + index}`, port: 623, username: 'admin', password: 'secret-of-the-controller'};
}
