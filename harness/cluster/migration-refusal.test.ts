import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {localTransport} from '../transport/local.ts';
import {refusal} from './migration-refusal.ts';

/** As QEMU 7.2 answers. */
const qemu = (second: string) => ({
  stdout: `{"QMP": {"version": {}}}\n{"return": {}}\n${second}\n{"timestamp": {}, "event": "SHUTDOWN"}\n{"return": {}}\n`,
});
const taken = '{"return": {}}';
const asked = async (option: 'post-copy' | 'xbzrle' | 'tls' | 'pre-copy', answer: (host: string) => object) => {
  const {cluster} = fakeCluster(answer);
  return refusal(cluster, option, cluster.nodes);
};

test('what QEMU takes is tried; what it does not take on one host is not, and it says why', async t => {
  t.is(await asked('xbzrle', () => qemu(taken)), undefined);
  const no = '{"error": {"class": "GenericError", "desc": "Postcopy is not supported"}}';
  t.is(await asked('post-copy', host => qemu(host === 'n2' ? no : taken)), 'n2: Postcopy is not supported');
});

test('who could not be asked has not said yes', async t => {
  const mute = await asked('xbzrle', () => ({exit: 127, stderr: 'setpriv: not found'}));
  t.is(mute, 'n1: QEMU could not be asked: setpriv: not found');
  t.regex((await asked('tls', () => ({exit: 1, stderr: 'no shell'}))) ?? '', /no shell/);
});

test('TLS is tried where every host has its certificates; the way without any ability needs no question', async t => {
  t.is(await asked('tls', () => ({})), undefined);
  const none = 'there is no /etc/pki/qemu/ca-cert.pem\n';
  t.regex((await asked('tls', host => ({stdout: host === 'n3' ? none : ''}))) ?? '', /^n3: there is no/);
  t.is(await asked('pre-copy', () => ({exit: 1})), undefined);
});

test("a real host without certificates is found by the script's own words", async t => {
  const {cluster} = fakeCluster(() => ({}));
  const here = {...cluster, transport: localTransport()};
  t.regex((await refusal(here, 'tls', cluster.nodes.slice(0, 1))) ?? '', /^n1: there is no \/.*ca-cert\.pem$/);
});
