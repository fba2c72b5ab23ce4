/** What the default export of a plug-in's file must look like, down to every member that is called. Pure. */
import {z} from 'zod';
import {unit} from '../../../../harness/schema.ts';
import {families} from '../../../../harness/types.ts';

const words = z.string().trim().min(1);
const called = z.custom<() => unknown>(value => typeof value === 'function', {error: 'a function'});
const parameters = z.record(z.string(), z.union([z.number(), z.string(), z.array(z.string())]));
const needs = z.looseObject({});

const scenario = z.looseObject({
  name: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, {error: 'a name such as mine/disk-pulled'}),
  family: z.enum(families),
  purpose: words,
  needs,
  impact: called,
  claims: z.array(words),
  provides: z.array(words).min(1),
  expects: called,
  parameters: z.looseObject({full: parameters, quick: parameters}),
  estimateSeconds: called,
  preview: called,
  run: called,
  measure: called,
});

const fault = z.looseObject({
  name: z.string().regex(/^[a-z0-9-]+$/, {error: 'a name such as disk-pulled'}),
  strikes: z.enum(['node', 'osd', 'service', 'link', 'guest']),
  needs,
  effect: called,
  on: called,
});

const rule = z.looseObject({
  id: z.string().regex(/^C-./, {error: 'an id such as C-mine-1'}),
  title: words,
  severity: z.enum(['critical', 'major', 'minor']),
  why: words,
  source: words,
  where: z.enum(['cluster', 'host', 'hosts']),
  needs,
  read: called,
  check: called,
  mend: words,
});

const metric = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+\.[a-z0-9.-]+$/, {error: 'a name such as mine.wait'}),
  title: words,
  unit: unit,
  better: z.enum(['lower', 'higher']),
  labels: z.array(words),
  means: words,
});

export const pluginShape = z.strictObject({
  scenarios: z.array(scenario).optional(),
  faults: z.array(fault).optional(),
  rules: z.array(rule).optional(),
  metrics: z.array(metric).optional(),
});
