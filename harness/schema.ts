/**
 * What is stored of a run, checked when it is read: the same shapes as in types.ts, held equal by schema.test.ts.
 * Written once: the store reads through them, and the report's own schema is made of them. Keys that are not known are
 * left out, so that a run of a later version can still be read.
 */
import {z} from 'zod';

const text = z.string();

/** A name that cannot leave its folder. */
export const artefactName = /^[a-z0-9][a-zA-Z0-9._-]{0,120}$/;

export const unit = z.enum(['s', 's·s', 'B/s', 'bit/s', 'op/s', 'B', 'count', 'ratio']);
export const storageKind = z.enum(['ceph', 'nbd', 'none']);
export const trialStatus = z.enum(['done', 'aborted', 'unhealed', 'failed']);
export const endStatus = z.enum(['complete', 'aborted', 'unhealed']);

const setting = z.object({
  id: text,
  driver: z.enum(['domain', 'corosync', 'resource', 'ceph', 'link', 'property', 'fence', 'alert']),
  key: text,
  value: text,
  why: text,
  needs: storageKind.exactOptional(),
});
export const placedSetting = setting.extend({where: text.exactOptional()});
export const profile = z.object({name: text, title: text, settings: z.array(placedSetting)});

export const fingerprint = z.object({host: text, facts: z.record(text, text)});

export const runHeader = z.object({
  schema: z.literal('seatrial-run/1'),
  id: text,
  seatrialVersion: text,
  commit: text,
  startedAt: text.describe('ISO 8601, UTC'),
  cluster: text,
  suite: text,
  only: z.array(text).exactOptional().describe('the scenarios or families asked for'),
  confirms: text.exactOptional().describe('id of the run whose suspected changes this one measures again'),
  plugins: z
    .array(z.object({file: text, sha256: text}))
    .exactOptional()
    .describe("the user's own files that took part"),
  despite: z.array(text).exactOptional().describe('dangers that the doctor found, and that were let through by name'),
  sums: z.literal('twice').exactOptional().describe("the sums of the run's files are kept in events.jsonl too"),
  quick: z.boolean(),
  seed: z.number(),
  storage: storageKind,
  hardware: z.object({emulated: z.boolean(), shared: z.boolean(), note: text}),
  nodes: z.array(text),
  machines: z
    .array(z.object({name: text, addresses: z.array(text)}))
    .exactOptional()
    .describe('the nodes by management address and BMC'),
  guests: z.array(text),
  profiles: z.array(profile),
  fingerprints: z.array(fingerprint),
});

const plannedTrial = z.object({
  slot: z.int().positive(),
  scenario: text,
  profile: text,
  repetition: z.int().positive(),
  parameters: z.record(text, z.union([z.number(), text, z.array(text)])),
  estimatedSeconds: z.number(),
});

export const notApplicable = z.array(z.object({scenario: text, reason: text}));

const offer = plannedTrial.pick({scenario: true, parameters: true, estimatedSeconds: true});
const promiseForecast = z.object({
  id: text,
  chance: z.number().describe('that it is decided when the window closes: 0 to 1'),
  trials: z.number().exactOptional(),
  seconds: z.number().exactOptional(),
});
export const windowForecast = z.object({
  windowSeconds: z.number().exactOptional(),
  decided: z.number().describe('in the window, on average'),
  open: z.number(),
  allSeconds: z.number(),
  all: z.number().describe('how many can be decided at all'),
  promises: z.array(promiseForecast),
  over: z.array(z.object({seconds: z.number(), decided: z.number()})),
  runs: z.array(text).describe('earlier runs that it rests on'),
});
export const plan = z.object({
  seed: z.number(),
  profiles: z.array(text),
  trials: z.array(plannedTrial),
  notApplicable,
  window: z
    .object({
      asked: text,
      closes: text.exactOptional(),
      offers: z.array(offer),
      forecast: windowForecast.exactOptional().describe('what was foreseen when the run began'),
    })
    .exactOptional(),
});

export const readBack = z.object({id: text, where: text, asked: text, found: text, agrees: z.boolean()});

export const finding = z.object({
  severity: z.enum(['critical', 'warning']),
  invariant: text,
  detail: text,
  unknown: z.literal(true).exactOptional(),
  artefact: text.exactOptional(),
});

/** One rule of conformance on one host. */
export const ruleResult = z.strictObject({
  rule: text,
  title: text,
  claim: text.exactOptional(),
  severity: z.enum(['critical', 'major', 'minor']),
  host: text.describe('cluster: of it as a whole'),
  state: z.enum(['violated', 'not-known', 'not-applicable', 'holds']),
  found: text.describe('what was found, why it is not known, or the fact that makes it pointless'),
  why: text.describe('what happens where it is violated'),
  source: text,
  mend: text,
});

export const storedArtefact = z.object({name: text.regex(artefactName), bytes: z.int().min(0), sha256: text});

/** In the order in which a trial comes to them. */
export const phase = z.enum([
  ...(['auditing', 'settings', 'setting up', 'baseline', 'fault'] as const),
  ...(['waiting', 'collecting', 'healing', 'running'] as const),
]);
export const spent = z.object({phase, seconds: z.number()});

export const trialRecord = z.object({
  planned: plannedTrial,
  status: trialStatus,
  reason: text,
  startedAt: text,
  durationSeconds: z.number(),
  phases: z.array(spent).exactOptional().describe('what its time went into, in order'),
  readBack: z.array(readBack),
  auditBefore: z.array(finding),
  auditAfter: z.array(finding),
  artefacts: z.array(storedArtefact),
  interrupted: z.literal(true).exactOptional().describe('tried anew by seatrial resume'),
});

export const resumption = z.object({at: text, since: text, anew: z.array(z.int()), differs: z.array(text)});

const sums = z.record(text, text);

export const runEnd = z.object({status: endStatus, reason: text, at: text, sha256: sums});
export type RunEnd = z.infer<typeof runEnd>;

const attempt = z.int().min(2).exactOptional().describe('how often the slot was tried by then; 1 where absent');

/**
 * A line of events.jsonl. Those that are read again are told apart by `kind`; all others (`said`, `injected`) are kept
 * for people, with the slot of their trial.
 */
export const runEvent = z.union([
  z.object({at: text, kind: z.literal('opened'), sha256: sums}),
  z.object({at: text, kind: z.literal('trial-ended'), slot: z.int(), attempt, status: trialStatus, sha256: text}),
  resumption.extend({kind: z.literal('resumed')}),
  z.object({at: text, kind: z.literal('drawn'), planned: plannedTrial}),
  z.object({at: text, kind: z.literal('ended'), status: endStatus, reason: text}),
  z
    .object({
      at: text,
      kind: text.refine(kind => !['opened', 'trial-ended', 'resumed', 'drawn', 'ended'].includes(kind)),
      slot: z.int().exactOptional(),
    })
    .transform(({at, slot}) => ({at, kind: 'other' as const, ...(slot === undefined ? {} : {slot})})),
]);
export type RunEvent = z.infer<typeof runEvent>;

/** Something in a stored thing that is not as it must be. */
export const parseError = z.object({artefact: text, path: text, expected: text, found: text});
