import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {labPlace} from './state.ts';
import {layCertificates} from './tls.ts';

const {cluster} = fakeCluster(() => ({}));
const openssl = (...words: string[]) => execFileSync('openssl', words, {encoding: 'utf8', stdio: 'pipe'});

test('every node has what QEMU looks for, good at both ends for its name and addresses, and nobody can sign more', async t => {
  const root = mkdtempSync(join(tmpdir(), 'seatrial-tls-'));
  t.teardown(() => rmSync(root, {recursive: true}));
  const place = labPlace('a', root);
  if (!place.ok) return t.fail(place.error.sentence);
  const none = await layCertificates(place.value, cluster.nodes);
  t.regex(none.ok ? '' : none.error, /openssl made no certificates for the nodes: .*mkdir/);
  execFileSync('mkdir', [place.value.state]);
  t.deepEqual(await layCertificates(place.value, cluster.nodes), {ok: true, value: undefined});
  for (const {name, addresses} of cluster.nodes) {
    const file = (part: string) => join(place.value.state, `hosts/${name}/files/etc/pki/qemu/${part}.pem`);
    for (const [part, purpose] of [
      ['server-cert', 'sslserver'],
      ['client-cert', 'sslclient'],
    ] as const)
      t.regex(openssl('verify', '-CAfile', file('ca-cert'), '-purpose', purpose, file(part)), /: OK/);
    t.true(existsSync(file('server-key')) && existsSync(file('client-key')));
    t.regex(openssl('x509', '-noout', '-in', file('server-cert'), '-checkhost', name), /does match/);
    t.regex(openssl('x509', '-noout', '-in', file('server-cert'), '-checkip', addresses.cluster ?? ''), /does match/);
  }
  t.false(existsSync(join(place.value.state, 'pki')));
});
