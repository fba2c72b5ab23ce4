import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Artefacts} from '../../harness/types.ts';
import {measureForetold} from './foretold.ts';

const healthy = readFileSync(join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml'), 'utf8');
const [, guest = ''] = /<resource id="([^"]+)" resource_agent="ocf:heartbeat:VirtualDomain"/.exec(healthy) ?? [];
const [, runsOn = ''] = new RegExp(`<resource id="${guest}"[^]*?<node name="([^"]+)"`).exec(healthy) ?? [];

function raw(files: Readonly<Record<string, string>>): Artefacts {
  return {
    names: Object.keys(files),
    text: name => ({ok: true, value: files[name] ?? ''}),
  };
}

function measured(nodes: readonly string[]) {
  return measureForetold(
    raw({'crm_mon.xml': healthy, 'foretold.json': JSON.stringify({lost: ['n9'], guests: {[guest]: nodes}})}),
  );
}

test('a guest that is where it was foretold is no finding, and nothing foretold is none', t => {
  t.not(runsOn, '');
  t.deepEqual(measured([runsOn]), {samples: [], problems: [], findings: []});
  t.deepEqual(measureForetold(raw({'crm_mon.xml': healthy})), {samples: [], problems: [], findings: []});
});

test('planted: elsewhere, and anywhere where nowhere was foretold, is a finding that names both', t => {
  const [elsewhere] = measured(['n8']).findings;
  t.is(elsewhere?.severity, 'warning');
  t.regex(
    elsewhere?.detail ?? '',
    new RegExp(`with n9 lost, Pacemaker foretold ${guest} on n8, and it ran on ${runsOn}`),
  );
  t.regex(measured([]).findings[0]?.detail ?? '', /on no node, and it ran on/);
});

test('planted: an unreadable foretelling is a problem', t => {
  t.is(measureForetold(raw({'crm_mon.xml': healthy, 'foretold.json': '{'})).problems.length, 1);
});
