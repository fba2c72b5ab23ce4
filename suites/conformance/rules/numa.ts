/** C-45. */
import {child, type Element} from '../../../harness/parse/xml.ts';
import {answer, domainsOf, given, noneOf, notApplicable, unknown} from '../read.ts';
import {domains, host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const numa: Rule = {
  id: 'C-45',
  title: 'On a host with several NUMA nodes every guest is placed with regard to them',
  claim: 'mem.numa',
  severity: 'minor',
  why: 'Memory of the other node costs about half as much again per access, and threads wander between them.',
  source: 'the guide, abstract and section 5.2; libvirt, "Domain XML format" (numatune, vcpu placement)',
  where: 'host',
  needs: {},
  read: about => [host(about), domains],
  check: readings =>
    given(answer(readings, 'numa'), nodes => {
      if (!nodes.every(node => /\/node\d+$/.test(node))) return unknown(`the kernel says ${nodes[0]}`);
      if (nodes.length === 1) return notApplicable('the host has one NUMA node');
      return given(domainsOf(readings), found => {
        if (found.length === 0) return notApplicable('libvirt knows no domain here');
        const free = found.filter(each => !isPlaced(each)).map(each => child(each, 'name')?.text ?? '');
        return noneOf(
          free.length === 0 ? [] : [`placed anywhere: ${free.join(', ')}`],
          `${found.length} domains, ${nodes.length} NUMA nodes`,
        );
      });
    }),
  mend: "<vcpu placement='auto'> with numad, or <numatune><memory mode='strict' nodeset='0'/> and <vcpu cpuset='0-13'>",
};

function isPlaced(domain: Element): boolean {
  const {placement, cpuset} = child(domain, 'vcpu')?.attributes ?? {};
  const pinned = cpuset !== undefined || child(child(domain, 'cputune'), 'vcpupin') !== undefined;
  return placement === 'auto' || (pinned && child(child(domain, 'numatune'), 'memory') !== undefined);
}
