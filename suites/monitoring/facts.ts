import {z} from 'zod';
import {alarmKinds} from '../../harness/types.ts';

const number = z.number();
const text = z.string();
export const alarmArtefact = 'alarm.json';
export const alarmLogArtefact = 'alarm.log';
export const ruleArtefact = 'alarm-rule.json';
export const quantityArtefact = 'alarm-quantity.log';

export const alarmRecord = z.object({
  alarm: z.enum(alarmKinds),
  /** Names of the rules of all alarms, as the inventory has them. */
  rules: z.partialRecord(z.enum(alarmKinds), text),
  node: text,
  guest: text.optional(),
  /** What the labels of an alert about it may say; where it is about the whole cluster, anything. */
  names: z.array(text),
  /** What else labels may call the node by. */
  nodeNames: z.array(text).default([]),
  /** Of every node and guest of the cluster; older runs have none, and their Prometheus watches nothing else. */
  cluster: z.array(text).default([]),
  /** Of the file system that is filled; absent where none is, and of older runs. */
  mountpoint: text.optional(),
  /** Guests that ran on the node. */
  guests: z.array(text),
  /** The first is what times count from. */
  injections: z.array(z.object({wallBeforeMs: number})).min(1),
  reached: z.array(z.object({fault: text, bit: z.boolean(), evidence: text})),
  /** The look before the one that saw it done, and that one; absent where it never was, or none is expected. */
  action: z.object({sinceWallMs: number, wallMs: number, evidence: text}).optional(),
  /** Until when the action was waited for. */
  actionUntilWallMs: number,
  /** When the cause was taken away, or was seen to be gone. */
  endedWallMs: number,
  /** The client's clock less the harness's, ± the half width. */
  clock: z.object({offsetMs: number, halfWidthMs: number}),
  /** Of the host that looked at what the alert watches, less the harness's. Older runs have none. */
  quantityClock: z.object({offsetMs: number}).optional(),
});

/** What a fire drill was about, and what was done when. */
export type AlarmRecord = z.infer<typeof alarmRecord>;
