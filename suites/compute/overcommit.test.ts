import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {overcommit} from './overcommit.ts';
import type {OvercommitRecord} from './overcommit-measure.ts';

/** Recorded on a lab: four emulated guests, and a machine with other things to do. */
const recorded = recordedArtefacts('compute-overcommit');
const planned = plannedTrial({scenario: overcommit.name, parameters: overcommit.parameters.quick});
const measure = (raw: Artefacts) => overcommit.measure(raw, planned);
const of = (raw: Artefacts, metric: string, factor?: string) =>
  measure(raw).samples.find(each => each.metric === metric && (factor === undefined || each.labels.factor === factor));

/** Of a machine that others use. */
const notShown = ['compute.overcommit', 'compute.processor-use', 'compute.overcommit-kept'];

/** With something done to the record. */
function changed(raw: Artefacts, change: (record: OvercommitRecord) => void): Artefacts {
  return altered(raw, 'overcommit.json', text => {
    const record: OvercommitRecord = JSON.parse(text);
    change(record);
    return JSON.stringify(record);
  });
}

/** Each busy guest's virtual CPU ran for that share of the time between the looks, and waited for the rest. */
function ranFor(raw: Artefacts, share: (busy: number) => number): Artefacts {
  return changed(raw, ({steps}) => {
    for (const {looks} of steps)
      for (const index of looks[0]?.threads.keys() ?? []) {
        const busy = looks[0]?.threads.length ?? 1;
        for (const [at, look] of looks.entries())
          look.threads[index] = (look.threads[index] ?? '')
            .replace(/^uptime .*/m, `uptime ${1000 + 10 * at}`)
            .replace(/^(thread \d+ \S+) \d+ \d+ (CPU 0.*)$/m, (_, before, name) => {
              const ran = Math.round(share(busy) * at * 1e10);
              return `${before} ${ran} ${at * 1e10 - ran} ${name}`;
            });
      }
  });
}

/** Each guest did so many units in each second. */
function did(raw: Artefacts, units: (busy: number, guest: number) => number): Artefacts {
  let changing = raw;
  for (const name of raw.names) {
    const [, busy, guest] = /^burn-(\d)-vm(\d)\.txt$/.exec(name) ?? [];
    if (busy === undefined || guest === undefined) continue;
    const each = units(Number(busy), Number(guest));
    changing = altered(changing, name, text =>
      text.replace(/^second_units.*$/m, line => line.replaceAll(/ \d+/g, ` ${each}`)),
    );
  }
  return changing;
}

test('each step has its work, its shares and its delay; a machine that others use does not say where it breaks', t => {
  const {problems, samples, findings} = measure(recorded);
  for (const factor of ['1x', '2x', '3x', '4x'])
    for (const metric of overcommit.provides.filter(each => !notShown.includes(each)))
      t.true((of(recorded, metric, factor)?.value ?? 0) > 0, `${metric} ${factor}`);
  t.regex(JSON.stringify(problems), /nothing else to do.*16 %/);
  for (const metric of notShown) t.is(of(recorded, metric), undefined);
  // A node that has its machine for itself, and busies its guests' processors with other things, is what it is.
  const own = changed(recorded, record => {
    record.shared = false;
  });
  t.true((of(own, 'compute.processor-use', '1x')?.value ?? 1) < 0.5);
  t.is(of(own, 'compute.overcommit'), undefined);
  t.false(samples.some(({metric}) => metric === 'compute.steal'));
  t.true(findings.some(({detail}) => /steal in vm1 is not known: it is emulated/.test(detail)));
});

test('guests that share fairly and lose nothing break nowhere: at least the last step', t => {
  const fair = did(
    ranFor(recorded, busy => 1 / busy),
    busy => Math.round(12000 / busy),
  );
  const {problems} = measure(fair);
  t.deepEqual(problems, []);
  t.like(of(fair, 'compute.overcommit'), {value: 4, censored: true});
  t.is(of(fair, 'compute.processor-use', '3x')?.value.toFixed(3), '1.000');
  t.is(of(fair, 'compute.overcommit-delay', '4x')?.value.toFixed(3), '0.750');
  t.is(of(fair, 'compute.overcommit-rate', '2x')?.value, 12000);
});

test('it breaks where work is lost, and where one guest gets less than half of its due', t => {
  const shared = ranFor(recorded, busy => 1 / busy);
  const lossy = did(shared, busy => Math.round((busy > 2 ? 9000 : 12000) / busy));
  t.is(of(lossy, 'compute.overcommit')?.value, 2);
  t.is(of(lossy, 'compute.overcommit')?.censored, undefined);
  t.is(of(lossy, 'compute.overcommit-kept', '3x')?.value.toFixed(2), '0.75');
  const starved = did(shared, (busy, guest) => (busy === 4 && guest === 4 ? 500 : Math.round(12000 / busy)));
  t.is(of(starved, 'compute.overcommit')?.value, 3);
  t.true((of(starved, 'compute.fair-share', '4x')?.value ?? 1) < 0.5);
});

test('steal is what the guest says; where it says 0 to guests that waited, it is not known', t => {
  const real = altered(recorded, 'place.json', text => text.replace('true', 'false'));
  t.is(of(real, 'compute.steal', '2x'), undefined);
  t.regex(JSON.stringify(measure(real).findings), /says 0, while its virtual CPUs waited/);
  const told = altered(real, 'burn-2-vm1.txt', text => text.replace(/ticks=\d+ stolen=0/, 'ticks=1000 stolen=500'));
  t.is(of(told, 'compute.steal', '2x')?.value, 0.25);
  t.is(of(told, 'compute.steal', '1x')?.value, 0);
});

test('a guest that was not busy all the while, or looks that came too late, give no number', t => {
  const late = changed(recorded, ({steps}) => {
    const last = steps[1]?.guests[1];
    if (last !== undefined) last.begunBySeconds += 8;
  });
  t.deepEqual(measure(late).samples, []);
  t.regex(JSON.stringify(measure(late).problems), /two looks from|s in which all are busy/);
  const cut = altered(recorded, 'burn-3-vm2.txt', text => text.slice(0, 60));
  t.deepEqual(measure(cut).samples, []);
  // What it did in the seconds that it does not tell of nobody knows, whatever it was asked for.
  const short = altered(recorded, 'burn-2-vm1.txt', text => text.replace(/^(second_units(?: \d+){5}).*$/m, '$1'));
  t.deepEqual(measure(short).samples, []);
  t.regex(JSON.stringify(measure(short).problems), /\/steps\/1\/looks.*two looks from/);
  const fewer = changed(recorded, ({steps}) => {
    for (const look of steps[0]?.looks ?? [])
      look.threads = [(look.threads[0] ?? '').replaceAll('CPU 0/', 'worker 0/')];
  });
  t.regex(JSON.stringify(measure(fewer).problems), /1 threads of virtual CPUs of vm1/);
});
