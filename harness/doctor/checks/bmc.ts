import {type Check, type Diagnosis, good} from '../check.ts';
import {power} from '../readings.ts';

export const bmc: Check = {
  id: 'bmc',
  title: 'every BMC answers',
  why: 'A BMC that lets nobody in fences nothing, and powers no crashed node on again.',
  reads: [power],
  check: ({cluster, answers}) =>
    cluster.nodes.map(({name, bmc}): Diagnosis => {
      if (bmc === undefined) {
        return {
          level: 'warning',
          subject: name,
          found: 'the inventory names no BMC',
          expected: 'a BMC on every node: crashes are made and healed by it',
          todo: 'Name it in the inventory (bmc); without it the failover scenarios are not applicable.',
        };
      }
      const said = answers(power, name);
      const expected = `${bmc.address} answers ${bmc.username}: the power is on`;
      if (!said.ok) {
        return {
          level: 'danger',
          subject: name,
          found: said.error,
          expected,
          todo: 'Correct bmc (address, username, password) in the inventory, or switch IPMI over LAN on.',
        };
      }
      const [word, seconds = ''] = said.value.split(' ');
      if (word === 'on') return good(name, `the BMC answers in ${seconds} s: the power is on`);
      return {
        level: 'danger',
        subject: name,
        found: 'the BMC says that the power is off',
        expected,
        todo: 'Power it on, or find out whose BMC this is: the inventory may name that of another host.',
      };
    }),
};
