import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parseHostCounters, usesBetween} from './host-counters.ts';

const kept = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/capacity-sweep/counters-1.json'), 'utf8'),
);
const [first, second] = kept.hosts[0].readings.map((reading: {text: string}) => reading.text);

/** The text with one counter of a section changed. */
const made = (uptime: string, cpu: string, net: string, disk: string, vcpu: string) => `## uptime
${uptime} 100.00
## stat
cpu  ${cpu} 0 0
## net
    lo: 999 0 0 0 0 0 0 0 999 0 0 0 0 0 0 0
  eth0: ${net} 0 0 0 0 0 0 0
## speed
eth0 1000
## diskstats
 8 0 sda 1 0 0 0 0 0 0 0 0 ${disk} 0
 7 0 loop0 1 0 0 0 0 0 0 0 0 99999 0
## domstats
Domain: 'vm1'
  vcpu.current=2
  vcpu.0.time=${vcpu}
  vcpu.1.time=${vcpu}
## end
`;

test('use between two readings: CPU without idle and waiting, the fuller direction of a link, busy time of disks, virtual CPUs', t => {
  const before = parseHostCounters(
    made('10.00', '100 0 100 700 100 0 0 0', '1000 0 0 0 0 0 0 0 2000', '500', '1000000000'),
    'a',
  );
  const after = parseHostCounters(
    made('12.00', '150 0 150 750 150 0 0 0', '11000 0 0 0 0 0 0 0 125002000', '1500', '2000000000'),
    'b',
  );
  if (!before.ok || !after.ok) return t.fail(JSON.stringify([before, after]));
  t.deepEqual(usesBetween(before.value, after.value), [
    {resource: 'cpu', name: '', ratio: 0.5},
    {resource: 'network', name: 'eth0', ratio: 0.5},
    {resource: 'disk', name: 'sda', ratio: 0.5},
    {resource: 'vcpu', name: 'vm1', ratio: 0.5},
  ]);
  // A host that was booted in between says nothing.
  t.deepEqual(usesBetween(after.value, before.value), []);
});

test('what a real host printed is read', t => {
  const [before, after] = [parseHostCounters(first, 'first'), parseHostCounters(second, 'second')];
  if (!before.ok || !after.ok) return t.fail(JSON.stringify([before, after]));
  const uses = usesBetween(before.value, after.value);
  t.true(uses.some(({resource}) => resource === 'cpu'));
  t.true(uses.some(({resource, name}) => resource === 'network' && name === 'stor0'));
  t.true(uses.every(({ratio}) => ratio >= 0 && ratio < 1.5));
  t.false(Object.keys(before.value.interfaces).includes('lo'));
});

test('a text that was cut off anywhere is an error, never smaller counters', t => {
  for (let end = 0; end < first.length - '## end\n'.length; end += 7) {
    t.false(parseHostCounters(first.slice(0, end), 'cut').ok, `cut at ${end}`);
  }
});

test('a host without libvirt, disks or a known link speed has no such sections', t => {
  const bare = parseHostCounters(
    '## uptime\n5.00 1.00\n## stat\ncpu  1 1 1 1 1 1 1 1 0 0\n## net\n## speed\n## diskstats\n## domstats\n## end\n',
    'bare',
  );
  t.true(bare.ok && Object.keys({...bare.value.interfaces, ...bare.value.disks, ...bare.value.guests}).length === 0);
});
