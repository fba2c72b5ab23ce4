/** What a drill measures, of one as it was recorded; each damage is planted here. */
import test from 'ava';
import {good, heldLong, injectedAt, type Line, lines, measured, node} from '../../fixtures/kit/alarm-drill.ts';

test('a drill that went well: each moment from the cause, known to the look before it', t => {
  const {of, samples, problems, findings} = measured();
  t.deepEqual(samples, ['alarm.fires', 'alarm.message', 'alarm.cleared', 'alarm.held']);
  t.deepEqual([problems, findings], [[], []]);
  const value = (metric: string) => of(metric)?.value ?? Number.NaN;
  t.true(value('alarm.fires') > 0.5 && value('alarm.fires') <= value('alarm.message'));
  t.true(value('alarm.message') < value('alarm.held') && value('alarm.held') < value('alarm.cleared'));
  t.true(value('alarm.cleared') < 3);
  t.true(Number(of('alarm.cleared')?.halfWidth) > 0.2 && Number(of('alarm.cleared')?.halfWidth) < 0.3);
  t.deepEqual(of('alarm.fires')?.labels, {alarm: 'storage-low', looks: '1s', waits: '0s', bound: 'guide'});
});

test('planted: a rule that asks for series that do not exist never fires, and it is said why', t => {
  const never = lines(line => (line.is === 'message' ? undefined : line.alerts ? {...line, alerts: []} : line));
  const rule = (text: string) => text.replaceAll('"count": 3', '"count": 0');
  const {samples, findings} = measured({log: never, rule, record: heldLong});
  t.deepEqual(samples, ['alarm.fires never', 'alarm.message never', 'alarm.held']);
  t.is(findings.length, 1);
  t.regex(
    findings[0] ?? '',
    /^critical an alarm fires on its cause: StorageLow .* it asks for series that do not exist: node_filesystem_avail/,
  );
  const impossible = measured({log: never, record: heldLong});
  t.regex(impossible.findings[0] ?? '', /its expression cannot be true of this cause$/);
});

test('planted: what did not fire is not accused where what it watches was not beyond its bound', t => {
  const never = lines(line => (line.is === 'message' ? undefined : line.alerts ? {...line, alerts: []} : line));
  const blunt = measured({log: never, record: heldLong, free: () => 21});
  t.deepEqual([blunt.samples, blunt.findings], [[], []]);
  t.regex(blunt.problems[0] ?? '', /^a cause of storage-low that bites .*: 21 % of it were free at the least; /);
  const short = measured({log: never, record: {...heldLong, endedWallMs: (injectedAt + 1.2) * 1000}});
  t.regex(short.problems[0] ?? '', /beyond the bound of its rule for 1\.0 s, of the 4\.5 s/);
  t.deepEqual([short.samples, short.findings], [[], []]);
  const unseen = measured({log: never, record: {endedWallMs: heldLong.endedWallMs}});
  t.deepEqual(unseen.problems, [
    'a cause of storage-low that bites by what the alert watches: what the alert watches was not seen on the cluster itself',
  ]);
  t.is(measured({free: () => Number.NaN}).samples.length, 0);
});

test('planted: a rule that does not fire because its exporter was silent meanwhile', t => {
  const never = lines(line => {
    if (line.is === 'message') return undefined;
    if (line.is !== 'end') return line.alerts ? {...line, alerts: []} : line;
    const down = [{job: 'node', ...node}];
    return [{is: 'targets', since: injectedAt + 1.3, at: injectedAt + 1.5, down, up: 8}, line];
  });
  t.regex(measured({log: never, record: heldLong}).findings[0] ?? '', /node did not answer meanwhile: node$/);
});

test('planted: an alert that is silenced fires and is not told; whose silence it is stands in the finding', t => {
  const silenced = lines(line => {
    if (line.is === 'message') return undefined;
    const alerts = line.alerts?.map(each => ({...each, state: 'suppressed', silencedBy: ['s1']}));
    return line.is === 'alerts' ? {...line, ...(alerts && {alerts})} : line;
  });
  const silence = {id: 's1', comment: 'too loud', createdBy: 'ops', endsAt: '2026-12-01', matchers: []};
  const {samples, findings} = measured({
    log: silenced,
    rule: text => JSON.stringify({...JSON.parse(text), silences: [silence]}),
  });
  t.true(samples.includes('alarm.fires') && samples.includes('alarm.message never'));
  t.is(findings.length, 1);
  t.regex(findings[0] ?? '', /an alarm is told: StorageLow fired .* silenced \(s1, by ops until .*: too loud\)$/);
});

test('planted: an exporter that goes silent with its subject has cleared nothing', t => {
  const gone = lines(line => {
    if (line.is !== 'end') return line;
    const down = [{job: 'node', ...node}];
    return [{is: 'targets', since: injectedAt + 1.3, at: injectedAt + 1.5, down, up: 8}, line];
  });
  const {samples, findings} = measured({log: gone});
  t.true(samples.includes('alarm.cleared never'));
  t.regex(findings[0] ?? '', /clears when its cause is gone: .*the data that it is made from went away$/);
});

test('planted: exporters that were silent before the cause leave nothing to be known', t => {
  const before = lines(line => (line.is === 'targets' ? {...line, down: [{job: 'node', ...node}]} : line));
  t.deepEqual(measured({log: before}).samples, []);
  t.deepEqual(measured({log: before}).problems, ['every exporter of the node answers before the cause: silent: node']);
  const none = lines(line => (line.is === 'targets' ? {...line, up: 0} : line));
  t.deepEqual(measured({log: none}).problems, ['exporters that answer: none']);
});

test('planted: another alarm that fires is a finding; one that fired before, or lawfully does, is none', t => {
  const other = {name: 'GuestCpuHigh', state: 'firing', labels: {domain: 'vm1', ...node}};
  const also = lines(line =>
    line.is === 'rules' && line.at > injectedAt ? {...line, alerts: [...(line.alerts ?? []), other]} : line,
  );
  t.regex(
    measured({log: also}).findings[0] ?? '',
    /^critical only what is wrong is alarmed at: GuestCpuHigh \(domain vm1/,
  );
  t.deepEqual(measured({log: also, alarm: {also: ['guest-cpu']}}).findings, []);
  t.deepEqual(measured({log: also, alarm: {anythingOfNode: true}}).findings, []);
  const always = lines(line => (line.is === 'rules' ? {...line, alerts: [...(line.alerts ?? []), other]} : line));
  t.deepEqual(measured({log: always}).findings, []);
  const elsewhere = {...other, labels: {instance: 'n9'}};
  const ofOthers = lines(line =>
    line.is === 'rules' && line.at > injectedAt ? {...line, alerts: [...(line.alerts ?? []), elsewhere]} : line,
  );
  t.is(measured({log: ofOthers, alarm: {also: ['guest-cpu']}}).findings.length, 1);
});

test("on a Prometheus that watches others too, what is theirs is no critical finding of this cluster's", t => {
  const alert = (labels: object) => ({name: 'CertExpires', state: 'firing', labels});
  const also = (labels: object) =>
    lines(line =>
      line.is === 'rules' && line.at > injectedAt ? {...line, alerts: [...(line.alerts ?? []), alert(labels)]} : line,
    );
  const cluster = ['n1', 'n2', good.node, '10.77.0.11'];
  const of = (labels: object) => measured({log: also(labels), record: {cluster}}).findings[0] ?? '';
  t.regex(of({instance: 'shop7:443'}), /^warning only what is wrong is alarmed at: CertExpires/);
  t.regex(of({instance: '10.77.0.11:9100'}), /^critical /);
  t.regex(of({cluster: 'all'}), /^critical /, 'what names no machine may be about any');
});

test('planted: exporters that Prometheus calls by address were silent before, or an alert that another inhibits', t => {
  const nodeNames = ['10.0.0.7'];
  const before = lines(line =>
    line.is === 'targets' ? {...line, down: [{job: 'node', instance: '10.0.0.7:9100'}]} : line,
  );
  t.deepEqual(measured({log: before, record: {nodeNames}}).problems, [
    'every exporter of the node answers before the cause: silent: node',
  ]);
  const inhibited = lines(line => {
    if (line.is === 'message') return undefined;
    const alerts = line.alerts?.map(each => ({...each, state: 'suppressed', inhibitedBy: ['f1']}));
    return line.is === 'alerts' ? {...line, ...(alerts && {alerts})} : line;
  });
  t.regex(measured({log: inhibited}).findings[0] ?? '', /another alert inhibits it$/);
});

test('planted: an action that is not seen, and an alarm that does not end', t => {
  const idle = measured({alarm: {action: 'throttled'}, record: {actionUntilWallMs: injectedAt * 1000 + 9000}});
  t.is(idle.of('alarm.action')?.censored, true);
  t.is(idle.of('alarm.action')?.value, 9);
  t.regex(idle.findings[0] ?? '', /an alarm makes its action happen: throttled: not seen on n\d within 9\.0 s/);
  const stays = (line: Line) => line.alerts?.some(({name}) => name === 'StorageLow') === false && line.at > injectedAt;
  const firing = lines(line => (line.is === 'rules' && stays(line) ? undefined : line));
  t.regex(measured({log: firing, record: heldLong}).findings[0] ?? '', /had not cleared .*: it still fires$/);
  const lasting = measured({log: firing, record: heldLong, free: () => 15});
  t.deepEqual([lasting.of('alarm.cleared'), lasting.findings], [undefined, []]);
  t.regex(lasting.problems[0] ?? '', /^a cause of storage-low that is gone .* within its bound for 0\.0 s/);
});

test('what cannot be known gives no number: a cause that did not bite, a log that was cut off, an alarm that fired before', t => {
  const reached = [{fault: 'space-taken', bit: false, evidence: 'nothing is there'}];
  t.deepEqual(measured({record: {reached}}).problems, ['space-taken: the cause did not bite: nothing is there']);
  const cut = measured({log: lines(line => (line.is === 'end' ? undefined : line))});
  t.deepEqual([cut.samples, cut.problems], [[], ['a log with its end: one that was cut off']]);
  const alerts = [{name: 'StorageLow', state: 'firing', labels: node}];
  const early = measured({
    log: lines(line => (line.is === 'rules' && line.at < injectedAt ? {...line, alerts} : line)),
  });
  t.deepEqual(early.problems, ['an alarm that is quiet before its cause: one that fires already']);
  t.regex(measured({log: () => 'no log\n'}).problems[0] ?? '', /JSON/i);
  t.is(measured({log: () => ''}).problems.length, 1);
});
