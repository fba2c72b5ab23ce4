/** C-13. */
import {fenceDevices} from '../../../harness/cluster/fencing.ts';
import {answer, cibOf, given, noneOf, notApplicable, unknown} from '../read.ts';
import {cib, host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const sbd: Rule = {
  id: 'C-13',
  title: 'SBD has one or three devices, and its msgwait is twice its watchdog timeout or more',
  claim: 'ha.switch',
  severity: 'major',
  why: 'A node must have read its poison pill before its peers believe it dead; and two devices have no majority.',
  source: 'Trento 68626E, B089BE, 61451E, 0B6DB2 (SLES 12 and 15); sbd(8)',
  where: 'host',
  needs: {},
  read: about => [host(about), cib],
  check: readings =>
    given(cibOf(readings), read => {
      const settings = answer(readings, 'sbd');
      const byAgent = fenceDevices(read).some(({agent}) => /^(?:external\/sbd|fence_sbd)$/.test(agent));
      if (!byAgent && !settings.ok)
        return notApplicable('no device fences by SBD, and there is no file of its settings');
      return given(settings, lines => {
        const listed = /SBD_DEVICE=["']?([^"']*)/.exec(lines.find(line => line.includes('SBD_DEVICE=')) ?? '')?.[1];
        const devices = (listed ?? '').split(';').map(each => each.trim());
        if (!byAgent && (listed ?? '') === '') return notApplicable('SBD has no device');
        return given(answer(readings, 'sbd-dump'), dump => timeouts(dump.join('\n'), devices));
      });
    }),
  mend: 'sbd -d DEVICE -1 WATCHDOG -4 TWICE-THAT create on every device (fencing off meanwhile); SBD_DEVICE="A;B;C"',
};

function timeouts(dump: string, devices: readonly string[]) {
  const seconds = (name: string) =>
    [...dump.matchAll(new RegExp(`${name}\\)\\s*:\\s*(\\d+)`, 'g'))].map(([, n]) => Number(n));
  const [watchdogs, waits] = [seconds('watchdog'), seconds('msgwait')];
  const named = devices.filter(device => device !== '').length;
  if (watchdogs.length < named) return unknown(`sbd dump tells of ${watchdogs.length} of ${named} devices`);
  if (watchdogs.length === 0 || watchdogs.length !== waits.length) return unknown('sbd dump names no timeouts');
  const short = waits.flatMap((wait, index) =>
    wait < 2 * (watchdogs[index] ?? Infinity) ? [`msgwait ${wait} s, watchdog ${watchdogs[index]} s`] : [],
  );
  return noneOf(
    [
      ...new Set(short),
      ...(devices.includes('') ? ['SBD_DEVICE has an empty entry'] : []),
      ...(devices.length === 2 ? ['two devices: neither is a majority'] : []),
    ],
    `${devices.length} devices, msgwait ${waits[0]} s, watchdog ${watchdogs[0]} s`,
  );
}
