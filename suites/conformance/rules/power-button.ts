/** C-49. A BMC that says "off" presses the power button: a host that shuts down in peace for it is fenced late. */
import {answer, answerOf, given, holds, notApplicable, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const powerButton: Rule = {
  id: 'C-49',
  title: 'A node that its BMC fences is off at once: the power button starts no shutdown',
  claim: 'ha.switch',
  severity: 'major',
  why: 'A shutdown by the power button takes minutes, and the guests wait for the fence all that time.',
  source: 'RHEL HA Add-On 7 to 9, "Configuring ACPI for use with integrated fence devices"',
  where: 'host',
  needs: {bmc: true},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'power'), lines =>
      given(answer(readings, 'init'), ([init]) => {
        if (lines.includes('acpid')) return violated('acpid runs');
        if (init === 'other') return notApplicable('systemd is not its first process: nobody listens to the button');
        if (init !== 'systemd') return unknown(`its first process is ${init}`);
        const value = lines.findLast(line => line.startsWith('HandlePowerKey='))?.split('=')[1];
        return value === 'ignore'
          ? holds('HandlePowerKey=ignore')
          : violated(`HandlePowerKey=${value ?? 'poweroff, by default'}`);
      }),
    ),
  mend: 'HandlePowerKey=ignore in /etc/systemd/logind.conf.d/fencing.conf, systemctl restart systemd-logind; or fence with method=cycle',
};
