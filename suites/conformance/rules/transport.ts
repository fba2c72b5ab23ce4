/** C-09. Two sources disagree: each is named with its versions. */
import {configOf, configured, given, holds, mapOf, unknown, violated} from '../read.ts';
import {config, map} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const transport: Rule = {
  id: 'C-09',
  title: 'Corosync 3 speaks knet',
  claim: 'ha.drill',
  severity: 'major',
  why: 'The other transports have one link and no encryption, and udpu takes an interface that is down for the loopback.',
  source:
    "corosync.conf(5) of Corosync 3 (knet is the default; udpu is for two and takes one link), corosync #36 (udpu and an interface that is down). Against it: Trento 2024 demands udpu, of SLES 12 and 15 on the clouds' networks without multicast",
  where: 'cluster',
  needs: {},
  read: () => [config, map],
  check: readings =>
    given(configOf(readings), file => {
      const version = configured(file, 'totem', 'version');
      const named = configured(file, 'totem', 'transport');
      if (version === undefined) return unknown('corosync.conf has no totem section with its version');
      // Corosync 2 means udp by that.
      if (named === undefined) {
        return given(mapOf(readings), running =>
          [...running.keys()].some(key => key.startsWith('runtime.config.totem.knet_'))
            ? holds('no transport is named, and knet is in force: the default of Corosync 3')
            : violated('no transport is named, and knet is not in force'),
        );
      }
      return named === 'knet' ? holds('transport knet') : violated(`transport ${named}`);
    }),
  mend: 'set transport: knet in the totem section of every node, in a maintenance window: Corosync is restarted on all nodes for it',
};
