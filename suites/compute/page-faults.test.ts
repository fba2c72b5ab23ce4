import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {pageFaults} from './page-faults.ts';

/** Recorded in an emulated guest of a lab. */
const recorded = recordedArtefacts('compute-page-faults');
const planned = plannedTrial({scenario: pageFaults.name, parameters: pageFaults.parameters.quick});
const measure = (raw: Artefacts) => pageFaults.measure(raw, planned);
const of = (raw: Artefacts, pages: string, percentile = 'p50', metric = 'memory.fault-latency') =>
  measure(raw).samples.find(
    each => each.metric === metric && each.labels.pages === pages && each.labels.percentile === percentile,
  );

test('small pages have a distribution, each page once', t => {
  const {samples, problems} = measure(recorded);
  t.deepEqual(problems, []);
  const [p50, p99] = [of(recorded, 'small'), of(recorded, 'small', 'p99')];
  t.true(p50 !== undefined && p99 !== undefined && p50.value > 0 && p50.value <= p99.value);
  t.is(p50?.operations, 8192);
  t.true(samples.every(({unit, metric}) => unit === 's' && pageFaults.provides.includes(metric)));
});

test('the round before is told apart: what the node had yet to give is no doing of the guest', t => {
  const slower = altered(recorded, 'small-first.txt', text =>
    text.replace(/^touch_ns .*$/m, line => line.replace(/\d+/g, ns => String(Number(ns) * 3))),
  );
  const first = (raw: Artefacts) => of(raw, 'small', 'p50', 'memory.first-touch')?.value ?? 0;
  t.is(first(slower).toFixed(9), (first(recorded) * 3).toFixed(9));
  t.is(of(slower, 'small')?.value, of(recorded, 'small')?.value);
});

test('pages that take twice as long are twice as slow', t => {
  const slower = altered(recorded, 'small-1.txt', text =>
    text.replace(/^touch_ns .*$/m, line => line.replace(/\d+/g, ns => String(Number(ns) * 2))),
  );
  t.is(of(slower, 'small')?.value, (of(recorded, 'small')?.value ?? 0) * 2);
});

test('a page that was not handed out by a fault, or read from a disk, makes no number', t => {
  const found = (from: RegExp, to: string) => {
    const raw = altered(recorded, 'small-1.txt', text => text.replace(from, to));
    t.is(of(raw, 'small'), undefined);
    return JSON.stringify(measure(raw).problems);
  };
  t.regex(found(/minor=\d+/, 'minor=100'), /at least 8192 pages that were handed out/);
  t.regex(found(/major=0/, 'major=3'), /read from a disk/);
  t.regex(found(/huge_bytes=0/, 'huge_bytes=2097152'), /no huge page/);
  t.regex(found(/touch_ns \d+ /, 'touch_ns '), /8192 touched pages/);
  t.regex(found(/pages=small/, 'pages=huge'), /"expected":"small"/);
});

test('huge pages: told where the guest has none, a problem where it has too few', t => {
  const with2MiB = (bytes: number, enabled = 'always [madvise] never\n') => {
    const huge = `faults pages=huge page_bytes=2097152 count=16 minor=16 major=0 huge_bytes=${bytes} clock_ns=60\ntouch_ns ${Array(16).fill(9_000_000).join(' ')}\n`;
    return altered(
      altered(recorded, 'huge-1.txt', () => huge),
      'transparent_hugepage.txt',
      () => enabled,
    );
  };
  t.is(of(with2MiB(16 * 2 ** 21), 'huge')?.value, 0.009);
  const few = measure(with2MiB(4 * 2 ** 21));
  t.regex(JSON.stringify(few.problems), /16 huge pages/);
  t.is(of(with2MiB(4 * 2 ** 21), 'huge'), undefined);
  const never = measure(with2MiB(0, 'always madvise [never]\n'));
  t.deepEqual(never.problems, []);
  t.true(never.findings.some(({detail}) => /hands out no huge pages/.test(detail)));
});
