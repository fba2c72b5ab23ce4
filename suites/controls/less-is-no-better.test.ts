/**
 * Control: an artefact that is gone, cut off or lacks a line never makes a figure of its trial better. A trial is as
 * good as its worst guest, so each series is held against the worst that the whole trial gave.
 */
import {join} from 'node:path';
import test from 'ava';
import {altered} from '../../fixtures/kit/stored-run.ts';
import {readRun} from '../../harness/run/store.ts';
import type {Artefacts, Measured, Sample} from '../../harness/types.ts';
import {metricNamed} from '../../reports/metrics.ts';
import {random} from '../../reports/stats/random.ts';
import {scenarios} from '../index.ts';

const run = await readRun(join(import.meta.dirname, '../../fixtures/runs/quick'));
/** Of each artefact; a trial is read anew for each. */
const linesDropped = 1;
const cuts = 1;

/** The lower, the better; what never ended is the worst there is. */
function costOf({metric, value, censored}: Sample): number {
  if (censored) return Number.POSITIVE_INFINITY;
  return metricNamed(metric)?.better === 'higher' ? -value : value;
}

/** Within the error: another node's clock may tell of the same moment. */
const lowOf = (sample: Sample) => costOf(sample) - (sample.halfWidth ?? 0);
const highOf = (sample: Sample) => costOf(sample) + (sample.halfWidth ?? 0);

function worstOf({samples}: Measured, cost: (sample: Sample) => number): ReadonlyMap<string, number> {
  const series = Map.groupBy(samples, ({metric, labels: {guest: _, ...rest}}) =>
    JSON.stringify([metric, Object.entries(rest).sort()]),
  );
  return new Map([...series].map(([key, some]) => [key, Math.max(...some.map(cost))]));
}

function damagesOf(text: string, draw: () => number): readonly (readonly [what: string, text: string | undefined])[] {
  const lines = text.split('\n');
  const places = (count: number) => Array.from({length: count}, () => Math.floor(draw() * lines.length));
  return [
    ['gone', undefined],
    ...places(cuts).map(at => [`cut before line ${at + 1}`, lines.slice(0, at).join('\n')] as const),
    // A name less in a list of our own record is another trial, and no damage of this one.
    ...places(linesDropped)
      .filter(at => !/^\s*"[^":]*",?$/.test(lines[at] ?? ''))
      .map(at => [`without line ${at + 1}`, lines.toSpliced(at, 1).join('\n')] as const),
  ];
}

/** Another node is told of a moment a little sooner or later. */
const untold = 1e-4;
/** Parts of a whole: they are shown, and not judged. */
const parts = ['failover.phase'];

const kinds = run.ok ? Map.groupBy(run.value.trials, ({record}) => record.planned.scenario) : new Map();

test('the stored run has trials of several kinds', t => {
  t.true(kinds.size >= 5);
});

for (const [name, trials] of kinds) {
  test(`${name}: less is no better`, t => {
    const scenario = scenarios.find(each => each.name === name);
    const trial = trials.find(({record}: {record: {status: string}}) => record.status === 'done');
    t.timeout(180_000);
    if (scenario === undefined || trial === undefined) return t.fail(`there is no trial of ${name}`);
    const {planned} = trial.record;
    const artefacts: Artefacts = trial.artefacts;
    const whole = worstOf(scenario.measure(artefacts, planned), lowOf);
    t.true(whole.size > 0);
    const draw = random(name.length);
    for (const artefact of artefacts.names) {
      const text = artefacts.text(artefact);
      if (!text.ok) continue;
      for (const [what, damaged] of damagesOf(text.value, draw)) {
        const left = worstOf(
          scenario.measure(
            altered(artefacts, artefact, () => damaged),
            planned,
          ),
          highOf,
        );
        for (const [key, cost] of left) {
          const before = whole.get(key) ?? Number.NEGATIVE_INFINITY;
          if (parts.some(part => key.includes(part))) continue;
          t.true(cost >= before - untold * Math.abs(before), `${artefact} ${what}: ${key} was ${before}, is ${cost}`);
        }
      }
    }
  });
}
