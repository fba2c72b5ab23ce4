/** Trials that went wrong in a way that would look well: each is no figure, a bad one, or a finding. */
import test from 'ava';
import {beaconText, beaconWallSeconds, ledgerText, type Watched} from '../../fixtures/kit/beacon-text.ts';
import {lifeVerdict, parseBeacon} from '../../reports/beacon/index.ts';
import {measureResilience} from './measure.ts';

const injectedSeconds = 5;
const struckOff = {fate: 'moved', victims: [{guest: 'vm1', resource: 'vm1'}]};
const unharmed = {fate: 'unharmed', bystanders: ['vm1']};

function factsText(more: object): string {
  const wallMs = (beaconWallSeconds + injectedSeconds) * 1000;
  return JSON.stringify({
    fault: 'host-crash',
    struck: 'n1',
    survivors: [],
    victims: [],
    bystanders: [],
    injection: {fault: 'host-crash', host: 'n1', monotonicBeforeMs: 0, monotonicAfterMs: 10, wallBeforeMs: wallMs},
    client: 'client',
    clocks: [{host: 'client', offsetMs: 0, halfWidthMs: 1, utcOffsetMinutes: 0}],
    recovered: true,
    waitedUntilWallMs: wallMs + 10_000,
    ...more,
  });
}

interface Told {
  facts: object;
  watched: Omit<Watched, 'targets' | 'lives'> & Partial<Pick<Watched, 'lives'>>;
  ledger?: string;
  active?: readonly {domain: string; node: string; state: string}[];
  silent?: readonly {node: string; reason: string}[];
}

const lives: Watched['lives'] = [
  [0, 'a'],
  [0, 'b'],
];

function measured({facts, watched, ledger, active = [], silent = []}: Told) {
  const texts = new Map([
    ['failover.json', factsText(facts)],
    ['domains.json', JSON.stringify({active, silent})],
    ['beacon.log', beaconText({targets: ['vm1'], lives, ...watched})],
    ...(ledger === undefined ? [] : [['ledger-vm1.txt', ledger] as const]),
  ]);
  const {samples, problems, findings} = measureResilience({
    names: [...texts.keys()],
    text: name => {
      const value = texts.get(name);
      if (value !== undefined) return {ok: true, value};
      return {ok: false, error: {artefact: name, path: '', expected: 'an artefact of this name', found: 'none'}};
    },
  });
  const of = (metric: string) => samples.find(sample => sample.metric === metric);
  return {of, problems: problems.map(({expected, found}) => `${expected}: ${found}`).join('\n'), findings};
}

const record = (seconds: number, from = 0) => from + Math.round(seconds * 10) + 1;

/** Of one life until `down`, of the next between `back` and `gone`. */
const twoLives = (back: number, gone = 60, down = injectedSeconds): Told['watched'] => ({
  seconds: 60,
  atBoot: [0, 50],
  says: at => {
    if (at < down) return {life: 0, record: record(at)};
    return at >= back && at < gone ? {life: 1, record: record(at - back, 50)} : undefined;
  },
});

test('a guest that is back and stays has its time', t => {
  const {of} = measured({facts: struckOff, watched: twoLives(13)});
  t.is(of('failover.service')?.value.toFixed(1), '8.0');
  t.is(of('failover.service')?.censored, undefined);
});

test('planted: a guest that came back and went away again was not back', t => {
  const {of} = measured({facts: struckOff, watched: twoLives(13, 13.5)});
  for (const metric of ['failover.service', 'failover.durable'])
    t.like(of(metric), {censored: true, value: 55}, metric);
});

test('planted: of a guest that was started twice, the life that stays counts, and it is told', t => {
  const {of, findings} = measured({
    facts: struckOff,
    watched: {
      seconds: 60,
      lives: [...lives, [0, 'c']],
      says: at => {
        if (at < injectedSeconds) return {life: 0, record: record(at)};
        if (at >= 13 && at < 14) return {life: 1, record: record(at, 100)};
        return at >= 45 ? {life: 2, record: record(at, 200)} : undefined;
      },
    },
  });
  t.is(of('failover.service')?.value.toFixed(1), '40.0');
  t.true(findings.some(({invariant}) => invariant === 'a guest that comes back stays'));
});

test('planted: a guest that was away already when the fault came says nothing of it', t => {
  const {of, problems} = measured({facts: struckOff, watched: twoLives(6, 60, 2)});
  t.is(of('failover.service'), undefined);
  t.regex(problems, /replies before the fault: the last one 3\.\d s before: it was away already/);
});

test('planted: a guest that started anew on the node that was to lose it was not moved', t => {
  const active = [{domain: 'vm1', node: 'n2', state: 'running'}];
  const facts = {...struckOff, victims: [{guest: 'vm1', resource: 'vm1', node: 'n2'}]};
  t.like(measured({facts, watched: twoLives(9), active}).of('failover.service'), {censored: true});
  t.is(measured({facts: struckOff, watched: twoLives(9), active}).of('failover.service')?.censored, undefined);
});

test('planted: one that was started elsewhere and still runs on its node lives twice: no bad time, but nothing is met', t => {
  const active = ['n1', 'n2'].map(node => ({domain: 'vm1', node, state: 'running'}));
  const {of, findings} = measured({facts: struckOff, watched: twoLives(9), active});
  t.is(of('failover.service')?.censored, undefined);
  t.like(
    findings.find(({invariant}) => invariant === 'no guest lives twice'),
    {severity: 'critical', detail: 'vm1 is active on n1 (running) and n2 (running)'},
  );
});

test('planted: a node that was not struck and does not say what it runs is told', t => {
  const silent = ['n1', 'n2'].map(node => ({node, reason: 'no answer within 10 s'}));
  const {findings} = measured({facts: struckOff, watched: twoLives(9), silent});
  t.deepEqual(
    findings.filter(({invariant}) => invariant === 'no guest lives twice').map(({detail}) => detail),
    ['n2 was not struck and did not say which guests it runs: no answer within 10 s'],
  );
});

test('planted: where the client stood still itself, no disturbance is known, and none is no figure', t => {
  const says: Watched['says'] = at => ({life: 0, record: record(at)});
  const told = (skipped?: [number, number]) =>
    measured({facts: unharmed, watched: {seconds: 30, says, ...(skipped === undefined ? {} : {skipped})}});
  t.is(told().of('disruption.lost')?.value, 0);
  const {of, problems} = told([50, 250]);
  t.is(of('disruption.lost'), undefined);
  t.regex(problems, /requests to vm1 all the while: a client that stood still itself/);
  t.is(told([10, 30]).of('disruption.lost')?.value, 0, 'before the fault it does not matter');
});

test('planted: who is silent when the watch ends was disturbed for at least so long', t => {
  const says: Watched['says'] = at => (at < 12 ? {life: 0, record: record(at)} : undefined);
  t.like(measured({facts: unharmed, watched: {seconds: 14, says}}).of('disruption.gap'), {censored: true});
});

test("planted: a log without the client's own time places nothing", t => {
  const says: Watched['says'] = at => (at < 6 || at > 12 ? {life: 0, record: record(at)} : undefined);
  const {of, problems} = measured({facts: unharmed, watched: {seconds: 14, anchored: false, says}});
  t.is(of('disruption.lost'), undefined);
  t.regex(problems, /lines A/);
});

const sound = (letter: string) => () => `v aaaaaaaa ${letter.repeat(8)}`;

test('planted: where nothing was acknowledged before the fault, nothing could be lost, and none is no figure', t => {
  const {of, problems} = measured({
    facts: struckOff,
    ledger: ledgerText({target: 'vm1', letter: 'b', atBoot: 0, to: 100, status: sound('b')}),
    watched: {
      seconds: 20,
      says: at => {
        if (at < injectedSeconds) return {life: 0};
        return at >= 10 ? {life: 1, record: record(at - 10)} : undefined;
      },
    },
  });
  t.is(of('failover.lost-writes'), undefined);
  t.regex(problems, /acknowledged before the fault: none/);
});

test('planted: what a guest itself read back otherwise than it wrote is critical, though it reads well later', t => {
  const told = (misread?: number) =>
    measured({
      facts: unharmed,
      ledger: ledgerText({target: 'vm1', letter: 'a', atBoot: 0, to: 100, status: sound('a')}),
      watched: {
        seconds: 10,
        says: at => ({life: 0, record: record(at), ...(misread !== undefined && at > 5 ? {misread} : {})}),
      },
    });
  t.deepEqual(told().findings, []);
  t.is(told().of('failover.lost-writes')?.value, 0);
  t.like(told(7).findings[0], {severity: 'critical', invariant: 'every acknowledged write is readable'});
});

test('planted: of a life whose writes were all written over since, nothing is known', t => {
  const {of, problems} = measured({
    facts: struckOff,
    ledger: ledgerText({target: 'vm1', letter: 'b', atBoot: 50, slots: 16, from: 185, to: 200, status: sound('b')}),
    watched: {
      seconds: 25,
      slots: 16,
      atBoot: [0, 50],
      says: at => {
        if (at < injectedSeconds) return {life: 0, record: record(at)};
        return at >= 10 ? {life: 1, record: record(at - 10, 50)} : undefined;
      },
    },
  });
  t.is(of('failover.lost-writes'), undefined);
  t.regex(problems, /none of aaaaaaaa: all were written over since/);
});

test('planted: a ledger that has not gone round has no newer record in the place of an older one', t => {
  const status = (each: number) => (each < 40 ? 'r - -' : sound('a')());
  const {of, problems} = measured({
    facts: unharmed,
    ledger: ledgerText({target: 'vm1', letter: 'a', atBoot: 0, to: 100, status}),
    watched: {seconds: 10, says: at => ({life: 0, record: record(at)})},
  });
  t.is(of('failover.lost-writes'), undefined);
  t.regex(problems, /every acknowledged record read again: 39 were not/);
});

test('planted: a guest that fell silent for good is not steady', t => {
  const says: Watched['says'] = at => (at < injectedSeconds ? {life: 0} : undefined);
  const log = parseBeacon(beaconText({seconds: 20, targets: ['vm1'], lives: [[0, 'a']], says}));
  t.like(log.ok ? lifeVerdict(log.value, 'vm1') : {}, {kind: 'resumed'});
});
