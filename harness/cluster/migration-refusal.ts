/** Why a way to migrate cannot be gone: asked of QEMU itself on each host, and of what it would show its peer. */
import type {Cluster, Host} from '../types.ts';
import {readOnly, succeeded} from './commands.ts';
import type {MigrationOption} from './migration.ts';

/** What QEMU calls the ability that a way rests on. */
const capabilityOf: Partial<Record<MigrationOption, string>> = {
  'auto-converge': 'auto-converge',
  'post-copy': 'postcopy-ram',
  multifd: 'multifd',
  xbzrle: 'xbzrle',
  mt: 'compress',
};

/**
 * A QEMU without a guest, as the user that guests run as, is told to take the capability `$1`: post-copy depends on
 * what the kernel lets that user do. libvirt says which program and which user.
 */
const askQemu = `program=$(virsh -c qemu:///system domcapabilities | sed -n 's:.*<path>\\(.*\\)</path>.*:\\1:p' | head -n 1)
user=$(virsh -c qemu:///system capabilities | sed -n "s:.*<baselabel type='kvm'>+\\([0-9]*\\):\\1 :p" | head -n 1)
user=\${user%% *}
printf '{"execute":"qmp_capabilities"}{"execute":"migrate-set-capabilities","arguments":{"capabilities":
[{"capability":"%s","state":true}]}}{"execute":"quit"}' "$1" |
  timeout 20 setpriv --reuid "\${user:-0}" --clear-groups \\
  "$program" -machine none -nodefaults -display none -incoming defer -qmp stdio`;

/** libvirt looks for a folder for migrations first; there, five files each. Prints what is wrong. */
const askTls = `set_to() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*\\"\\(.*\\)\\".*/\\1/p" /etc/libvirt/qemu.conf | tail -n 1; }
folder=$(set_to migrate_tls_x509_cert_dir)
[ -n "$folder" ] || { [ ! -d /etc/pki/libvirt-migrate ] || folder=/etc/pki/libvirt-migrate; }
[ -n "$folder" ] || folder=$(set_to default_tls_x509_cert_dir)
folder=\${folder:-/etc/pki/qemu}
for part in ca-cert server-cert server-key client-cert client-key; do
  [ -e "$folder/$part.pem" ] || { echo "there is no $folder/$part.pem"; exit; }
done
command -v openssl >/dev/null || exit 0
for part in ca-cert server-cert client-cert; do
  openssl x509 -noout -checkend 0 -in "$folder/$part.pem" >/dev/null || echo "$folder/$part.pem is out of date"
done`;

/** Of the first host that cannot; undefined where all can. Changes nothing, and touches no guest. */
export async function refusal(
  cluster: Cluster,
  option: MigrationOption,
  hosts: readonly Host[],
): Promise<string | undefined> {
  const capability = capabilityOf[option];
  if (capability === undefined && option !== 'tls') return undefined;
  const ask = capability === undefined ? ['sh', '-c', askTls] : ['sh', '-c', askQemu, 'ask', capability];
  const answers = await Promise.all(
    hosts.map(async host => {
      const outcome = await cluster.transport.exec(host, readOnly(['env', ...ask], 30_000));
      const {stdout, stderr} = outcome;
      const said = `${stdout} ${stderr}`.trim().slice(-300);
      const why = capability === undefined ? (succeeded(outcome) ? stdout.trim() : said) : qemuRefuses(stdout, said);
      return why ? `${host.name}: ${why}` : undefined;
    }),
  );
  return answers.find(answer => answer !== undefined);
}

/** Of two commands, the second asks. Pure. */
function qemuRefuses(stdout: string, said: string): string | undefined {
  const answers = stdout.split('\n').filter(line => /^\{"(return|error)"/.test(line));
  const [, second] = answers;
  if (second === undefined) return `QEMU could not be asked: ${said || 'it said nothing'}`;
  return /"desc": *"([^"]*)"/.exec(second)?.[1];
}
