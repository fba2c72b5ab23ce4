import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';
import {recordings} from '../../fixtures/recordings.ts';
import {quantileFromBins, totalOfBins} from '../stats/bins.ts';
import {parseFio} from './fio.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const all = recordings().filter(({tool, folder}) =>
  tool === 'fio' ? ['fio-3.33', 'fio-3.42'].includes(folder) : tool === 'iperf3' || tool === 'ping',
);

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
        const own = quantileFromBins(latency.bins, percentile / 100);
        // A percentile that falls exactly on the edge of two bins: fio's binary 99.9 is a hair above it, and takes the upper one.
        const upper = quantileFromBins(latency.bins, (percentile / 100) * (1 + 2e-12));
        t.true(own.ok && upper.ok);
        if (!own.ok || !upper.ok) continue;
        if (own.value.value !== upper.value.value) onEdge += 1;
        t.true(
          [own.value.value, upper.value.value].includes(Math.round(seconds * 1e9)),
          `${folder}/${name} P${percentile}`,
        );
        compared += 1;
      }
    }
  }
  t.true(compared > 200, `${compared} percentiles compared`);
  t.true(onEdge <= 2, `${onEdge} on an edge`);
});

test('recordings without warnings are those of runs that went well', t => {
  const well = all.filter(({text, parse}) => {
    const report = parse(text);
    return report.ok && !hasWarnings(report.value) && !hasError(report.value);
  });
  const fio = well.filter(one => one.tool === 'fio').map(one => one.name);
  for (const name of ['bad-engine', 'bad-option', 'client-refused', 'enospc', 'interrupted', 'missing-device']) {
    t.false(fio.includes(name), name);
  }
  t.false(fio.includes('rate-poisson'));
  for (const name of ['client-one', 'client-two', 'randrw-two-jobs', 'status-interval']) {
    t.is(fio.filter(one => one === name).length, 2, name);
  }
  const notWell =
    /^(?:bad-option|busy|corrupt|deadline|killed|no-.*|plain|refused|server-killed|udp-plain|json-stream-interrupted)$/;
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
