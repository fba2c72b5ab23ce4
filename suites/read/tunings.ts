/** What is known of the shipped settings, of the guide's own tunings and of what they are said to give. Pure. */
import {z} from 'zod';
import {readYaml} from '../../harness/config/yaml.ts';
import type {ConfigError, Improvement, Result, Unit} from '../../harness/types.ts';
import {parseQuantity} from './bound.ts';

const scopes = ['host', 'guest', 'cluster', 'storage', 'network'] as const;

export interface KnownSetting {
  id: string;
  /** Settings of one bundle mean nothing without each other. */
  bundle?: string;
  scope: (typeof scopes)[number];
  source: string;
  risk: string;
}

export interface GuideTuning {
  prints: string;
  section: string;
  settings: readonly string[];
  rules: readonly string[];
  scenario?: string;
  why?: string;
}

export interface Tunings {
  settings: readonly KnownSetting[];
  guide: readonly GuideTuning[];
  improvements: readonly Improvement[];
}

/** As much of a metric as an improvement needs. */
interface Named {
  name: string;
  unit: Unit;
  labels: readonly string[];
}

export function loadTunings(text: string, file: string, metrics: readonly Named[]): Result<Tunings, ConfigError[]> {
  return readYaml(tuningsSchema(metrics), text, file);
}

const sentence = z.string().trim().min(1).max(400);
const id = z.string().regex(/^[a-z][a-z0-9.-]*$/, {error: 'lower-case words joined by . or -'});

const setting = z.strictObject({
  id,
  bundle: id.exactOptional(),
  scope: z.enum(scopes),
  source: sentence,
  risk: sentence,
});

function tuningsSchema(metrics: readonly Named[]) {
  return z
    .strictObject({
      settings: z.array(setting),
      guide: z.array(guideSchema),
      improvements: z.array(improvementSchema(metrics)),
    })
    .superRefine(({settings, guide}, context) => {
      const issue = (path: (string | number)[], expected: string, hint: string) =>
        context.addIssue({code: 'custom', path, params: {expected, hint}});
      const ids = settings.map(each => each.id);
      ids.forEach((each, index) => {
        if (ids.indexOf(each) < index)
          issue(['settings', index, 'id'], 'a setting that has no line yet', 'remove one of the two');
      });
      guide.forEach((each, index) => {
        const stranger = each.settings.findIndex(name => !ids.includes(name));
        if (stranger >= 0)
          issue(
            ['guide', index, 'settings', stranger],
            'a setting that has a line above',
            'add it, or correct the name',
          );
      });
    });
}

const guideSchema = z
  .strictObject({
    prints: sentence,
    section: sentence,
    settings: z.array(id).default([]),
    rules: z.array(z.string().regex(/^C-\d+$/)).default([]),
    scenario: sentence.exactOptional(),
    why: sentence.exactOptional(),
  })
  .superRefine(({settings, why}, context) => {
    if (settings.length > 0 || why !== undefined) return;
    const params = {expected: 'settings that stand for it, or why nothing sets it', hint: 'add settings or why'};
    context.addIssue({code: 'custom', path: [], params});
  });

function improvementSchema(metrics: readonly Named[]) {
  return z
    .strictObject({
      id,
      title: sentence,
      metric: z.enum(metrics.map(({name}) => name)),
      where: z.record(z.string(), z.string()),
      before: sentence,
      after: sentence,
      source: sentence,
    })
    .transform(({before, after, ...rest}, context): Improvement => {
      const metric = metrics.find(({name}) => name === rest.metric);
      const stranger = Object.keys(rest.where).find(label => !metric?.labels.includes(label));
      if (stranger !== undefined) {
        const params = {expected: `a label of ${rest.metric}`, hint: 'rename or remove it'};
        context.addIssue({code: 'custom', path: ['where', stranger], params});
      }
      const value = (text: string, key: string): number => {
        const read = parseQuantity(text, metric?.unit ?? 'ratio');
        if (read.ok) return read.value;
        context.addIssue({code: 'custom', path: [key], params: read.error});
        return Number.NaN;
      };
      return {...rest, before: value(before, 'before'), after: value(after, 'after')};
    });
}
