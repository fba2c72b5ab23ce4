import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parseXml} from '../parse/xml.ts';
import {fencePatienceMs} from './fence-patience.ts';

const recorded = readFileSync(join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/simulate/cib.xml'), 'utf8');
const patience = (change: (text: string) => string = text => text) => {
  const cib = parseXml(change(recorded), 'cib.xml');
  if (!cib.ok) throw new Error(JSON.stringify(cib.error));
  return fencePatienceMs(cib.value, 'n1');
};
const set = (name: string, value: string) => (text: string) =>
  text.replace(
    '<nvpair id="cib-bootstrap-options-stonith-enabled"',
    `<nvpair id="a" name="${name}" value="${value}"/>$&`,
  );
const ofDevice = (name: string, value: string) => (text: string) =>
  text.replace('<nvpair id="fence-n1-parameters-ip"', `<nvpair id="a" name="${name}" value="${value}"/>$&`);

test('two requests of the longest time that is configured, with what the fencer adds', t => {
  t.is(patience(), 2 * 72_000 + 60_000);
  t.is(patience(set('stonith-timeout', '5min')), 2 * 360_000 + 60_000);
  t.is(patience(set('fencing-timeout', '5min')), 2 * 360_000 + 60_000, 'as Pacemaker 3 spells it');
  t.is(patience(ofDevice('pcmk_off_timeout', '300s')), 2 * 360_000 + 60_000);
  t.is(patience(ofDevice('pcmk_off_timeout', '10s')), 2 * 72_000 + 60_000, 'the longest counts');
});

test("of other nodes' devices nothing, and of two devices both", t => {
  const other = (text: string) =>
    text.replace('<nvpair id="fence-n2-parameters-ip"', '<nvpair id="a" name="pcmk_off_timeout" value="900s"/>$&');
  t.is(patience(other), patience());
  const second = (text: string) =>
    text.replace('name="pcmk_host_list" value="n2"', 'name="pcmk_host_list" value="n1 n2"');
  t.is(patience(second), 2 * 144_000 + 60_000);
});
