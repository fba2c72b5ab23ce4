import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedFiles} from '../../fixtures/kit/recorded-artefacts.ts';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import {evacuation} from './evacuation.ts';
import {type MatrixRecord, matrixArtefact} from './matrix-record.ts';
import {directions} from './record.ts';

/** What two migrations of a matrix left on a lab, told as a way out and a way back, each under a writer. */
const files = recordedFiles('migration-matrix');
const {clock, memberships, cells}: MatrixRecord = JSON.parse(files.get(matrixArtefact) ?? '');
const attempts = cells.flatMap(cell => cell.attempts);

function measured(change: object = {}) {
  const [attempt] = attempts;
  if (attempt === undefined) throw new Error('nothing was recorded');
  const {guest, from: node, laid, before, after} = attempt;
  const legs = directions.map((leg, index) => {
    const {wallRestMs, wallBeginMs, wallEndMs} = attempts[index] ?? attempt;
    return {leg, wallRestMs, wallBeginMs, wallEndMs};
  });
  const record = {node, clock, memberships, guests: [{guest, laid, before, after, ...change}], legs};
  const artefacts = artefactsOf(new Map([...files, ['evacuation.json', JSON.stringify(record)]]));
  return evacuation.measure(artefacts, plannedTrial({scenario: evacuation.name}));
}

test('an evacuation under its writers has its times, and what the clients noticed', t => {
  const {samples, problems, findings} = measured();
  t.deepEqual([problems, findings], [[], []]);
  for (const metric of ['migration.evacuated', 'migration.blackout'])
    t.deepEqual(
      samples.filter(sample => sample.metric === metric).map(({labels}) => labels.leg),
      [...directions],
      metric,
    );
  t.deepEqual(
    samples.filter(({metric}) => /memberships-lost|lost-writes/.test(metric)).map(({value}) => value),
    [0, 0],
  );
});

test('planted: one whose writer had died before the end is another, easier one, and gives no number', t => {
  const found = 'the writer in vm1: no report, but ""';
  const {samples, problems, findings} = measured({lost: found});
  t.deepEqual(samples, []);
  t.deepEqual(problems, [
    {artefact: 'evacuation.json', path: '/guests/vm1', expected: 'a writer in vm1 until the end', found},
  ]);
  t.deepEqual(findings, []);
  const mute = measured({lost: found, after: {inward: 0, kernel: [], silent: 'no agent'}});
  t.regex(mute.findings[0]?.detail ?? '', /vm1 cannot be asked from inside any more: no agent/);
});

test('planted: a guest that could not be asked before is not called whole', t => {
  const {problems} = measured({before: {inward: 5, kernel: [], silent: 'no agent'}});
  t.deepEqual(problems, [
    {artefact: 'evacuation.json', path: '/guests/vm1', expected: 'vm1 asked from inside', found: 'no agent'},
  ]);
});
