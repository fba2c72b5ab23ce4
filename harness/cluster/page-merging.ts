/**
 * Merging of equal pages (KSM) by a node's kernel. Its files may be read-only where a node has been given less than
 * its kernel: a network namespace of its own has a sysfs of its own, which is not.
 */
import type {Cluster, Command, Host, Result} from '../types.ts';
import {idempotent, readOnly, stdoutOf} from './commands.ts';

/** What a trial changes, and puts back. */
const settings = ['pages_to_scan', 'sleep_millisecs', 'run'] as const;
export type Merging = Readonly<Record<string, string>>;

const folder = '/sys/kernel/mm/ksm';

export async function mergingOf({transport}: Cluster, host: Host): Promise<Result<Merging, string>> {
  const said = await stdoutOf(transport, host, readOnly(['grep', '.', ...settings.map(name => `${folder}/${name}`)]));
  if (!said.ok) return said;
  const found = [...said.value.matchAll(/^\S*\/(\w+):(\d+)$/gm)].map(([, name = '', value = '']) => [name, value]);
  return found.length === settings.length
    ? {ok: true, value: Object.fromEntries(found)}
    : {ok: false, error: `${host.name} does not say how it merges pages: ${said.value.trim()}`};
}

/** Each `NAME=NUMBER`; `run` comes last. What was merged meanwhile is parted where it was off (2, then 0). */
const script = `[ -w ${folder}/run ] || mount -t sysfs sysfs /sys || exit 1
for pair in "$@"; do
  [ "$pair" != run=0 ] || echo 2 >${folder}/run || exit 1
  echo "\${pair#*=}" >"${folder}/\${pair%%=*}" || exit 1
done`;

/** Parting pages takes as long as copying them. */
const partMs = 120_000;

export async function setMerging(cluster: Cluster, host: Host, wanted: Merging): Promise<Result<void, string>> {
  const pairs = settings.flatMap(name => (wanted[name] === undefined ? [] : [`${name}=${wanted[name]}`]));
  // A journal that somebody has edited must not become a way to write anything else.
  const wrong = pairs.find(pair => !/=\d{1,9}$/.test(pair));
  if (wrong !== undefined) return {ok: false, error: `${wrong} is no setting of page merging`};
  const argv = ['unshare', '--mount', '--net', 'sh', '-c', script, 'merging', ...pairs] as const;
  const said = await stdoutOf(cluster.transport, host, idempotent(argv, partMs));
  return said.ok ? {ok: true, value: undefined} : said;
}

/** Counters of the kernel, of its own thread, and of these guests. Read by parse/ksm.ts. */
const readScript = `echo "page $(getconf PAGESIZE)"
for file in pages_shared pages_sharing pages_unshared full_scans; do echo "ksm $file $(cat ${folder}/$file)"; done
ksmd=$(pgrep -x ksmd) && echo "ksmd $(getconf CLK_TCK) $(cut -d' ' -f14,15 /proc/$ksmd/stat)"
for guest in "$@"; do
  for pid in $(pgrep -f -- "-name guest=$guest[, ]"); do
    case $(cat /proc/$pid/comm) in qemu*) ;; *) continue ;; esac
    echo "guest $guest $(cat /proc/$pid/ksm_merging_pages)"
    tr '\\0' '\\n' </proc/$pid/cmdline | grep -oE 'memory-backend-(memfd|file)|mem-merge=off' | sort -u | sed "s/^/apart $guest /"
  done
done
echo end`;

export function readMerging(guests: readonly string[]): Command {
  return readOnly(['sh', '-c', readScript, 'merging', ...guests], 15_000);
}
