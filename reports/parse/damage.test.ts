import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type {ParseError, Result} from '../../harness/types.ts';
import {parseFio} from './fio.ts';
import {parseIperf3} from './iperf3.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');

interface Recording {
  name: string;
  text: string;
  parse(text: string): Result<{warnings: readonly unknown[]}, ParseError>;
  /** The numbers of the undamaged text. */
  right: ReadonlyMap<string, number>;
}

function recordings(folder: string): readonly Recording[] {
  return readdirSync(join(fixtures, folder))
    .filter(file => file.endsWith('.out'))
    .map(file => {
      const text = readFileSync(join(fixtures, folder, file), 'utf8');
      const {exit}: {exit: number} = JSON.parse(
        readFileSync(join(fixtures, folder, file.replace('.out', '.meta.json')), 'utf8'),
      );
      const clients = file.startsWith('client-') ? {clients: file.includes('two') ? 2 : 1} : {};
      // 3.33 does not print time_based: only who asked knows that a status document is not the last.
      const asked = file.startsWith('status') ? {requestedRuntimeSeconds: 2} : {};
      const parse = folder.startsWith('fio')
        ? (damaged: string) => parseFio(damaged, file, {exitCode: exit, ...clients, ...asked})
        : (damaged: string) => parseIperf3(damaged, file, {exitCode: exit});
      const whole = parse(text);
      return {
        name: `${folder}/${file}`,
        text,
        parse,
        right: whole.ok ? numbers(whole.value) : new Map<string, number>(),
      };
    });
}

function numbers(value: unknown, path = '', found = new Map<string, number>()): Map<string, number> {
  if (typeof value === 'number') found.set(path, value);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) if (key !== 'warnings') numbers(one, `${path}/${key}`, found);
  }
  return found;
}

/**
 * How far a number may be off unnoticed: what no other figure of the file knows better. Latency: one histogram bin, or, without
 * json+, anything in order; the label of a percentile; the last digits of a double.
 */
function unseen(path: string, bins: boolean): number {
  if (/latency\/(?:(?:min|mean|max|stddev)Seconds$|percentiles|bins)/.test(path))
    return bins ? 1 / 64 : Number.POSITIVE_INFINITY;
  return 1e-12;
}

/** Says which number went wrong without a word, if any did. */
function silentlyWrong({text, parse, name, right: before}: Recording, damaged: string): string | undefined {
  const result = parse(damaged);
  if (!result.ok || result.value.warnings.length > 0 || ('error' in result.value && result.value.error !== undefined))
    return undefined;
  for (const [path, value] of numbers(result.value)) {
    if (!Number.isFinite(value)) return `${name} ${path} is ${value}`;
    const right = before.get(path);
    const allowed = unseen(path, text.includes('"bins"'));
    if (right === undefined ? allowed > 1 : Math.abs(value - right) <= allowed * Math.max(value, right)) continue;
    return `${name} ${path}: ${right} became ${value}`;
  }
  return undefined;
}

const bytes = [...'0123456789 x"}{[],:.-e\n\u0000'];

for (const folder of ['fio-3.33', 'fio-3.42', 'iperf3-3.12', 'iperf3-3.21']) {
  const all = recordings(folder).filter(one => one.text !== '');

  test(`${folder}: a cut recording never gives a wrong number`, t => {
    for (const recording of all.filter(one => one.text.length < 600)) {
      for (let end = 0; end < recording.text.length; end += 1)
        t.is(silentlyWrong(recording, recording.text.slice(0, end)), undefined);
    }
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.double({min: 0, max: 1, noNaN: true}), (recording, share) => {
        t.is(silentlyWrong(recording, recording.text.slice(0, Math.floor(share * recording.text.length))), undefined);
      }),
      {numRuns: 100},
    );
  });

  test(`${folder}: a damaged byte never gives a wrong number`, t => {
    const place = fc.double({min: 0, max: 1, noNaN: true, maxExcluded: true});
    fc.assert(
      fc.property(fc.constantFrom(...all), place, fc.constantFrom('', ...bytes), (recording, share, byte) => {
        const {text} = recording;
        const at = Math.floor(share * text.length);
        t.is(silentlyWrong(recording, `${text.slice(0, at)}${byte}${text.slice(at + 1)}`), undefined);
      }),
      {numRuns: 150},
    );
  });
}

test('the check itself sees a number that went wrong', t => {
  const [recording] = recordings('fio-3.33').filter(one => one.name.endsWith('client-one.out'));
  t.truthy(recording);
  if (recording === undefined) return;
  const blind = {
    ...recording,
    parse: (text: string) => {
      const result = recording.parse(text);
      return result.ok ? {ok: true as const, value: {...result.value, warnings: []}} : result;
    },
  };
  const damaged = recording.text.replace('"iops" : 47864', '"iops" : 97864');
  t.not(damaged, recording.text);
  t.is(silentlyWrong(recording, damaged), undefined);
  t.regex(silentlyWrong(blind, damaged) ?? '', /iops: 47864.* became 97864/);
});

test('figures that must agree are held against each other', t => {
  const text = (name: string) => readFileSync(join(fixtures, 'fio-3.33', name), 'utf8');
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['client-one.out', '"total_ios" : 95777', '"total_ios" : 95778', 'inconsistent'],
    ['client-one.out', '"io_bytes" : 392302592', '"io_bytes" : 392302593', 'inconsistent'],
    ['client-one.out', '"runtime" : 2001', '"runtime" : 2002', 'inconsistent'],
    ['client-one.out', '"bw_bytes" : 196053269', '"bw_bytes" : 196053268', 'inconsistent'],
    ['client-one.out', '"N" : 95777,', '"N" : 95778,', 'inconsistent'],
    ['randread-jsonplus.out', '"41216" : 4', '"41216" : 5', 'inconsistent'],
    ['randread-jsonplus.out', '"99.000000" : 197632', '"99.000000" : 199680', 'inconsistent'],
    ['randread-jsonplus.out', '"max" : 4286123', '"max" : 9286123', 'inconsistent'],
    ['randread-jsonplus.out', '"max" : 4286123', '"max" : 99286123000', 'saturated'],
    ['randread-jsonplus.out', '"bins" :', '"bons" :', 'inconsistent'],
    ['randread-jsonplus.out', '"error" : 0', '"error" : 5', 'job-error'],
    ['randread-jsonplus.out', '"groupid" : 0', '"groupid" : 1', 'inconsistent'],
    ['client-two.out', '"All clients"', '"Any clients"', 'inconsistent'],
  ];
  for (const [name, before, after, kind] of cases) {
    const whole = text(name);
    t.true(whole.includes(before), `${name} ${before}`);
    const report = parseFio(whole.replace(before, after), name);
    t.true(report.ok && report.value.warnings.some(warning => warning.kind === kind), `${name}: ${after}`);
  }
  const unread = parseFio(text('randread-jsonplus.out').replace('"41216" : 4', '"41217" : 4'), 'bins');
  t.false(unread.ok);
});
