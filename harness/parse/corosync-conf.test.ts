import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parseCorosyncConf, sectionsNamed} from './corosync-conf.ts';

const recorded = readFileSync(
  join(import.meta.dirname, '../../fixtures/conformance/debian-12-ceph/n1-corosync.conf'),
  'utf8',
);

test('sections within sections, as Corosync 3.1.7 of a lab had them', t => {
  const read = parseCorosyncConf(recorded, 'corosync.conf');
  if (!read.ok) return t.fail(read.error.found);
  const [totem] = sectionsNamed(read.value, 'totem');
  t.is(totem?.values.get('transport'), 'knet');
  const nodes = sectionsNamed(read.value, 'nodelist').flatMap(list => sectionsNamed(list, 'node'));
  t.deepEqual(
    nodes.map(({values}) => [values.get('name'), values.get('ring0_addr')]),
    [
      ['n1', '10.77.1.11'],
      ['n2', '10.77.1.12'],
      ['n3', '10.77.1.13'],
    ],
  );
});

test('comments are passed over, and the last of two keys counts', t => {
  const read = parseCorosyncConf('# all\ntotem {\n  # token: 1\n  token: 2\n  token: 3\n}\n', 'corosync.conf');
  t.is(read.ok ? read.value.sections[0]?.values.get('token') : '', '3');
});

test('half a file, and what is none, are errors that tell no line of it', t => {
  for (const text of [recorded.slice(0, 300), '', 'nothing', 'totem {\n  my secret words\n}\n', '}\n']) {
    const read = parseCorosyncConf(text, 'corosync.conf');
    t.false(read.ok, text);
    if (!read.ok) t.notRegex(JSON.stringify(read.error), /secret words/);
  }
});
