import test from 'ava';
import {parseXml} from '../parse/xml.ts';
import {fenceDevices, fencingTimeoutOf, nodesInCib, plugsOf} from './fencing.ts';

function cibWith(properties: string, nodes: string, resources = '') {
  const text = `<cib><configuration><crm_config><cluster_property_set id="b">${properties}</cluster_property_set></crm_config><nodes>${nodes}</nodes><resources>${resources}</resources></configuration></cib>`;
  const parsed = parseXml(text, 'cib.xml');
  if (!parsed.ok) throw new Error(parsed.error.found);
  return parsed.value;
}

test('a map names the plug of each node, by : or by =', t => {
  t.deepEqual(
    [...plugsOf({pcmk_host_map: 'n1:1;n2=2 n3:3,4'})],
    [
      ['n1', '1'],
      ['n2', '2'],
      ['n3', '3,4'],
    ],
  );
  t.deepEqual([...plugsOf({pcmk_host_map: ' ;n1:; =2'})], []);
  t.deepEqual([...plugsOf({})], []);
});

test('a device is for the nodes of its map and of its list', t => {
  const device = `<primitive id="pdu" class="stonith" type="fence_apc"><instance_attributes id="p"><nvpair id="m" name="pcmk_host_map" value="n1=1;n2:2"/><nvpair id="l" name="pcmk_host_list" value="n3"/></instance_attributes></primitive>`;
  t.deepEqual(
    fenceDevices(cibWith('', '', device)).map(({targets}) => targets),
    [['n1', 'n2', 'n3']],
  );
});

test('planted: a remote node is no member', t => {
  const nodes =
    '<node id="1" uname="n1"/><node id="2" uname="n2" type="member"/><node id="r" type="remote" uname="r1"/>';
  t.deepEqual(nodesInCib(cibWith('', nodes)), ['n1', 'n2']);
});

test('the time for fencing has two names, of which the newer counts first', t => {
  const set = (name: string, value: string) => `<nvpair id="${name}" name="${name}" value="${value}"/>`;
  const of = (...pairs: string[]) => fencingTimeoutOf(cibWith(pairs.join(''), ''));
  t.is(of(), undefined);
  t.is(of(set('stonith-timeout', '60s')), '60s');
  t.is(of(set('stonith-timeout', '60s'), set('fencing-timeout', '90s')), '90s');
});
