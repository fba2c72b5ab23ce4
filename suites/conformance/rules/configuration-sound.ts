/** C-16. */
import {digestOf} from '../../../harness/cluster/audit/index.ts';
import {differing, given, holds, ofEach, textOf, unknown, violated} from '../read.ts';
import {names, own, verify} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const configurationSound: Rule = {
  id: 'C-16',
  title: 'Every node holds the same configuration, and crm_verify has nothing to say of it',
  claim: 'ha.switch',
  severity: 'critical',
  why: 'After a loss the next coordinator may follow a configuration that nobody has reviewed.',
  source: 'Pacemaker CTS, audit "CIB equality"; crm_verify(8)',
  where: 'hosts',
  needs: {},
  read: () => [own, verify],
  check: (readings, hosts) =>
    given(
      ofEach(hosts, each => textOf(readings, names.verify, each, 'crm_verify')),
      said => {
        const lines = said.flatMap(({value}) => value.split('\n')).filter(line => /\b(?:error|warning):/i.test(line));
        const told = [...new Set(lines)];
        if (told.length > 0) return violated(told.slice(0, 3).join('; ').slice(0, 400));
        const unsound = said.find(({value}) => !/^exit 0$/m.test(value));
        if (unsound !== undefined)
          return unknown(`crm_verify on ${unsound.host} said ${unsound.value.trim().slice(0, 120)}`);
        return given(
          ofEach(hosts, each => {
            const text = textOf(readings, names.own, each, 'the configuration');
            return text.ok ? digestOf(text.value, each) : text;
          }),
          digests => {
            const unlike = differing(digests.map(({host, value}) => ({host, value: value.slice(0, 8)})));
            if (unlike !== undefined) return violated(`the configurations differ: ${unlike}`);
            return holds('one configuration, nothing to complain of');
          },
        );
      },
    ),
  mend: 'crm_verify --live-check --verbose says where; cibadmin --sync on the node whose configuration is right',
};
