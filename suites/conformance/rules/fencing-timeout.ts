/** C-07. A fencing that is given up too soon is done again, though it succeeded. */
import {fenceDevices, fencingTimeoutOf} from '../../../harness/cluster/fencing.ts';
import {cibOf, given, holds, mapOf, unknown, violated} from '../read.ts';
import {cib, map} from '../readings.ts';
import type {Rule} from '../rule.ts';
import {secondsOf} from '../seconds.ts';

export const fencingTimeout: Rule = {
  id: 'C-07',
  title: 'Fencing may take longer than token, consensus and the longest delay of a device together',
  claim: 'ha.switch',
  severity: 'major',
  why: 'A fence that is slower than its time-out counts as failed: the guests of the dead node start late or never.',
  source: 'Trento 373DB8 (SLES 12 and 15); crmsh PR 890',
  where: 'cluster',
  needs: {nodes: 2},
  read: () => [cib, map],
  check: readings =>
    given(cibOf(readings), read =>
      given(mapOf(readings), running => {
        const totem = ['token', 'consensus'].map(key => Number(running.get(`runtime.config.totem.${key}`)));
        const written = fencingTimeoutOf(read) ?? '60s';
        const limit = secondsOf(written);
        const delays = fenceDevices(read).map(({parameters: {pcmk_delay_max, pcmk_delay_base, delay}}) =>
          Math.max(...[pcmk_delay_max, pcmk_delay_base, delay].map(each => secondsOf(each ?? '0') ?? Number.NaN)),
        );
        const needed = totem.reduce((sum, ms) => sum + ms / 1000, 0) + Math.max(0, ...delays);
        if (!Number.isFinite(needed) || !totem.every(ms => ms > 0))
          return unknown('token, consensus or a delay of a device cannot be read');
        if (limit === undefined) return unknown(`stonith-timeout is "${written}"`);
        const found = `stonith-timeout ${written}, token, consensus and delay come to ${needed.toFixed(1)} s`;
        return limit > needed ? holds(found) : violated(found);
      }),
    ),
  mend: 'raise stonith-timeout (fencing-timeout from Pacemaker 3.0.2 on) above the sum, with twice what a fencing takes on top',
};
