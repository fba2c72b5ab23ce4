/**
 * A disk is pulled out of a running guest, as one of an array's members would be: the guest's kernel sees it go. Where
 * the guest was started anew meanwhile it has the disk again, and there is nothing to put back.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {child, descendants, parseXml, printXml} from '../parse/xml.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, notInjected, only} from './fault.ts';

const serial = z.string().regex(/^[A-Za-z0-9_-]{1,20}$/);
const parameters = z.strictObject({guest: z.string().regex(/^[A-Za-z0-9_.-]+$/), serial});
type Wanted = z.infer<typeof parameters>;

const virsh = 'virsh --connect qemu:///system';
const goneMs = 20_000;
/** The disk as libvirt had it, on the guest's node: what puts it back. `$1` the domain, `$2` the serial. */
const kept = 'f=/run/seatrial-pulled/$1-$2.xml';
const has = `has() { ${virsh} dumpxml "$1" 2>/dev/null | grep -q "<serial>$2</serial>"; }`;
const pull = `${kept}\n${has}
mkdir -p "\${f%/*}" && cat >"$f.new" && mv "$f.new" "$f" || exit 1
exec ${virsh} detach-device "$1" "$f" --live`;
/** A disk whose guest is elsewhere, or is gone, is in its configuration. */
const putBack = `${kept}\n${has}
[ -s "$f" ] || exit 0
if [ "$(${virsh} domstate "$1" 2>/dev/null | head -n1)" = running ] && ! has "$@"; then
  ${virsh} attach-device "$1" "$f" --live || exit 1
fi
rm -f "$f"; rmdir "\${f%/*}" 2>/dev/null; true`;
const look = `${has}\nif has "$@"; then echo there; else echo gone; fi`;

const words = (script: string, {guest, serial}: Wanted) => ['sh', '-c', script, 'pull', guest, serial] as const;
const back = (wanted: Wanted): Command => idempotent(words(putBack, wanted), 30_000);

export const memberPulled = defineFault({
  name: 'member-pulled',
  strikes: 'guest',
  parameters,
  needs: {},
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: (nodes, {guest, serial}) =>
    `virsh detach-device ${guest} DISK --live  # the disk with the serial ${serial}, on ${only(nodes).name}`,

  async deadMan(_cluster, nodes, wanted) {
    return {ok: true, value: [{host: only(nodes), argv: back(wanted).argv}]};
  },

  async inject(cluster, nodes, wanted) {
    const disk = await diskOf(cluster, only(nodes), wanted);
    if (!disk.ok) return notInjected(disk.error);
    const command = {argv: words(pull, wanted), timeoutMs: 30_000, idempotent: false, stdin: disk.value};
    return cluster.transport.exec(only(nodes), command);
  },

  /** libvirt asks the guest to let go of it, and does not wait. */
  async reached(cluster, nodes, wanted) {
    const node = only(nodes);
    const gone = await waitFor(`${wanted.serial} to be gone from ${wanted.guest}`, goneMs, async () => {
      const said = await stdoutOf(cluster.transport, node, readOnly(words(look, wanted)));
      return said.ok && said.value.trim() === 'gone' ? true : undefined;
    });
    return gone.ok ? {ok: true, value: `${wanted.guest} has no disk ${wanted.serial} any more`} : gone;
  },

  async heal(cluster, nodes, wanted) {
    const put = await stdoutOf(cluster.transport, only(nodes), back(wanted));
    return put.ok ? {ok: true, value: undefined} : put;
  },
});

/** As libvirt has it now, so that it comes back to its place. */
async function diskOf(cluster: Cluster, node: Host, {guest, serial}: Wanted): Promise<Result<string, string>> {
  const argv = ['virsh', '--connect', 'qemu:///system', 'dumpxml', guest] as const;
  const said = await stdoutOf(cluster.transport, node, readOnly(argv));
  if (!said.ok) return said;
  const domain = parseXml(said.value, `dumpxml of ${guest}`);
  if (!domain.ok) return {ok: false, error: `${guest} on ${node.name}: ${domain.error.found}`};
  const disk = descendants(domain.value, 'disk').find(each => child(each, 'serial')?.text === serial);
  return disk === undefined
    ? {ok: false, error: `${guest} has no disk with the serial ${serial} on ${node.name}`}
    : {ok: true, value: printXml(disk)};
}
