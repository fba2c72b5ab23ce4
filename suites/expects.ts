/**
 * What a trial did to the platform against what its scenario expects: which node was fenced how often, and what
 * became of each guest. Anything that was not to be is a critical finding. Pure; runs that were stored before this
 * was kept say nothing of it.
 */
import {z} from 'zod';
import {allTold, notToldIn} from '../harness/cluster/fence-history.ts';
import {type FenceEvent, parseCrmMon} from '../harness/parse/crm-mon.ts';
import type {
  Artefacts,
  Expects,
  Fate,
  Finding,
  Measured,
  ParseError,
  Result,
  Scenario,
  TrialFacts,
} from '../harness/types.ts';
import {jsonArtefact, parsedArtefact} from './steps/artefacts.ts';

const artefact = 'effects.json';
const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]));
const guests = z.array(z.object({guest: z.string(), node: z.string(), incarnation: z.string()}));
const fenceEvent: z.ZodType<FenceEvent> = z.object({
  action: z.string(),
  target: z.string(),
  status: z.enum(['success', 'failed', 'pending']),
  delegate: z.string().exactOptional(),
  client: z.string(),
  origin: z.string(),
  completed: z.string().exactOptional(),
  exitReason: z.string().exactOptional(),
});
const effects = z.object({
  injections: z.array(z.object({fault: z.string(), nodes: z.array(z.string()), parameters: parameters.optional()})),
  before: guests,
  after: guests,
  /** Who knew which fences before, and whether the same fencer still runs; older runs did not look. */
  fencers: z
    .object({
      before: z.array(z.object({node: z.string(), life: z.string(), told: z.array(fenceEvent)})),
      after: z.array(z.object({node: z.string(), life: z.string()})),
    })
    .optional(),
  /** Core dumps on the nodes that were not there before; older runs did not look. */
  cores: z.array(z.string()).default([]),
});
type Effects = z.infer<typeof effects>;

/** `whole`: the trial came to its end. What was cut short may lack what was expected, and may not show more. */
export function measureEffects(scenario: Pick<Scenario, 'expects'>, raw: Artefacts, whole: boolean): Measured {
  if (!raw.names.includes(artefact)) return {samples: [], problems: [], findings: []};
  const read = jsonArtefact(raw, artefact, effects);
  const fences = fencesOf(raw, read.ok ? read.value.fencers : undefined);
  if (!read.ok || !fences.ok) {
    const problems = [read, fences].flatMap(each => (each.ok ? [] : [each.error]));
    // What cannot be known may have happened: a problem alone would leave a verdict as it is.
    const unknown = problems.map(({artefact, expected, found}) =>
      critical('what the trial did is known', `expected ${expected}, found ${found}`, artefact),
    );
    return {samples: [], problems, findings: unknown};
  }
  const {injections, before} = read.value;
  const expected = scenario.expects({injections, guests: before.map(({guest, node}) => ({guest, node}))});
  const findings = [
    ...(fences.value.forgotten ? [notRemembered] : []),
    // What is forgotten may have been: only what is told and was not to be is held against the trial.
    ...fenceFindings(fences.value.told, expected, whole && !fences.value.forgotten),
    ...guestFindings(read.value, expected, whole),
    ...read.value.cores.map(core => critical('no core dump', core, artefact)),
  ];
  return {samples: [], problems: [], findings};
}

const notRemembered: Finding = {
  ...critical(
    'what the trial did is known',
    'every node that knew which fences there were has started anew: whether another one was fenced is not known',
    artefact,
  ),
  unknown: true,
};

function critical(invariant: string, detail: string, artefact: string): Finding {
  return {severity: 'critical', invariant, detail, artefact};
}

function fenceFindings(fences: readonly FenceEvent[], expected: Expects, whole: boolean): readonly Finding[] {
  const invariant = 'only expected fences';
  const nodes = [...new Set([...Object.keys(expected.fences), ...fences.map(({target}) => target)])].sort();
  return nodes.flatMap((node): Finding[] => {
    const own = fences.filter(({target}) => target === node);
    const done = own.filter(({status}) => status === 'success').length;
    const lawful = expected.fences[node] ?? [0];
    const most = Math.max(...lawful);
    const failed = own.length - done;
    const asked = own.map(({client, origin}) => `${client} on ${origin}`).join(', ');
    const by = asked === '' ? '' : `, asked by ${asked}`;
    if (done > most || (whole && !lawful.includes(done)))
      return [
        critical(
          invariant,
          `${node} was fenced ${times(done)}, expected ${lawful.join(' or ')}${by}`,
          'crm_mon-after.xml',
        ),
      ];
    return most === 0 && failed > 0
      ? [
          critical(
            invariant,
            `fencing ${node} was tried and failed ${times(failed)}, expected never${by}`,
            'crm_mon-after.xml',
          ),
        ]
      : [];
  });
}

function guestFindings({before, after}: Effects, expected: Expects, whole: boolean): readonly Finding[] {
  return before.flatMap((was): Finding[] => {
    const is = after.find(({guest}) => guest === was.guest);
    const invariant = 'only expected guests are disturbed';
    if (is === undefined) return [critical(invariant, `${was.guest} is gone after the trial`, artefact)];
    const fate: Fate =
      is.incarnation !== was.incarnation ? 'restarted' : is.node !== was.node ? 'migrated' : 'unharmed';
    const lawful = expected.guests[was.guest] ?? ['unharmed'];
    if (lawful.includes(fate) || (!whole && fate === 'unharmed')) return [];
    const way = was.node === is.node ? `on ${is.node}` : `from ${was.node} to ${is.node}`;
    return [critical(invariant, `${was.guest} was ${fate} (${way}), expected ${lawful.join(' or ')}`, artefact)];
  });
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

interface Fences {
  /** Those that ended during the trial, oldest first. */
  told: readonly FenceEvent[];
  /** Nobody is left who would know of all of them. */
  forgotten: boolean;
}

/** Who was there all the while must still tell what he told before. */
function fencesOf(raw: Artefacts, fencers: Effects['fencers']): Result<Fences, ParseError> {
  const [before, after] = [historyOf(raw, 'crm_mon-before'), historyOf(raw, 'crm_mon-after')];
  if (!before.ok) return before;
  if (!after.ok) return after;
  const lasting = fencers?.before.filter(({node, life}) =>
    fencers.after.some(now => now.node === node && now.life === life && life !== ''),
  );
  const known = lasting === undefined ? before.value : allTold(lasting.map(({told}) => ended(told)));
  const [forgotten] = notToldIn(after.value, known);
  const told = notToldIn(before.value, after.value).toReversed();
  if (forgotten === undefined) return {ok: true, value: {told, forgotten: lasting?.length === 0}};
  const found = `without the fencing of ${forgotten.target} at ${forgotten.completed ?? 'an unknown time'}`;
  const path = '/pacemaker-result/fence_history';
  return {ok: false, error: {artefact: 'crm_mon-after.xml', path, expected: 'a fence history that only grows', found}};
}

/**
 * What `NAME.xml` tells and, where other nodes knew more, `NAME-NODE.xml`. A node that is powered on again by the
 * cluster (`on`) is not fenced by that.
 */
function historyOf(raw: Artefacts, name: string): Result<readonly FenceEvent[], ParseError> {
  const others = raw.names.filter(each => each.startsWith(`${name}-`) && each.endsWith('.xml'));
  const tellings: (readonly FenceEvent[])[] = [];
  for (const each of [`${name}.xml`, ...others]) {
    const state = parsedArtefact(raw, each, text => parseCrmMon(text, each, {lenient: true}));
    if (!state.ok) return state;
    tellings.push(ended(state.value.fencing));
  }
  return {ok: true, value: allTold(tellings)};
}

function ended(told: readonly FenceEvent[]): readonly FenceEvent[] {
  return told.filter(({action, status}) => action !== 'on' && status !== 'pending');
}

/** Nothing is fenced, and no guest is disturbed. */
export function expectsNothing(): Expects {
  return {fences: {}, guests: {}};
}

/** The first guest moves by migration; nothing else happens. */
export function expectsMigration({guests: [first]}: TrialFacts): Expects {
  return {fences: {}, guests: first === undefined ? {} : {[first.guest]: ['unharmed', 'migrated']}};
}
