import test from 'ava';
import {child, childrenNamed, descendants, parseXml} from '../parse/xml.ts';
import {type BmcPlan, bmcLanText} from './bmc.ts';
import {cibText, corosyncText, fenceResource, hostUuid, type NodePlan} from './stack.ts';

const nodes: NodePlan[] = [1, 2, 3].map(id => ({name: `n${id}`, id, links: [`10.77.1.${10 + id}`]}));
const bmcs: BmcPlan[] = nodes.map(({name, id}) => ({
  host: name,
  address: `10.77.0.${100 + id}`,
  username: 'admin',
  password: `secret-${id}`,
  index: id,
}));

test('with outlets there are two levels for every node, the outlet in the second; without there is no topology', t => {
  const outlets = bmcs.map(bmc => ({...bmc, outlet: true as const, address: `10.77.0.${150 + bmc.index}`}));
  const cib = parseXml(cibText('trial', nodes, [...bmcs, ...outlets]), 'cib');
  if (!cib.ok) return t.fail(cib.error.expected);
  t.deepEqual(
    descendants(cib.value, 'fencing-level')
      .filter(({attributes}) => attributes.target === 'n2')
      .map(({attributes: {index, devices}}) => `${index}: ${devices}`),
    ['1: fence-n2', '2: fence-n2-outlet'],
  );
  t.is(descendants(cib.value, 'primitive').length, 6);
  t.notRegex(cibText('trial', nodes, bmcs), /fencing-/);
});

test('corosync.conf names every node once, and sets no timing of its own', t => {
  const text = corosyncText('trial', nodes);
  t.deepEqual(
    [...text.matchAll(/name: (n\d)\n {4}nodeid: (\d)\n {4}ring0_addr: (\S+)/g)].map(([, ...found]) => found.join(' ')),
    ['n1 1 10.77.1.11', 'n2 2 10.77.1.12', 'n3 3 10.77.1.13'],
  );
  t.notRegex(text, /token|consensus|join:|ring1_addr/);
  t.is(text.split('{').length, text.split('}').length);
});

test('with two links every node has an address in each', t => {
  const text = corosyncText(
    'trial',
    nodes.map(node => ({...node, links: [...node.links, `10.77.2.${10 + node.id}`]})),
  );
  t.is(text.match(/ring0_addr: 10\.77\.1\.1(\d)\n {4}ring1_addr: 10\.77\.2\.1\1\n {2}}/g)?.length, 3);
});

test('the first CIB has fencing on, a device for every node, and none that its own node runs', t => {
  const cib = parseXml(cibText('trial', nodes, bmcs), 'cib');
  if (!cib.ok) return t.fail(cib.error.expected);
  const configuration = child(cib.value, 'configuration');
  const properties = Object.fromEntries(
    descendants(child(configuration, 'crm_config') ?? cib.value, 'nvpair').map(({attributes}) => [
      attributes.name,
      attributes.value,
    ]),
  );
  t.like(properties, {'stonith-enabled': 'true', 'dc-deadtime': '2s', 'no-quorum-policy': 'stop'});
  const devices = childrenNamed(child(configuration, 'resources'), 'primitive');
  t.deepEqual(
    devices.map(({attributes}) => `${attributes.class}:${attributes.type}`),
    Array(3).fill('stonith:fence_ipmilan'),
  );
  for (const [index, device] of devices.entries()) {
    const parameters = Object.fromEntries(
      descendants(device, 'nvpair').map(({attributes}) => [attributes.name, attributes.value]),
    );
    t.like(parameters, {
      ip: bmcs[index]?.address,
      password: bmcs[index]?.password,
      pcmk_host_list: nodes[index]?.name,
      method: 'onoff',
    });
  }
  t.deepEqual(
    childrenNamed(child(configuration, 'constraints'), 'rsc_location').map(({attributes}) => attributes),
    nodes.map(({name}) => ({
      id: `${fenceResource(name)}-not-on-${name}`,
      rsc: fenceResource(name),
      node: name,
      score: '-INFINITY',
    })),
  );
  const ids = descendants(cib.value, 'nvpair').map(({attributes}) => attributes.id);
  t.is(new Set(ids).size, ids.length, 'ids are unique');
});

test('every node of every lab is a host of its own to libvirt', t => {
  const all = ['a', 'b'].flatMap(lab => nodes.map(({name}) => hostUuid(lab, name)));
  t.is(new Set(all).size, 6);
  t.is(hostUuid('a', 'n1'), hostUuid('a', 'n1'));
  t.regex(hostUuid('a', 'n1'), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a controller listens on its own address and asks the chassis program', t => {
  const [bmc] = bmcs;
  if (bmc === undefined) return t.fail();
  const text = bmcLanText(bmc, 'sh /state/chassis.sh /state n1');
  t.regex(text, /^ addr 10\.77\.0\.101 623$/m);
  t.regex(text, /^chassis_control "sh \/state\/chassis\.sh \/state n1"$/m);
  t.regex(text, /^user 2 true "admin" "secret-1" admin /m);
  t.regex(text, /^ guid [0-9a-f]{32}$/m);
});
