/** How much room each storage host has, from `ceph osd tree` and `ceph osd df`. Pure. */
import {z} from 'zod';

export const osdTreeForm = z.object({
  nodes: z.array(
    z.object({id: z.number(), name: z.string(), type: z.string(), children: z.array(z.number()).optional()}),
  ),
});
export const osdDfForm = z.object({nodes: z.array(z.object({id: z.number(), kb: z.number(), kb_used: z.number()}))});

export interface HostRoom {
  name: string;
  totalBytes: number;
  usedBytes: number;
}

export function roomOfHosts(tree: z.infer<typeof osdTreeForm>, df: z.infer<typeof osdDfForm>): readonly HostRoom[] {
  return tree.nodes.flatMap(({name, type, children = []}) => {
    const own = df.nodes.filter(({id}) => children.includes(id));
    if (type !== 'host' || own.length === 0) return [];
    const sum = (key: 'kb' | 'kb_used') => own.reduce((total, osd) => total + osd[key], 0) * 1024;
    return [{name, totalBytes: sum('kb'), usedBytes: sum('kb_used')}];
  });
}
