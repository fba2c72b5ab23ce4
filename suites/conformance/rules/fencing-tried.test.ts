import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {RuleState} from '../rule.ts';
import {fencingTried} from './fencing-tried.ts';

/** Recorded on a lab of three nodes (Pacemaker 2.1.5), two of which had been fenced by hand; passwords replaced. */
const recorded = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../fixtures/pacemaker-2.1.5/conformance', name), 'utf8');
const cib = recorded('cib-fresh.xml');
const bare = recorded('cib-no-device-for-n2.xml');
const fencedTwo = recorded('crm_mon-fenced-n1-n3.xml');
/** Derived: the event of n1 once more, for n2. */
const event = /<fence_event [^>]*target="n1"[^>]*\/>/.exec(fencedTwo)?.[0] ?? '';
const fencedAll = fencedTwo.replace(event, `${event}\n${event.replace('target="n1"', 'target="n2"')}`);

function stateOf(texts: Readonly<Record<string, string>>): RuleState {
  return fencingTried.check(name => {
    const text = texts[name];
    return text === undefined
      ? {ok: false, error: {artefact: name, path: '', expected: 'an artefact', found: 'none'}}
      : {ok: true, value: {text, exitCode: 0, stderr: ''}};
  }, []);
}

const off = (property: string, value: string) =>
  cib.replace('name="stonith-enabled" value="true"', `name="${property}" value="${value}"`);
const dynamic = bare.replace(/<nvpair [^>]*name="pcmk_host_list" value="n3"\/>/, '');

for (const [name, texts, state, words] of [
  ['every node fenced once', {'cib.xml': cib, 'crm_mon.xml': fencedAll}, 'holds', /n2 2026-/],
  ['fencing left to the default', {'cib.xml': off('other', 'x'), 'crm_mon.xml': fencedAll}, 'holds', /n3 2026-/],
  ['one node never fenced', {'cib.xml': cib, 'crm_mon.xml': fencedTwo}, 'not-known', /fencing of n2 is remembered/],
  [
    'a fencing that failed',
    {'cib.xml': cib, 'crm_mon.xml': fencedAll.replaceAll(/(target="n2"[^>]*status=")success/g, '$1failed')},
    'not-known',
    /of n2 is/,
  ],
  ['no device for a node', {'cib.xml': bare, 'crm_mon.xml': fencedAll}, 'violated', /for n2/],
  ['fencing off', {'cib.xml': off('stonith-enabled', 'false'), 'crm_mon.xml': fencedAll}, 'violated', /switched off/],
  [
    'fencing off, as Pacemaker 3 calls it',
    {'cib.xml': off('fencing-enabled', 'false'), 'crm_mon.xml': fencedAll},
    'violated',
    /off/,
  ],
  [
    'no device at all',
    {'cib.xml': cib.replaceAll('class="stonith"', 'class="ocf"'), 'crm_mon.xml': fencedAll},
    'violated',
    /no fencing device/,
  ],
  [
    'a device that says itself what it fences',
    {'cib.xml': dynamic, 'crm_mon.xml': fencedAll},
    'not-known',
    /stonith_admin --list/,
  ],
  ['no CIB', {'crm_mon.xml': fencedAll}, 'not-known', /CIB cannot be read/],
  ['half a CIB', {'cib.xml': cib.slice(0, 4000), 'crm_mon.xml': fencedAll}, 'not-known', /CIB cannot be read/],
  ['no history', {'cib.xml': cib}, 'not-known', /history cannot be read/],
  [
    'nothing in either',
    {'cib.xml': '<cib><configuration/></cib>', 'crm_mon.xml': '<x/>'},
    'not-known',
    /names no node/,
  ],
] as const) {
  test(`${name}: ${state}`, t => {
    const found = stateOf(texts);
    t.is(found.state, state, JSON.stringify(found));
    t.regex(JSON.stringify(found), words);
  });
}
