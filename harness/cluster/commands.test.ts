import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {failureMessage, readOnly} from './commands.ts';

const [host] = fakeCluster(() => undefined).cluster.nodes;
const failed = (stdout: string, stderr = '') => ({
  stdout,
  stderr,
  durationMs: 1,
  exit: {kind: 'exited' as const, code: 102},
});

test("a Pacemaker tool's error is read out of its XML, and not its closing tags", t => {
  if (host === undefined) return t.fail();
  const xml = `<pacemaker-result api-version="2.38" request="crm_mon --output-as=xml">
  <status code="102" message="Not connected">
    <errors>
      <error>crm_mon: Connection to cluster failed: Permission denied</error>
    </errors>
  </status>
</pacemaker-result>
`;
  t.is(
    failureMessage(host, readOnly(['crm_mon']), failed(xml)),
    'crm_mon on n1 exited 102: Not connected: crm_mon: Connection to cluster failed: Permission denied',
  );
});

test('what is no XML of Pacemaker is told by its last words', t => {
  if (host === undefined) return t.fail();
  t.is(failureMessage(host, readOnly(['x']), failed('out', 'one\ntwo\n')), 'x on n1 exited 102: one | two');
  t.is(failureMessage(host, readOnly(['x']), failed('<a>\n</a>\n')), 'x on n1 exited 102: <a> | </a>');
  t.is(failureMessage(host, readOnly(['x']), failed('')), 'x on n1 exited 102: it said nothing');
});
