/** The parts of a store that are tried alone, as a trial keeps them. Pure. */
import {z} from 'zod';

export const partKinds = ['osd', 'disk', 'guest'] as const;

export const uniformitySettings = z.strictObject({
  kinds: z.array(z.enum(partKinds)).min(1).describe('of parts: OSDs of Ceph, scratch disks of nodes, guests'),
  rounds: z.int().min(3).max(25).describe('over all parts'),
  seconds: z.int().min(1).max(3600).describe('of each disk and each guest'),
  sizeMiB: z.int().min(1).max(1_048_576).describe('that each disk and each guest uses'),
  outlierPercent: z.int().min(1).max(99).describe('of what the others do: a part that does less is named'),
});

export const partsArtefact = 'parts.json';
const part = z.object({
  kind: z.enum(partKinds),
  name: z.string(),
  host: z.string().exactOptional(),
  /** Those that ought to be alike. */
  group: z.string(),
  path: z.string().exactOptional(),
});
export type Part = z.infer<typeof part>;
export const partsSchema = z.object({parts: z.array(part), notTried: z.array(z.string())});
export type UniformityRecord = z.infer<typeof partsSchema>;

export function artefactOf({kind, name}: Part, round: number): string {
  return `${kind}-${name.replace(/[^\w.-]+/g, '-').replace(/^-+/, '')}-${round}.json`;
}
