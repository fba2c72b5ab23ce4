/** What QEMU shows its peer in `virsh migrate --tls`: one authority a lab, and a certificate a node, by openssl. */
import {runLocally} from '../transport/local.ts';
import type {Host, Result} from '../types.ts';
import type {LabPlace} from './state.ts';

/** `$1` the lab's state; further words are `NODE=ALTERNATIVE NAMES`. QEMU is server at one end, client at the other. */
const script = `set -e
umask 077
state=$1; shift
mkdir "$state/pki"; cd "$state/pki"
make() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 "$@"; }
make -keyout ca-key.pem -out ca-cert.pem -subj '/CN=authority of the lab' \\
  -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign
for pair; do
  node=\${pair%%=*}; folder=$state/hosts/$node/files/etc/pki/qemu
  mkdir -p "$folder"
  make -CA ca-cert.pem -CAkey ca-key.pem -keyout "$folder/server-key.pem" -out "$folder/server-cert.pem" \\
    -subj "/CN=$node" -addext "subjectAltName=\${pair#*=}" -addext basicConstraints=critical,CA:false \\
    -addext keyUsage=critical,digitalSignature,keyEncipherment -addext extendedKeyUsage=serverAuth,clientAuth
  for part in cert key; do cp "$folder/server-$part.pem" "$folder/client-$part.pem"; done
  cp ca-cert.pem "$folder"
done
rm -r "$state/pki"`;

/** Lays them among the nodes' own files, before these are powered on. Nobody can sign with the authority later. */
export async function layCertificates(place: LabPlace, nodes: readonly Host[]): Promise<Result<void, string>> {
  const pairs = nodes.map(({name, addresses}) => {
    const alternatives = [`DNS:${name}`, ...Object.values(addresses).map(address => `IP:${address}`)];
    return `${name}=${alternatives.join()}`;
  });
  const argv = ['sh', '-c', script, 'certificates', place.state, ...pairs] as const;
  const {exit, stderr} = await runLocally({argv, timeoutMs: 30_000, idempotent: false});
  if (exit.kind === 'exited' && exit.code === 0) return {ok: true, value: undefined};
  const said = stderr.trim().split('\n').slice(-3).join(' / ');
  return {ok: false, error: `openssl made no certificates for the nodes: ${said || JSON.stringify(exit)}`};
}
