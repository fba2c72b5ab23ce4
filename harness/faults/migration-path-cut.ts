/**
 * The nodes drop what they are sent of a migration's data, while all else goes on: its connection stalls, and nobody is
 * told. Ports are those that libvirt gives to QEMU unless its qemu.conf says otherwise.
 */
import {z} from 'zod';
import {idempotent, succeeded} from '../cluster/commands.ts';
import type {Command} from '../types.ts';
import {nftTable, openCommand, packetsDropped, withNft} from './drop-rules.ts';
import {defineFault, notInjected} from './fault.ts';
import {takeBack} from './recovery.ts';

const rules = {table: 'seatrial-migration', hook: 'input'} as const;
const {table} = rules;
const ports = {first: 49152, last: 49215};

function cutCommand(): Command {
  const byIptables = (program: string) => [
    `  command -v ${program} >/dev/null || { [ ${program} = ip6tables ] && exit 0; exit 1; }`,
    `  ${program} -w 5 -N ${table} 2>/dev/null || ${program} -w 5 -F ${table}`,
    `  ${program} -w 5 -A ${table} -p tcp --dport ${ports.first}:${ports.last} -j DROP`,
    `  ${program} -w 5 -C INPUT -j ${table} 2>/dev/null || ${program} -w 5 -I INPUT 1 -j ${table}`,
  ];
  const lines = [
    `if ${withNft}; then`,
    ...nftTable(table, [
      ' chain drops {',
      '  type filter hook input priority -300; policy accept;',
      `  tcp dport ${ports.first}-${ports.last} counter drop`,
      ' }',
    ]),
    'else',
    ...['iptables', 'ip6tables'].flatMap(byIptables),
    'fi',
  ];
  return idempotent(['sh', '-ec', lines.join('\n')], 15_000);
}

export const migrationPathCut = defineFault({
  name: 'migration-path-cut',
  strikes: 'link',
  parameters: z.strictObject({}),
  needs: {nodes: 2},
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: nodes => `nft: ${nodes.map(({name}) => name).join(', ')} drop TCP ${ports.first}-${ports.last}`,

  async deadMan(cluster) {
    return {ok: true, value: cluster.nodes.map(host => ({host, argv: openCommand(rules).argv}))};
  },

  async inject(cluster, nodes) {
    const outcomes = await Promise.all(nodes.map(node => cluster.transport.exec(node, cutCommand())));
    return outcomes.find(outcome => !succeeded(outcome)) ?? outcomes[0] ?? notInjected('there is no node to cut off');
  },

  reached: cluster => packetsDropped(cluster, rules),

  async heal(cluster) {
    const opened = await Promise.all(cluster.nodes.map(node => takeBack(cluster, node, openCommand(rules))));
    return opened.find(result => !result.ok) ?? {ok: true, value: undefined};
  },
});
