/**
 * What a host is and what runs on it. A program that is not there has no entry: an absent fact is absent, never
 * "unknown".
 */
import type {Cluster, Command, Fingerprint, Host, Result} from '../types.ts';
import {readOnly, stdoutOf} from './commands.ts';

/**
 * Each fact: a shell line whose first line of output is the fact; no output, no fact. Source: the programs' own words.
 */
const questions: Readonly<Record<string, string>> = {
  kernel: 'uname -r',
  os: '. /etc/os-release; echo "$PRETTY_NAME"',
  cpu: "sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo",
  cores: 'nproc',
  memoryBytes: 'awk \'/^MemTotal:/ {printf "%.0f\\n", $2 * 1024}\' /proc/meminfo',
  qemu: "qemu-system-x86_64 --version | sed -n 's/^QEMU emulator version //p'",
  libvirt: 'virsh --version',
  corosync: "corosync -v | sed -n \"s/.*version '\\([^']*\\)'.*/\\1/p\"",
  pacemaker: "pacemakerd --version | sed -n 's/^Pacemaker //p'",
  ceph: "ceph --version | sed -n 's/^ceph version //p'",
  fio: 'fio --version',
  iperf3: "iperf3 --version | sed -n 's/^iperf //p'",
};

/** Asks everything in one go. Programs print their complaints on stderr, which is not looked at. */
export function fingerprintCommand(): Command {
  const lines = Object.entries(questions).map(
    ([fact, line]) => `echo "=${fact}"; { ${line}; } </dev/null 2>/dev/null | head -n 1`,
  );
  return readOnly(['sh', '-c', lines.join('\n')], 30_000);
}

/** Pure. */
export function parseFingerprint(host: string, text: string): Fingerprint {
  const facts: Record<string, string> = {};
  let fact: string | undefined;
  for (const line of text.split('\n')) {
    const name = /^=(\w+)$/.exec(line)?.[1];
    if (name !== undefined && Object.hasOwn(questions, name)) {
      fact = name;
    } else if (fact !== undefined && line.trim() !== '') {
      facts[fact] = line.trim();
      fact = undefined;
    }
  }
  return {host, facts};
}

async function fingerprint(cluster: Cluster, host: Host): Promise<Result<Fingerprint, string>> {
  const said = await stdoutOf(cluster.transport, host, fingerprintCommand());
  return said.ok ? {ok: true, value: parseFingerprint(host.name, said.value)} : said;
}

/** All hosts of the cluster and its client; those that do not answer are left out and named. */
export async function fingerprints(
  cluster: Cluster,
): Promise<{fingerprints: readonly Fingerprint[]; silent: readonly {host: string; reason: string}[]}> {
  const asked = await Promise.all(
    [...cluster.nodes, cluster.client].map(async host => ({host: host.name, answer: await fingerprint(cluster, host)})),
  );
  return {
    fingerprints: asked.flatMap(({answer}) => (answer.ok ? [answer.value] : [])),
    silent: asked.flatMap(({host, answer}) => (answer.ok ? [] : [{host, reason: answer.error}])),
  };
}
