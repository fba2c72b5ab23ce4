import test, {type ExecutionContext} from 'ava';
import {altered, storedTrial} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts, Measured} from '../../harness/types.ts';
import {hostCrashScenario, nicDownScenario} from './index.ts';
import {measureResilience, provided} from './measure.ts';

const crash = await storedTrial('failover/host-crash', 'tuned');
const nic = await storedTrial('failover/nic-down', 'stock');

function metricsOf(measured: Measured): string[] {
  return [...new Set(measured.samples.map(({metric}) => metric))];
}
/** The guest under the fault. */
function struck(): string {
  return (
    measureResilience(crash.artefacts).samples.find(({metric}) => metric === 'failover.service')?.labels.guest ?? 'none'
  );
}
/** What is lost must be told, and must not be replaced by a number. */
function lacks(t: ExecutionContext, measured: Measured, metrics: readonly string[], artefact: RegExp): void {
  for (const metric of metrics) t.false(metricsOf(measured).includes(metric), metric);
  t.true(
    measured.problems.some(problem => artefact.test(problem.artefact)),
    JSON.stringify(measured.problems),
  );
}

for (const [scenario, trial] of [
  [hostCrashScenario, crash],
  [nicDownScenario, nic],
] as const) {
  test(`${scenario.name}: a recorded trial yields everything it promises, in the order of a recovery, each traced to a place`, t => {
    const {samples, problems, findings} = scenario.measure(trial.artefacts, trial.planned);
    t.deepEqual(problems, []);
    t.deepEqual(findings, []);
    for (const metric of scenario.provides)
      t.true(
        samples.some(sample => sample.metric === metric),
        metric,
      );
    const at = [
      'membership',
      'fencing-requested',
      'fence-done',
      'fenced',
      'started',
      'kernel',
      'service',
      'durable',
    ].map(phase => samples.find(({metric}) => metric === `failover.${phase}`)?.value ?? Number.NaN);
    t.true(
      at.every((value, index) => value > (at[index - 1] ?? 0)),
      at.join(' < '),
    );
    for (const {from, halfWidth, metric} of samples) {
      t.true(trial.artefacts.names.includes(from.artefact), from.artefact);
      t.true(from.path.length > 0);
      if (metric.startsWith('failover.') && metric !== 'failover.lost-writes') t.true(Number(halfWidth) > 0, metric);
    }
  });
}

/** As if the struck guest had never come back. */
const withoutNewLife = (artefacts: Artefacts) =>
  altered(artefacts, 'beacon.log', text => {
    const lines = text.split('\n').map(line => line.split(' '));
    const target = lines.find(([kind, , name]) => kind === 'T' && name === struck())?.[1];
    const lives = lines.filter(([kind, , of]) => kind === 'L' && of === target).map(([, life]) => life ?? '');
    const later = new Set(lives.slice(1));
    const said = ([kind, first, , , fourth]: string[]) =>
      kind === 'R' ? later.has(fourth ?? '') : (kind === 'L' || kind === 'B') && later.has(first ?? '');
    const kept = lines.filter(line => !said(line)).map(line => line.join(' '));
    const replies = kept.filter(line => line.startsWith('R ')).length;
    return kept.join('\n').replace(/^(Z .* replies=)\d+/m, `$1${replies}`);
  });

/** The recorded crash, told as another kind of loss. */
const toldAs = (fate: string, recovered: boolean, artefacts = crash.artefacts) =>
  measureResilience(
    altered(artefacts, 'failover.json', text => JSON.stringify({...JSON.parse(text), fate, recovered})),
  );

test('a guest that starts although nobody can know that its node is off is critical; one that stays down is told', t => {
  const started = toldAs('stranded', false).findings;
  t.true(started.some(({severity, invariant}) => severity === 'critical' && invariant === 'fencing precedes start'));
  const down = toldAs('stranded', false, withoutNewLife(crash.artefacts)).findings;
  t.deepEqual(
    down.map(({severity, invariant}) => [severity, invariant]),
    [['warning', 'a guest comes back without a person']],
  );
  t.regex(down[0]?.detail ?? '', /stonith_admin --confirm/);
});

test('a guest that nobody started anew is told as unnoticed, and one that was started is not', t => {
  const unnoticed = toldAs('restarted', false).findings.map(({severity, invariant}) => [severity, invariant]);
  t.deepEqual(unnoticed, [['warning', 'a guest that does not work is noticed']]);
  t.deepEqual(toldAs('restarted', true).findings, []);
});

test('a peer whose log was not kept is a problem, whatever the others tell', t => {
  const [log] = crash.artefacts.names.filter(name => /^pacemaker-n\d\.log$/.test(name));
  if (log === undefined) return t.fail('no log');
  const measured = measureResilience({
    names: crash.artefacts.names.filter(name => name !== log),
    text: name =>
      name === log
        ? {ok: false, error: {artefact: log, path: '', expected: 'an artefact of this name', found: 'none'}}
        : crash.artefacts.text(name),
  });
  t.true(
    measured.problems.some(({artefact}) => artefact === log),
    JSON.stringify(measured.problems),
  );
});

test('a guest that never comes back is a censored value, as long as we watched, not a missing one', t => {
  const service = (artefacts: typeof crash.artefacts) =>
    measureResilience(artefacts).samples.find(({metric}) => metric === 'failover.service');
  const whole = service(crash.artefacts);
  // Everything that the struck guest's new life said is taken out of the log.
  const never = withoutNewLife(crash.artefacts);
  const lost = service(never);
  t.true(lost?.censored, JSON.stringify(measureResilience(never).problems));
  t.true(Number(lost?.value) > Number(whole?.value));
});

test('a beacon log cut short says nothing of how long other guests were silent', t => {
  t.true(metricsOf(measureResilience(crash.artefacts)).includes('disruption.lost'));
  const cut = altered(crash.artefacts, 'beacon.log', text => text.slice(0, text.length * 0.9));
  lacks(t, measureResilience(cut), ['disruption.lost'], /beacon\.log/);
});

test('a beacon log cut before the recovery says nothing of it', t => {
  const cut = altered(crash.artefacts, 'beacon.log', text => text.slice(0, text.length / 8));
  lacks(t, measureResilience(cut), ['failover.service', 'failover.durable'], /beacon\.log/);
});

test("without a survivor's log there are no phases that only it knew", t => {
  let logless = crash.artefacts;
  for (const name of crash.artefacts.names.filter(each => /^pacemaker-.*\.log$/.test(each)))
    logless = altered(logless, name, () => undefined);
  lacks(t, measureResilience(logless), ['failover.membership', 'failover.fenced', 'failover.started'], /pacemaker-/);
  t.true(metricsOf(measureResilience(logless)).includes('failover.service'), 'what the client saw stays');
});

test('a guest that was asked to start before its node was fenced is a critical finding', t => {
  const artefact = 'pacemaker-n1.log';
  const early = altered(crash.artefacts, artefact, text => {
    const lines = text.split('\n');
    const [start = ''] = lines.splice(
      lines.findIndex(line => line.includes('Initiating start operation vm1_start_0')),
      1,
    );
    const request = lines.findIndex(line => line.includes('Requesting fencing (reboot)'));
    lines.splice(request + 1, 0, `${lines[request]?.slice(0, 19)}${start.slice(19)}`);
    return lines.join('\n');
  });
  const told = measureResilience(early).findings.filter(({severity}) => severity === 'critical');
  t.is(told.length, 1);
  t.like(told, [{severity: 'critical', invariant: 'fencing precedes start', artefact}]);
  t.regex(
    told[0]?.detail ?? '',
    /^vm1 was asked to start elsewhere 2\.3\d\d s before n3 was fenced \(pacemaker-n1\.log line \d+, /,
  );
});

test('a fault that did not bite yields nothing, however long the guests were away', t => {
  const told = (bit: boolean) =>
    altered(crash.artefacts, 'failover.json', text =>
      JSON.stringify({...JSON.parse(text), reached: [{fault: 'partition', bit, evidence: 'no packet was dropped'}]}),
    );
  lacks(t, measureResilience(told(false)), provided.moved, /failover\.json/);
  t.deepEqual(measureResilience(told(true)), measureResilience(crash.artefacts));
});

test('a ledger that was not read again gives no count of lost writes', t => {
  for (const change of [() => undefined, () => '', (text: string) => text.slice(0, text.length / 2)]) {
    const unread = altered(crash.artefacts, `ledger-${struck()}.txt`, change);
    lacks(t, measureResilience(unread), ['failover.lost-writes'], /ledger-vm/);
  }
});

test('a record that reads back as something else is a lost write and a critical finding', t => {
  const guest = struck();
  const log = crash.artefacts.text('beacon.log');
  const target = log.ok ? new RegExp(`^T (\\d+) ${guest} `, 'm').exec(log.value)?.[1] : undefined;
  // The first record that was acknowledged while we watched.
  const record = log.ok ? new RegExp(`^R ${target} (?:\\d+ ){5}([1-9]\\d*) `, 'm').exec(log.value)?.[1] : undefined;
  const blank = altered(crash.artefacts, `ledger-${guest}.txt`, text =>
    text.replace(new RegExp(`^V ${record} v .*$`, 'm'), `V ${record} b - -`),
  );
  const {samples, findings} = measureResilience(blank);
  t.deepEqual(
    samples.filter(({metric}) => metric === 'failover.lost-writes').map(({value}) => value),
    [1],
  );
  t.true(
    findings.some(
      ({severity, invariant}) => severity === 'critical' && invariant === 'every acknowledged write is readable',
    ),
  );
});

test('without the facts of the trial nothing is measured', t => {
  for (const change of [() => undefined, () => '{', () => '{}']) {
    lacks(t, measureResilience(altered(crash.artefacts, 'failover.json', change)), provided.moved, /failover\.json/);
  }
});

test('a guest that is slower has its longest wait for a write, what it was not heard, and no lost write', t => {
  const slower = altered(crash.artefacts, 'failover.json', text => {
    const facts = JSON.parse(text);
    return JSON.stringify({...facts, fate: 'slowed', victims: [], bystanders: [], slowed: facts.bystanders});
  });
  const {samples, problems, findings} = measureResilience(slower);
  t.deepEqual([problems, findings], [[], []]);
  t.deepEqual([...new Set(samples.map(({metric}) => metric))].sort(), [...provided.slowed].sort());
  const cut = altered(slower, 'beacon.log', text => text.slice(0, text.length / 8));
  lacks(t, measureResilience(cut), ['failover.write-stall', 'disruption.lost'], /beacon\.log/);
});

const unexplained = (measured: Measured) => ({
  share: measured.samples.find(({metric}) => metric === 'failover.unexplained')?.value ?? Number.NaN,
  findings: measured.findings.filter(({invariant}) => invariant === 'the phases explain the blackout'),
});

test('the phases of a recorded crash add up to the first durable write, and explain the blackout', t => {
  const whole = measureResilience(crash.artefacts);
  const at = (wanted: string) => whole.samples.find(({metric}) => metric === wanted)?.value ?? Number.NaN;
  const phases = whole.samples.filter(({metric}) => metric === 'failover.phase');
  const sum = phases.reduce((seconds, {value}) => seconds + value, 0);
  t.true(Math.abs(sum - at('failover.durable')) < 1e-6, `${sum}`);
  t.true(at('failover.blackout') > 0.9 * at('failover.service'));
  t.true(at('failover.recovered') >= at('failover.durable'));
  const {share, findings} = unexplained(whole);
  t.true(share < 0.1, `${share}`);
  t.deepEqual(findings, []);
});

/** Lines of the new life's first seconds are taken out, as if nobody had heard it. */
const unheardFor = (seconds: number) =>
  altered(crash.artefacts, 'beacon.log', text => {
    const lines = text.split('\n').map(line => line.split(' '));
    const first = lines.find(([kind, , , , life]) => kind === 'R' && life === '2')?.[3] ?? '0';
    const lost = ([kind, , , at, life]: string[]) =>
      kind === 'R' && life === '2' && Number(at) < Number(first) + seconds * 1e6;
    const kept = lines.filter(line => !lost(line)).map(line => line.join(' '));
    const replies = kept.filter(line => line.startsWith('R ')).length;
    return kept.join('\n').replace(/^(Z .* replies=)\d+/m, `$1${replies}`);
  });

test('a guest that was up and not heard, and a phase that no log shows, are a warning and no wrong number', t => {
  const unheard = unexplained(measureResilience(unheardFor(3)));
  t.true(unheard.share > 0.1 && unheard.share < 0.25, `${unheard.share}`);
  t.regex(
    unheard.findings[0]?.detail ?? '',
    /^vm1 was silent for \d+\.\d s, and \d\d % of that is unexplained: \d\.\d s from/,
  );
  t.is(unheard.findings[0]?.severity, 'warning');
  let untold = crash.artefacts;
  for (const name of crash.artefacts.names.filter(each => /^pacemaker-.*\.log$/.test(each)))
    untold = altered(untold, name, text =>
      text.replace(/^.*(?:was terminated|Initiating start|Requesting local).*\n/gm, ''),
    );
  const unseen = unexplained(measureResilience(untold));
  t.true(unseen.share > 0.1, `${unseen.share}`);
  t.regex(unseen.findings[0]?.detail ?? '', /; not seen: fenced, start-requested/);
});
