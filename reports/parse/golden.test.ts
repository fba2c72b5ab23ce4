import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';
import {recordings} from '../../fixtures/recordings.ts';
import {type Bins, quantileFromBins, totalOfBins} from '../stats/bins.ts';
import {parseFio} from './fio.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const all = recordings().filter(({tool}) => ['fio', 'iperf3', 'ping'].includes(tool));

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 1).replace(/\[\s+(\d+),\s+(\d+)\s+\]/g, '[$1,$2]')}\n`;
}

// SEATRIAL_GOLDEN=write writes them anew; look at the difference before committing it.
for (const recording of all) {
  test(`${recording.folder}/${recording.name} reads as its golden result`, t => {
    const golden = join(fixtures, recording.folder, 'golden', `${recording.name}.json`);
    const now = pretty(recording.parse(recording.text));
    if (process.env.SEATRIAL_GOLDEN === 'write') {
      mkdirSync(dirname(golden), {recursive: true});
      writeFileSync(golden, now);
    }
    t.true(existsSync(golden), `${golden} is missing: write it with SEATRIAL_GOLDEN=write`);
    t.is(now, readFileSync(golden, 'utf8'));
  });
}

test('every histogram gives the percentiles that fio prints beside it', t => {
  let compared = 0;
  let onEdge = 0;
  for (const {tool, folder, name, text} of all) {
    if (tool !== 'fio') continue;
    const report = parseFio(text, name);
    if (!report.ok) continue;
    for (const work of report.value.jobs.flatMap(job => Object.values(job.work))) {
      const {latency} = work;
      if (latency?.bins === undefined) continue;
      t.is(totalOfBins(latency.bins), work.operations);
      for (const {percentile, seconds} of latency.percentiles) {
        const printed = Math.round(seconds * 1e9);
        const own = quantileFromBins(latency.bins, percentile / 100);
        const wanted = (percentile / 100) * work.operations;
        if (Math.abs(wanted - Math.round(wanted)) < 1e-9 && endsOf(latency.bins).has(Math.round(wanted))) onEdge += 1;
        // This one took one more sample than its bins hold.
        const other = folder === 'fio-3.7' && name === 'ledger' && percentile === 50;
        t.is(own.ok && own.value.value === printed, !other, `${folder}/${name} P${percentile}`);
        compared += 1;
      }
    }
  }
  t.true(compared > 1000, `${compared} percentiles compared`);
  t.true(onEdge > 50, `${onEdge} exactly between two bins`);
});

/** Cumulative counts at the upper end of each bin. */
function endsOf(bins: Bins): ReadonlySet<number> {
  let cumulative = 0;
  return new Set(
    bins.map(bin => {
      cumulative += bin[1];
      return cumulative;
    }),
  );
}

test('recordings without warnings are those of runs that went well', t => {
  const well = all.filter(({text, parse}) => {
    const report = parse(text);
    return report.ok && !hasWarnings(report.value) && !hasError(report.value);
  });
  const fioNotWell =
    /^(?:bad-engine|bad-option|client-refused|enospc|interrupted|latency-log|missing-device|plain|rate-poisson|terse)$/;
  for (const {folder, name} of all.filter(one => one.tool === 'fio')) {
    t.is(
      well.some(one => one.folder === folder && one.name === name),
      !fioNotWell.test(name),
      `${folder}/${name}`,
    );
  }
  const notWell =
    /^(?:bad-option|busy|corrupt|deadline|killed|no-.*|plain|refused|server-killed|terse|udp-plain|json-stream-interrupted)$/;
  for (const {tool, folder, name, text} of all.filter(one => one.tool !== 'fio')) {
    // iputils 20210202 was not given the altered bytes; before 3.17 `--json-stream` is an unknown option.
    const other = (folder === 'ping-iputils-20210202' && name === 'corrupt') || (name === 'json-stream' && text === '');
    // An interrupted ping adds up what it did; iperf3 ran shorter than it was asked to.
    const bad = notWell.test(name) || (tool === 'iperf3' && name === 'interrupted');
    t.is(
      well.some(one => one.folder === folder && one.name === name),
      bad === other,
      `${folder}/${name}`,
    );
  }
});

function hasWarnings(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'warnings' in value &&
    Array.isArray(value.warnings) &&
    value.warnings.length > 0
  );
}

function hasError(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'error' in value;
}
