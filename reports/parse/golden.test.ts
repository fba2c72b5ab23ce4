import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {quantileFromBins, totalOfBins} from '../stats/bins.ts';
import {parseFio} from './fio.ts';
import {parseIperf3} from './iperf3.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const folders = ['fio-3.33', 'fio-3.42', 'iperf3-3.12', 'iperf3-3.21'];

interface Recording {
  folder: string;
  name: string;
  text: string;
  exitCode: number;
}

function recordings(): readonly Recording[] {
  return folders.flatMap(folder =>
    readdirSync(join(fixtures, folder))
      .filter(file => file.endsWith('.out'))
      .map(file => {
        const name = file.slice(0, -'.out'.length);
        const meta: {exit: number} = JSON.parse(readFileSync(join(fixtures, folder, `${name}.meta.json`), 'utf8'));
        return {folder, name, text: readFileSync(join(fixtures, folder, file), 'utf8'), exitCode: meta.exit};
      }),
  );
}

function parse({folder, name, text, exitCode}: Recording) {
  const clients = name.startsWith('client-') ? {clients: name === 'client-two' ? 2 : 1} : {};
  return folder.startsWith('fio')
    ? parseFio(text, `${name}.out`, {exitCode, ...clients})
    : parseIperf3(text, `${name}.out`, {exitCode});
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 1).replace(/\[\s+(\d+),\s+(\d+)\s+\]/g, '[$1,$2]')}\n`;
}

// SEATRIAL_GOLDEN=write writes them anew; look at the difference before committing it.
for (const recording of recordings()) {
  test(`${recording.folder}/${recording.name} reads as its golden result`, t => {
    const golden = join(fixtures, recording.folder, 'golden', `${recording.name}.json`);
    const now = pretty(parse(recording));
    if (process.env.SEATRIAL_GOLDEN === 'write') writeFileSync(golden, now);
    t.true(existsSync(golden), `${golden} is missing: write it with SEATRIAL_GOLDEN=write`);
    t.is(now, readFileSync(golden, 'utf8'));
  });
}

test('every histogram gives the percentiles that fio prints beside it', t => {
  let compared = 0;
  let onEdge = 0;
  for (const {folder, name, text} of recordings()) {
    if (!folder.startsWith('fio')) continue;
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
  const well = recordings().flatMap(recording => {
    const report = parse(recording);
    return report.ok && report.value.warnings.length === 0 && !('error' in report.value) ? [recording.name] : [];
  });
  const notWell = ['bad-engine', 'bad-option', 'busy', 'client-refused', 'enospc', 'interrupted', 'missing-device'];
  for (const name of [...notWell, 'rate-poisson', 'refused', 'server-killed']) t.false(well.includes(name), name);
  for (const name of [
    'client-one',
    'client-two',
    'randrw-two-jobs',
    'tcp',
    'tcp-parallel',
    'udp-lossy',
    'status-interval',
  ]) {
    t.is(well.filter(one => one === name).length, 2, name);
  }
});
