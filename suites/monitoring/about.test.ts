import test from 'ava';
import {areAbout, namesInCluster} from './about.ts';

test('labels name a host by its name or address, with a domain or a port, and nobody whose name only begins so', t => {
  const names = ['n1', '10.0.0.1'];
  for (const value of ['n1', 'n1:9100', 'n1.example.org:9100', '10.0.0.1', '10.0.0.1:9100'])
    t.true(areAbout({job: 'node', instance: value}, names), value);
  for (const value of ['n11', 'n11:9100', '10.0.0.11:9100', 'other', ''])
    t.false(areAbout({instance: value}, names), value);
  t.false(areAbout({}, names));
  const host = {name: 'n1', role: 'node', addresses: {management: '10.0.0.1', cluster: '10.0.1.1'}} as const;
  const nodes = [{...host, interfaces: {}, scratch: []}];
  t.deepEqual(namesInCluster({nodes, guests: []}), ['n1', '10.0.0.1', '10.0.1.1']);
});
