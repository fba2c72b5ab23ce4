/** C-36. */
import {child, childrenNamed, type Element} from '../../../harness/parse/xml.ts';
import {answer, answerOf, domainsOf, given, noneOf, unknown} from '../read.ts';
import {domains, host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const confinement: Rule = {
  id: 'C-36',
  title: 'Guests are confined: SELinux or AppArmor is on, and libvirt uses it (sVirt)',
  claim: 'sec.isolation',
  severity: 'major',
  why: 'A guest that breaks out of QEMU otherwise reads the disks of all the others.',
  source: 'the guide, abstract and section 6; libvirt, "QEMU driver security"',
  where: 'host',
  needs: {},
  read: about => [host(about), domains],
  check: readings =>
    given(answerOf(readings, 'mac'), found =>
      given(answer(readings, 'libvirt'), lines => {
        const on = found.includes('selinux Enforcing') || found.includes('apparmor Y');
        const value = (shape: RegExp) => lines.flatMap(line => shape.exec(line)?.[1] ?? []).at(-1);
        const driver = value(/:\s*security_driver\s*=\s*\[?\s*["'](\w+)["']/);
        const confines = value(/:\s*security_default_confined\s*=\s*(\d+)/);
        const guests = domainsOf(readings);
        const free = guests.ok ? guests.value.filter(isUnconfined).map(nameOf) : [];
        const wrong = [
          ...(on ? [] : [`neither SELinux nor AppArmor confines anything (${found.join(', ') || 'neither is there'})`]),
          ...(driver === 'none' ? ['security_driver is "none" in qemu.conf'] : []),
          ...(confines === '0' ? ['security_default_confined is 0 in qemu.conf'] : []),
          ...(free.length === 0 ? [] : [`confined by nothing, as its seclabel asks: ${free.join(', ')}`]),
        ];
        if (wrong.length === 0 && !guests.ok) return unknown(guests.error);
        return noneOf(wrong, `${found.join(', ')}, security_driver ${driver ?? 'by default'}`);
      }),
    ),
  mend: 'take security_driver out of qemu.conf and restart libvirtd; setenforce 1, or apparmor=1 security=apparmor for the kernel; take <seclabel type="none"> out of the guest (virsh edit, and the file that Pacemaker starts)',
};

/** Users and groups of files (dac) confine nobody to a guest's own disks: to go without them takes nothing away. */
function isUnconfined(domain: Element): boolean {
  return childrenNamed(domain, 'seclabel').some(({attributes: {type, model}}) => type === 'none' && model !== 'dac');
}

function nameOf(domain: Element): string {
  return child(domain, 'name')?.text ?? 'a domain';
}
