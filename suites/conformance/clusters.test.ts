import test from 'ava';
import {labsOwn, ownLab, seapath, verdictsOf, violatedIn} from '../../fixtures/kit/rule-cases/clusters.ts';

test("SEAPATH's published example violates eight rules", t => {
  const hosts = ['node1', 'node2', 'node3'];
  const outputs = {
    ...seapath,
    ...Object.fromEntries(hosts.map(host => [`${host}-corosync.conf`, seapath['corosync.conf'] ?? ''])),
  };
  t.deepEqual(violatedIn(outputs, hosts), ['C-01', 'C-08', 'C-09', 'C-19', 'C-31', 'C-69', 'C-32', 'C-33']);
  const told = verdictsOf(outputs, hosts).map(({rule, verdict}) => `${rule.id} ${Object.values(verdict).join(' ')}`);
  for (const words of [
    /C-01 .*switched off/,
    /C-09 .*udpu/,
    /C-19 .*min_size 1; mon_osd_min_down_reporters 1/,
    /C-32 .*team0/,
  ]) {
    t.true(
      told.some(line => words.test(line)),
      String(words),
    );
  }
  t.true(
    told.some(line => /C-35 holds/.test(line)),
    'it speaks SSH for migrations',
  );
});

test('our own lab violates no rule but those that are its own, each explained', t => {
  t.deepEqual(violatedIn(ownLab, ['n1', 'n2', 'n3']), Object.keys(labsOwn));
});
