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

/**
 * OSDs of hosts whose room is not told (one that is down has none, and its data is somewhere all the same), and those
 * that are of no host that the tree has.
 */
export function osdsWithoutRoom(tree: z.infer<typeof osdTreeForm>, df: z.infer<typeof osdDfForm>): readonly string[] {
  const told = new Set(df.nodes.filter(({kb}) => kb > 0).map(({id}) => id));
  const mine = new Set(tree.nodes.flatMap(({type, children = []}) => (type === 'host' ? children : [])));
  const silent = tree.nodes.filter(({id}) => mine.has(id) && !told.has(id)).map(({name}) => name);
  return [...silent, ...[...told].filter(id => !mine.has(id)).map(id => `osd.${id}`)];
}
