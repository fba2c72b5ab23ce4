import {z} from 'zod';
import {
  unit as baseUnit,
  endStatus,
  finding,
  fingerprint,
  notApplicable,
  parseError,
  readBack,
  resumption,
  ruleResult,
  runHeader,
  spent,
  storedArtefact,
  trialStatus,
  windowForecast,
} from '../../harness/schema.ts';

/**
 * The report as JSON (`json.ts`), for programs that read it. JSON has no infinities: an open end of an interval is
 * the string `Infinity` or
 * `-Infinity`, a number that does not exist is null.
 */
const text = z.string();
const labels = z.record(text, text);
const count = z.number().int().min(0);
const number = z.union([z.number(), z.enum(['Infinity', '-Infinity']), z.null()]);
const unit = baseUnit.describe(
  'base units: seconds, seconds times seconds (an area of delay), bytes, bits, operations, counts, dimensionless',
);

const estimate = z
  .strictObject({
    value: number,
    low: number,
    high: number,
    n: count.describe('trials'),
    confidence: number.describe('0…1'),
    method: text,
  })
  .describe('over trials');

const target = z.strictObject({
  id: text,
  claim: text,
  metric: text,
  unit,
  where: labels,
  under: z
    .array(z.strictObject({parameter: text, relation: z.enum(['at-most', 'at-least']), value: number}))
    .optional()
    .describe('parameters that its trials must have been run with'),
  statistic: z.enum(['median', 'p99', 'worst', 'proportion', 'ratio', 'observed']),
  relation: z.enum(['at-most', 'at-least']),
  bound: number,
  confidence: number,
  reliability: number.optional(),
  limit: number.optional(),
  against: z.tuple([text, text]).optional(),
  source: text,
});

const look = z
  .strictObject({number: count, trial: count})
  .optional()
  .describe('of trials that were looked at one by one: the look from which on the verdict stood, and its trial');
const verdict = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('met'),
    estimate,
    look,
    note: text.optional().describe('what is true of it besides: that the values drift towards the bound'),
  }),
  z.strictObject({kind: z.literal('missed'), estimate, look}),
  z.strictObject({
    kind: z.literal('undecided'),
    estimate: estimate.optional(),
    reason: text,
    trialsNeeded: number.optional(),
  }),
]);

const claimVerdict = z.strictObject({
  claim: z.strictObject({
    id: text,
    title: text,
    figure: text,
    printed: text.optional(),
    arithmetic: text.optional(),
    source: text,
    targets: z.array(target),
    saidBy: z.strictObject({command: text, why: text}).optional(),
    notTestable: text.optional(),
    noScenarioYet: text.optional(),
  }),
  kind: z.enum(['met', 'missed', 'undecided', 'not-testable']),
  reason: text,
  targets: z.array(z.strictObject({target, verdict, samples: z.array(count).describe('indices into samples')})),
});

const side = z.strictObject({
  profile: text,
  values: z.array(number),
  median: number,
  estimate: estimate.optional(),
});

const comparison = z.strictObject({
  metric: text,
  labels,
  before: side,
  after: side,
  effect: estimate.optional().describe('after ÷ before'),
  p: number.optional(),
  pHolm: number.optional(),
  verdict: z.enum(['better', 'worse', 'no-difference-shown', 'too-noisy']),
  trialsNeeded: number.optional(),
  note: text,
});

const trial = z.strictObject({
  slot: count,
  folder: text,
  scenario: text,
  profile: text,
  repetition: count,
  status: trialStatus,
  reason: text,
  durationSeconds: number,
  phases: z.array(spent).optional().describe('what its time went into, in order'),
  startedAt: text,
  readBack: z.array(readBack),
  findings: z.array(finding),
  artefacts: z.array(storedArtefact),
});

const sample = z.strictObject({
  metric: text,
  unit,
  value: number,
  labels,
  from: z.strictObject({artefact: text, path: text}).describe('the byte it came from'),
  halfWidth: number.optional().describe('the value is known to ± this much'),
  censored: z.literal(true).optional().describe('it never ended; the value is a lower bound'),
  operations: count.optional().describe('of a percentile: how many operations it was taken over'),
});

const published = z
  .strictObject({
    reference: z.strictObject({
      id: text,
      title: text,
      metric: text,
      where: labels,
      figures: z.array(text),
      measuredOn: text,
      source: text,
      differs: text,
    }),
    own: z.strictObject({profile: text, median: number, n: count, unit}),
  })
  .describe('what others have published, as context; no verdict is held against it');

const improved = z
  .strictObject({
    documented: z.strictObject({
      id: text,
      title: text,
      metric: text,
      where: labels,
      before: number,
      after: number,
      source: text,
    }),
    measured: comparison,
  })
  .describe('what tuning is said to give, beside what it gave here; no verdict is held against it');

export const reportJson = z.strictObject({
  schema: z.literal('seatrial-report/1'),
  overall: z.enum(['met', 'missed', 'undecided', 'aborted', 'unhealed']),
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(4)]),
  header: runHeader,
  ended: z.strictObject({status: endStatus, at: text.optional(), reason: text}),
  plan: z.strictObject({
    seed: z.number(),
    notApplicable: notApplicable,
    planned: count,
  }),
  verdicts: z.array(claimVerdict),
  comparisons: z.array(comparison),
  trials: z.array(trial),
  resumed: z
    .strictObject({times: z.array(resumption), interrupted: z.array(trial)})
    .optional()
    .describe('how the run was gone on with, and what was interrupted and tried anew'),
  foreseen: windowForecast.optional().describe('of a run that was told time: what was foreseen when it began'),
  pool: z
    .strictObject({
      runs: z.array(
        z
          .strictObject({id: text, startedAt: text, status: endStatus, first: count, last: count})
          .describe('its slots here'),
      ),
      leftOut: z.array(z.strictObject({id: text, reason: text, forbids: z.boolean()})),
    })
    .optional()
    .describe('evidence of several runs: which, and which are not in it; one that forbids takes every met away'),
  samples: z.array(sample),
  findings: z.array(finding.extend({trial: count})),
  conformance: z.array(z.strictObject({profile: text, trial: count, results: z.array(ruleResult)})),
  damage: z.array(parseError).describe('what in the run is not as it was stored; any of it forbids met'),
  warnings: z.array(z.strictObject({subject: text, text, todo: text})),
  published: z.array(published),
  improvements: z.array(improved),
  fingerprints: z.array(fingerprint),
  audited: z
    .strictObject({commands: count, hosts: count})
    .optional()
    .describe('commands that changed something, as audit.jsonl lists them'),
});

/** JSON Schema (2020-12) of the report, as text with a final newline. */
export function renderSchema(): string {
  return `${JSON.stringify({title: 'seatrial report', ...z.toJSONSchema(reportJson, {target: 'draft-2020-12'})}, null, 2)}\n`;
}
