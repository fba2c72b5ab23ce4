/** What `lab status` prints for people. */
import type {BareStatus, ClusterStatus, LabStatus} from '../../../harness/lab/index.ts';

/** One line a subject; what is not as it should be reads so. */
export function statusLines(status: LabStatus): string {
  return `${(status.kind === 'bare' ? bareLines(status) : clusterLines(status)).join('\n')}\n`;
}

function bareLines(status: BareStatus): string[] {
  return [
    `lab ${status.name}: ${status.phase}; ${status.hardware.note}`,
    ...status.hosts.map(({name, role, address, power, systemd, failedUnits}) =>
      [
        `host ${name} (${address}): ${role}`,
        `power ${power}`,
        `systemd ${systemd}`,
        ...failedUnits.map(unit => `${unit} failed`),
      ].join(', '),
    ),
    `packages: ${status.aptProxy ? 'the proxy runs' : 'the proxy does not run'}`,
    `inventory: ${status.inventory}`,
  ];
}

function clusterLines(status: ClusterStatus): string[] {
  const lines = [`lab ${status.name}: ${status.phase}; ${status.hardware.note}`];
  const {cluster} = status;
  if (cluster.quorate)
    lines.push(`quorum: yes${cluster.coordinator === undefined ? '' : `, led by ${cluster.coordinator}`}`);
  else lines.push(`quorum: no, ${cluster.reason}`);
  for (const {name, role, power, reachable} of status.hosts) {
    const words: string[] = [role, `power ${power}`, ...(reachable ? [] : ['does not answer'])];
    if (cluster.quorate && role === 'node') {
      const member = cluster.members.find(one => one.name === name);
      const device = cluster.fencing.find(one => one.node === name);
      words.push(
        member === undefined ? 'no member' : member.online ? 'online' : 'offline',
        ...(member?.unclean ? ['unclean'] : []),
        ...(member?.standby ? ['standby'] : []),
        device?.inService ? `${device.device} on ${device.runsOn.join(', ')}` : 'no fencing',
      );
    }
    lines.push(`host ${name}: ${words.join(', ')}`);
  }
  lines.push(
    `storage ${status.storage.kind}: ${status.storage.healthy ? '' : 'not healthy, '}${status.storage.detail}`,
  );
  for (const {name, address, state, runsOn} of status.guests) {
    lines.push(`guest ${name} (${address}): ${state}${runsOn.length > 0 ? ` on ${runsOn.join(' and ')}` : ''}`);
  }
  return lines;
}
