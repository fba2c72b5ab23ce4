import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {expectsOfFaults} from '../harness/faults/index.ts';
import {parseCrmMon} from '../harness/parse/crm-mon.ts';
import type {Artefacts, TrialFacts} from '../harness/types.ts';
import {expectsMigration, expectsNothing, measureEffects} from './expects.ts';

const recorded = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/pacemaker-2.1.5', name), 'utf8');
/** Recorded after the crash of n3, which the cluster fenced once. */
const fencedOnce = recorded('host-crash/crm_mon.xml');
const event = /<fence_event .*\/>/.exec(fencedOnce)?.[0] ?? '';
const recordedState = () => {
  const state = parseCrmMon(fencedOnce, 'crm_mon.xml', {lenient: true});
  if (!state.ok) throw new Error(state.error.found);
  return state.value;
};
const withEvents = (...events: readonly string[]) => fencedOnce.replace(event, events.join('\n'));
const fenceOf = (node: string, at: string, status = 'success') =>
  event
    .replace('target="n3"', `target="${node}"`)
    .replace('15:54:52', at)
    .replace('status="success"', `status="${status}"`);

const guests = [
  {guest: 'vm1', node: 'n3', incarnation: 'a'},
  {guest: 'vm2', node: 'n1', incarnation: 'b'},
];
const crash = [{fault: 'host-crash', nodes: ['n3']}];
const restarted = [{guest: 'vm1', node: 'n1', incarnation: 'c'}, guests[1]];

interface World {
  before?: string;
  after: string;
  injections?: TrialFacts['injections'];
  guestsAfter?: readonly unknown[];
  /** More artefacts, by name. */
  more?: Record<string, string>;
  cores?: readonly string[];
  fencers?: unknown;
}

function raw({
  before = withEvents(),
  after,
  injections = crash,
  guestsAfter = restarted,
  cores = [],
  more = {},
  fencers,
}: World): Artefacts {
  const texts: Record<string, string> = {
    'crm_mon-before.xml': before,
    'crm_mon-after.xml': after,
    ...more,
    'effects.json': JSON.stringify({injections, before: guests, after: guestsAfter, cores, fencers}),
  };
  return {
    names: Object.keys(texts),
    text(name) {
      const value = texts[name];
      if (value !== undefined) return {ok: true, value};
      return {ok: false, error: {artefact: name, path: '', expected: 'it', found: 'nothing'}};
    },
  };
}

const byFaults = {expects: expectsOfFaults};
const details = (artefacts: Artefacts, scenario = byFaults as Parameters<typeof measureEffects>[0], whole = true) =>
  measureEffects(scenario, artefacts, whole).findings.map(({severity, detail}) => `${severity}: ${detail}`);

test('a crashed node that is fenced once, its guest started elsewhere: nothing to say', t => {
  t.deepEqual(measureEffects(byFaults, raw({after: fencedOnce}), true), {samples: [], problems: [], findings: []});
  // What was fenced before the trial is no deed of it, also when told by a node of another zone.
  const zoned = event.replace('2026-11-24 15:54:52Z', '2026-11-24 16:54:52 +01:00');
  const two = raw({before: fencedOnce, after: withEvents(fenceOf('n3', '17:00:00'), zoned)});
  t.deepEqual(measureEffects(byFaults, two, true), {samples: [], problems: [], findings: []});
});

test('a second node that is fenced, and a node that is fenced twice, are critical', t => {
  const second = raw({after: withEvents(event, fenceOf('n2', '15:55:10'))});
  t.deepEqual(details(second), ['critical: n2 was fenced once, expected 0, asked by pacemaker-controld.104 on n1']);
  const twice = raw({after: withEvents(event, event)});
  t.regex(details(twice)[0] ?? '', /critical: n3 was fenced 2 times, expected 1/);
});

test('a fence that did not come is critical in a whole trial, and only there', t => {
  const none = raw({after: withEvents()});
  t.deepEqual(details(none), ['critical: n3 was fenced 0 times, expected 1']);
  t.deepEqual(details(none, byFaults, false), []);
  t.deepEqual(details(raw({after: withEvents(fenceOf('n2', '15:55:10'))}), byFaults, false).length, 1);
});

test('a fencing that failed is none; of a node that was not struck it is critical', t => {
  t.deepEqual(details(raw({after: withEvents(event, fenceOf('n3', '15:54:40', 'failed'))})), []);
  const tried = raw({after: withEvents(event, fenceOf('n2', '15:54:40', 'failed'))});
  t.regex(details(tried)[0] ?? '', /fencing n2 was tried and failed once, expected never/);
});

test('a guest elsewhere that restarts is critical, also in a trial that strikes nothing', t => {
  const started = [restarted[0], {guest: 'vm2', node: 'n1', incarnation: 'd'}];
  t.deepEqual(details(raw({after: fencedOnce, guestsAfter: started})), [
    'critical: vm2 was restarted (on n1), expected unharmed',
  ]);
  const network = {after: withEvents(), injections: [], guestsAfter: [guests[0], started[1]]};
  t.deepEqual(details(raw(network), {expects: expectsNothing}), [
    'critical: vm2 was restarted (on n1), expected unharmed',
  ]);
});

test('a struck guest that was not started anew is critical; so is one that is gone', t => {
  const stayed = raw({after: fencedOnce, guestsAfter: [guests[0], guests[1]]});
  t.deepEqual(details(stayed), ['critical: vm1 was unharmed (on n3), expected restarted']);
  t.deepEqual(details(raw({after: fencedOnce, guestsAfter: [restarted[0]]})), [
    'critical: vm2 is gone after the trial',
  ]);
});

test('a killed OSD fences nobody and restarts no guest', t => {
  const killed = [{fault: 'osd-killed', nodes: ['n3']}];
  t.deepEqual(details(raw({after: withEvents(), injections: killed, guestsAfter: guests})), []);
  t.deepEqual(details(raw({after: fencedOnce, injections: killed, guestsAfter: restarted})), [
    'critical: n3 was fenced once, expected 0, asked by pacemaker-controld.104 on n1',
    'critical: vm1 was restarted (from n3 to n1), expected unharmed',
  ]);
});

test('a migration may move the first guest and no other, and starts none anew', t => {
  const migration = {expects: expectsMigration};
  const moved = (guest: 0 | 1) => guests.map((each, index) => (index === guest ? {...each, node: 'n2'} : each));
  const of = (guestsAfter: readonly unknown[]) => raw({after: withEvents(), injections: [], guestsAfter});
  t.deepEqual(details(of(guests), migration), []);
  t.deepEqual(details(of(moved(0)), migration), []);
  t.deepEqual(details(of(moved(1)), migration), ['critical: vm2 was migrated (from n1 to n2), expected unharmed']);
  t.regex(details(of(restarted), migration)[0] ?? '', /vm1 was restarted/);
});

test('a fence told with the clock of another node is the same fence, and one more beside it is found', t => {
  const nothing = {expects: expectsNothing};
  const still = (...after: readonly string[]) =>
    raw({before: fencedOnce, after: withEvents(...after), injections: [], guestsAfter: guests});
  const late = event.replace('15:54:52Z', '15:54:53Z');
  t.deepEqual(details(still(late), nothing), []);
  t.regex(details(still(fenceOf('n3', '15:54:58'), late), nothing).join(), /^critical: n3 was fenced once, expected 0/);
  t.regex(details(still(fenceOf('n3', '15:55:20')), nothing).join(), /a fence history that only grows/);
});

test('what only another node knows of the fences counts as well', t => {
  // A node that has just joined speaks for the cluster: it has not been told yet.
  const joined = raw({after: withEvents(), more: {'crm_mon-after-n2.xml': fencedOnce}});
  t.deepEqual(details(joined), []);
  const second = withEvents(event, fenceOf('n2', '15:55:10'));
  t.regex(details(raw({after: fencedOnce, more: {'crm_mon-after-n1.xml': second}})).join(), /n2 was fenced once/);
  const before = {'crm_mon-before-n2.xml': fencedOnce};
  t.deepEqual(details(raw({after: fencedOnce, more: before, injections: [], guestsAfter: guests})), []);
});

test('a history that was forgotten, or that cannot be read, is a problem and not silence', t => {
  const lost = measureEffects(byFaults, raw({before: fencedOnce, after: withEvents()}), true);
  t.regex(lost.problems[0]?.found ?? '', /without the fencing of n3/);
  const cut = measureEffects(byFaults, raw({after: fencedOnce.slice(0, 900)}), true);
  t.is(cut.problems.length, 1);
  for (const each of [lost, cut]) t.is(each.findings[0]?.severity, 'critical', 'and it forbids a verdict of met');
});

test('fences that nobody is left to know of are not known; one who was there all the while must still tell them', t => {
  const {fencing: told = []} = recordedState();
  const lived = (...now: readonly string[]) => ({
    before: ['n1', 'n2', 'n3'].map((node, index) => ({node, life: `${index}`, told: node === 'n3' ? [] : told})),
    after: now.map((life, index) => ({node: `n${index + 1}`, life})),
  });
  const of = (fencers: unknown) =>
    measureEffects(byFaults, raw({before: fencedOnce, after: withEvents(), fencers}), true);
  const all = of(lived('7', '8', '9'));
  t.deepEqual(all.problems, []);
  t.deepEqual(
    all.findings.map(({detail, unknown}) => [/has started anew/.test(detail), unknown]),
    [[true, true]],
  );
  // n3 was there, and had not been told of it before.
  const other = of(lived('7', '8', '2'));
  t.deepEqual(other.problems, []);
  t.regex(other.findings.map(({detail}) => detail).join(), /^n3 was fenced 0 times/);
  const hidden = of(lived('7', '1', '9'));
  t.regex(hidden.findings[0]?.detail ?? '', /a fence history that only grows/);
  t.is(hidden.findings[0]?.unknown, undefined);
  // A fence that is told and was not to be counts, whatever else is forgotten.
  const second = raw({before: fencedOnce, after: withEvents(fenceOf('n2', '15:55:10')), fencers: lived('7', '8', '9')});
  t.regex(details(second).join(), /n2 was fenced once, expected 0/);
  // A fencer that could not be seen is taken for a new one.
  const unseen = {before: [{node: 'n1', life: '', told}], after: [{node: 'n1', life: ''}]};
  t.true(of(unseen).findings[0]?.unknown);
});

test('a core dump that was not there before is critical', t => {
  const core = 'n1 /var/lib/pacemaker/cores/core.17 4096 1764265000.5';
  t.deepEqual(details(raw({after: fencedOnce, cores: [core]})), [`critical: ${core}`]);
});

test('a run that was stored before effects were kept says nothing of them', t => {
  const old = {names: ['beacon.log'], text: raw({after: ''}).text};
  t.deepEqual(measureEffects(byFaults, old, true), {samples: [], problems: [], findings: []});
});

test('what is everywhere is lawful for the guests of every node; a half that is cut off fences nobody', t => {
  const halves = [{fault: 'partition', nodes: ['n3'], parameters: {plane: 'cluster', shape: 'halves'}}];
  const anew = [
    {guest: 'vm1', node: 'n2', incarnation: 'c'},
    {guest: 'vm2', node: 'n1', incarnation: 'd'},
  ];
  t.deepEqual(details(raw({after: withEvents(), injections: halves, guestsAfter: anew})), []);
  t.is(details(raw({after: withEvents(), injections: halves, guestsAfter: guests})).length, 2);
  t.regex(
    details(raw({after: fencedOnce, injections: halves, guestsAfter: anew})).join(),
    /n3 was fenced once, expected 0/,
  );
});

test('of the storage plane the cluster knows nothing: nobody is fenced, and no guest starts anew', t => {
  const cut = (plane: string) => [{fault: 'partition', nodes: ['n3'], parameters: {plane, shape: 'apart'}}];
  t.deepEqual(details(raw({after: withEvents(), injections: cut('storage'), guestsAfter: guests})), []);
  t.is(details(raw({after: fencedOnce, injections: cut('storage')})).length, 2);
  t.deepEqual(details(raw({after: fencedOnce, injections: cut('cluster')})), []);
});

test('in a bridge one or the other may be fenced, once', t => {
  const bridge = [{fault: 'partition', nodes: ['n3', 'n1'], parameters: {plane: 'cluster', shape: 'bridge'}}];
  t.deepEqual(details(raw({after: fencedOnce, injections: bridge})), []);
  t.deepEqual(details(raw({after: withEvents(), injections: bridge, guestsAfter: guests})), []);
  t.regex(details(raw({after: withEvents(event, event), injections: bridge})).join(), /n3 was fenced 2 times/);
});
