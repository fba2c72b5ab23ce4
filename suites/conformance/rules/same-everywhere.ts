/** C-10. */
import {parseFingerprint} from '../../../harness/cluster/fingerprint.ts';
import {differing, given, noneOf, ofEach, textOf} from '../read.ts';
import {config, facts, names} from '../readings.ts';
import type {Rule} from '../rule.ts';

const programs = ['corosync', 'pacemaker', 'libvirt', 'qemu', 'ceph'];

export const sameEverywhere: Rule = {
  id: 'C-10',
  title: 'corosync.conf and the versions of the stack are the same on every node',
  claim: 'mig.live',
  severity: 'major',
  why: 'A failover then depends on which node happens to decide it, and no measurement of one holds for the other.',
  source: 'Trento BA215C, DF8328, 82A031 (SLES 12 and 15)',
  where: 'hosts',
  needs: {nodes: 2},
  read: () => [config, facts],
  check: (readings, hosts) =>
    given(
      ofEach(hosts, host => textOf(readings, names.config, host, 'corosync.conf')),
      files =>
        given(
          ofEach(hosts, host => versionsOf(textOf(readings, names.facts, host, 'what runs there'), host)),
          versions => {
            const unlike = differing(files.map(({host, value}) => ({host, value: value.replace(/\s+/g, ' ').trim()})));
            const wrong = programs.flatMap(program => {
              const found = differing(versions.map(({host, value}) => ({host, value: value[program] ?? 'none'})));
              return found === undefined ? [] : [`${program} ${found}`];
            });
            const told = programs.flatMap(program => versions[0]?.value[program]?.split(' ')[0] ?? []);
            return noneOf(
              [...(unlike === undefined ? [] : ['corosync.conf is not the same on every node']), ...wrong],
              `one corosync.conf; ${told.join(', ')} on ${hosts.length} nodes`,
            );
          },
        ),
    ),
  mend: 'copy corosync.conf from one node to all and reload it; bring the nodes to one version before the next trial',
};

type Versions = Readonly<Record<string, string>>;

function versionsOf(said: ReturnType<typeof textOf>, host: string) {
  if (!said.ok) return said;
  const read: Versions = parseFingerprint(host, said.value).facts;
  return read.corosync === undefined || read.pacemaker === undefined
    ? {ok: false as const, error: 'the versions of Corosync and Pacemaker are not there'}
    : {ok: true as const, value: read};
}
