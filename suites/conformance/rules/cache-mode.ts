/** C-21. */
import {child, childrenNamed, type Element} from '../../../harness/parse/xml.ts';
import {domainsOf, given, noneOf, notApplicable} from '../read.ts';
import {domains} from '../readings.ts';
import type {Rule} from '../rule.ts';

/** Of a disk that is no network disk the host keeps pages of its own, which its peer does not see. */
const safeOnFiles = ['none', 'directsync'];

export const cacheMode: Rule = {
  id: 'C-21',
  title: "A disk's cache mode is safe: nothing that a guest flushed is lost, and it may migrate",
  claim: 'mig.live',
  severity: 'critical',
  why: "What a guest's database believes to be durable dies with the host, and a migration may read stale data.",
  source:
    'libvirt, "Domain XML format" (driver cache) and "Guest migration" (unsafe disks); docs.ceph.com, "QEMU and block devices"',
  where: 'host',
  needs: {},
  read: () => [domains],
  check: readings =>
    given(domainsOf(readings), found => {
      const disks = found.flatMap(domain => disksOf(domain).map(disk => ({name: nameOf(domain), disk})));
      if (disks.length === 0) return notApplicable('libvirt has no domain with a disk here');
      const wrong = disks.flatMap(({name, disk}) => {
        const cache = child(disk, 'driver')?.attributes.cache ?? 'default';
        const target = child(disk, 'target')?.attributes.dev ?? '';
        const unsafe = cache === 'unsafe' || (disk.attributes.type !== 'network' && !safeOnFiles.includes(cache));
        return unsafe ? [`${name} ${target}: cache ${cache} on ${disk.attributes.type}`] : [];
      });
      return noneOf(wrong, `${disks.length} disks of ${found.length} domains`);
    }),
  mend: "set cache='none' in the driver of the disk (virsh edit, and the file that Pacemaker starts), and restart the guest",
};

function disksOf(domain: Element): readonly Element[] {
  const disks = childrenNamed(child(domain, 'devices'), 'disk');
  return disks.filter(({attributes, children}) => {
    const readOnly = children.some(({name}) => name === 'readonly');
    return ['disk', 'lun'].includes(attributes.device ?? 'disk') && !readOnly;
  });
}

function nameOf(domain: Element): string {
  return child(domain, 'name')?.text ?? 'a domain';
}
