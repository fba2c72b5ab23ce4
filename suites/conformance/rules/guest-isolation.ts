/** C-26. */
import {child, childrenNamed, descendants, type Element} from '../../../harness/parse/xml.ts';
import {answer, domainsOf, given, noneOf, notApplicable, unknown} from '../read.ts';
import {domains, host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const guestIsolation: Rule = {
  id: 'C-26',
  title: 'No guest has nested virtualization or a device of the host, and none goes on when its disk fails',
  claim: 'mig.live',
  severity: 'major',
  why: 'A guest with a device of the host cannot migrate, and one that goes on after an I/O error loses data silently.',
  source: 'CIS Benchmarks for KVM hosts; libvirt, "Domain XML format" (error_policy, hostdev)',
  where: 'host',
  needs: {},
  read: about => [host(about), domains],
  check: readings =>
    given(domainsOf(readings), found => {
      if (found.length === 0) return notApplicable('libvirt knows no domain here');
      return given(answer(readings, 'nested'), lines => {
        if (lines.includes('kvm') && !lines.some(line => line.includes('nested:')))
          return unknown('the kernel does not say whether nested virtualization is on');
        const nested = lines.some(line => /nested:[1Y]$/.test(line));
        const wrong = found.flatMap(domain => wrongIn(domain));
        return noneOf([...(nested ? ['nested virtualization is on'] : []), ...wrong], `${found.length} domains`);
      });
    }),
  mend: 'options kvm_intel nested=0 in /etc/modprobe.d; take hostdev out; error_policy="stop" (the default) in the driver of the disk',
};

function wrongIn(domain: Element): readonly string[] {
  const name = child(domain, 'name')?.text ?? 'a domain';
  const devices = child(domain, 'devices');
  const given = childrenNamed(devices, 'hostdev').length + interfacesOf(devices, 'hostdev');
  const ignoring = descendants(domain, 'driver').filter(({attributes: {error_policy, rerror_policy}}) =>
    [error_policy, rerror_policy].includes('ignore'),
  );
  return [
    ...(given > 0 ? [`${name} has ${given} device of the host`] : []),
    ...(ignoring.length > 0 ? [`${name} ignores errors of its disk`] : []),
  ];
}

function interfacesOf(devices: Element | undefined, type: string): number {
  return childrenNamed(devices, 'interface').filter(({attributes}) => attributes.type === type).length;
}
