import {readFileSync} from 'node:fs';
import test from 'ava';
import type {z} from 'zod';
import {brokenIn} from '../../fixtures/kit/broken.ts';
import {readDocument} from '../../harness/config/document.ts';
import {formatConfigError} from '../../harness/config/yaml.ts';
import {fileMetrics} from '../../reports/judge/targets.ts';
import {metrics} from '../../reports/metrics.ts';
import {loadClaims, registerSchema} from './claims.ts';
import {fileTargetsSchema} from './file-targets.ts';
import {suiteSchema} from './suite.ts';

const register = `claims:
  - id: a
    title: A
    figure: B
    source: C
    targets:
      - {id: a.one, metric: failover.service, where: {fault: x}, statistic: worst, bound: "< 5 s", reliability: 0.9, confidence: 0.9, source: D}
      - {id: a.two, metric: storage.iops, statistic: ratio, bound: "+5 %", against: [stock, tuned]}
      - {id: a.three, metric: storage.latency, where: {percentile: p50}, statistic: proportion, limit: 5 ms, bound: ">= 95 %"}
  - {id: b, title: A, figure: B, printed: C, arithmetic: D, source: E, saidBy: {command: seatrial capacity, why: F}}
  - {id: c, title: A, figure: B, source: C, notTestable: D}
  - {id: d, title: A, figure: B, source: C, noScenarioYet: D}
`;
const files = `targets:
  - {id: a, metric: storage.latency, where: {job: x}, statistic: p99, bound: "< 5 ms", scope: file, source: A}
  - {id: b, metric: network.loss, statistic: worst, bound: "< 5 %", reliability: 0.9, confidence: 0.9}
`;
const suite = readFileSync(new URL('../storage.yaml', import.meta.url), 'utf8');
const scenarios = [...suite.matchAll(/scenario: (\S+)/g)].flatMap(([, name]) => name ?? []);
const known = {scenarios, profiles: ['stock', 'tuned', 'as-found']};

const kinds: Record<string, {text: string; schema: z.ZodType}> = {
  register: {text: register, schema: registerSchema(metrics)},
  'targets of files': {text: files, schema: fileTargetsSchema(fileMetrics)},
  suite: {text: suite, schema: suiteSchema(known)},
};
for (const [title, {text, schema}] of Object.entries(kinds)) {
  test(`${title}: with one leaf that is wrong refused or read, and no check fails over it`, t => {
    const read = readDocument(text, 'a.yaml');
    const document = read.ok ? read.value.data : undefined;
    t.deepEqual(schema.safeParse(document).error?.issues, undefined);
    const {refused, failed} = brokenIn(schema, document);
    t.deepEqual(failed, []);
    t.true(refused > 30, `${refused} refused`);
  });
}

test('a claim with an empty title or a wrong id is refused with its place', t => {
  const errorsOf = (claim: string) => {
    const read = loadClaims(`claims:\n  - {${claim}, figure: x, source: x, notTestable: y}\n`, 'c.yaml', metrics);
    return read.ok ? '' : read.error.map(formatConfigError).join('\n');
  };
  t.regex(errorsOf('id: a, title: ""'), /^c\.yaml:2:20: found "" for claims\[1\]\.title, expected some text/);
  t.regex(errorsOf('id: A B, title: x'), /^c\.yaml:2:10: found "A B" for claims\[1\]\.id, expected lower-case words/);
});
