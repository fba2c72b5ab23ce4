import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {fragmentation} from './fragmentation.ts';

/** Recorded on a lab. */
const recorded = recordedArtefacts('compute-fragmentation');
const planned = plannedTrial({scenario: fragmentation.name, parameters: fragmentation.parameters.quick});
const measure = (raw: Artefacts) => fragmentation.measure(raw, planned);
const of = (raw: Artefacts, place: string, when: string) =>
  measure(raw).samples.find(({labels}) => labels.place === place && labels.when === when)?.value;
const problemsOf = (raw: Artefacts) => JSON.stringify(measure(raw).problems);

test('guest and node, before, while half of the pages are held, and after', t => {
  t.deepEqual(measure(recorded).problems, []);
  for (const place of ['guest', 'host'])
    for (const when of ['before', 'churned', 'after']) {
      const share = of(recorded, place, when) ?? -1;
      t.true(share > 0 && share < 1, `${place} ${when}`);
    }
  // Every other page of 32 MiB in a small guest is seen.
  t.true((of(recorded, 'guest', 'churned') ?? 0) > (of(recorded, 'guest', 'before') ?? 1));
});

test('memory in single pages is of no use, memory in one large block is', t => {
  const zone = (counts: string) =>
    ['before', 'churned', 'after'].reduce(
      (all, when) => altered(all, `free-host-${when}.txt`, () => `Node 0, zone   Normal ${counts}\n`),
      recorded,
    );
  t.is(of(zone('1000 0 0 0 0 0 0 0 0 0 0'), 'host', 'after'), 1);
  t.is(of(zone('0 0 0 0 0 0 0 0 0 0 10'), 'host', 'after'), 0);
});

test('a reading that lacks a zone makes no number: what is left may be the better part', t => {
  const cut = altered(recorded, 'free-host-after.txt', text => `${text.split('\n').slice(0, 1).join('\n')}\n`);
  t.is(of(cut, 'host', 'after'), undefined);
  t.regex(problemsOf(cut), /Node 0, zone Normal.*every zone, as before and after/);
});

test('a look that came too late, or pages that were not churned, make no number of that place', t => {
  const late = altered(recorded, 'fragmentation.json', text =>
    text.replace(/"endedBySeconds": ([\d.]+)/, (_, ended) => `"endedBySeconds": ${Number(ended) + 20}`),
  );
  t.is(of(late, 'guest', 'churned'), undefined);
  t.regex(problemsOf(late), /while the pages are held/);
  t.true((of(late, 'host', 'churned') ?? 0) > 0);
  const fewer = altered(recorded, 'churn-host.txt', text => text.replace(/pages=\d+/, 'pages=100'));
  t.is(of(fewer, 'host', 'after'), undefined);
  t.regex(problemsOf(fewer), /32768 pages, churned/);
  const none = altered(recorded, 'free-guest-before.txt', () => '');
  t.is(of(none, 'guest', 'after'), undefined);
  t.regex(problemsOf(none), /buddyinfo/);
});
