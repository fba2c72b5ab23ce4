/** What a trial measures that took a server away from stores, from its artefacts alone. Pure. */
import {z} from 'zod';
import {parseStoreWriter, toldGapSeconds, type WrittenStore} from '../../harness/parse/store-writer.ts';
import {
  type Artefacts,
  type Finding,
  type Measured,
  type ParseError,
  type Sample,
  storeKinds,
} from '../../harness/types.ts';
import {jsonArtefact, toolOutput} from '../steps/artefacts.ts';
import {ofAll, onlyProblems, together} from '../steps/measured.ts';

export const factsArtefact = 'store-server.json';
export const writerArtefact = 'store-writer.txt';

/** What is told of each store. */
export const storeMetrics = ['failover.store-stall', 'failover.store-errors', 'failover.store-lost'] as const;

const struckStore = z.object({
  name: z.string(),
  kind: z.enum(storeKinds),
  servers: z.array(z.string()).readonly(),
  /** Why nothing was written to it. */
  refused: z.string().exactOptional(),
  /** Why it was not whole again after the healing. */
  unhealed: z.string().exactOptional(),
});
export type StruckStore = z.infer<typeof struckStore>;

export const factsSchema = z.object({
  node: z.string(),
  guest: z.string(),
  /** Those that the node serves; the writer's are those that were not refused, in this order. */
  stores: z.array(struckStore).min(1),
  reached: z.object({fault: z.string(), bit: z.boolean(), evidence: z.string()}),
  injectedMs: z.number(),
  /** The guest's clock as it was told between the two, up to 0.2 s old; the harness's monotonic clock. */
  clock: z.object({guestNs: z.number(), beforeMs: z.number(), afterMs: z.number()}),
});
export type StoreServerFacts = z.infer<typeof factsSchema>;

export function measureStoreServer(raw: Artefacts): Measured {
  const facts = jsonArtefact(raw, factsArtefact, factsSchema);
  if (!facts.ok) return onlyProblems(facts.error);
  const {stores, reached} = facts.value;
  if (!reached.bit) {
    const expected = `${reached.fault}: the fault did not bite`;
    return onlyProblems({artefact: factsArtefact, path: '/reached', expected, found: reached.evidence});
  }
  const refused = stores.flatMap(({name, refused: found}) =>
    found === undefined
      ? []
      : [{artefact: factsArtefact, path: name, expected: 'a store that may be written to', found}],
  );
  const told = stores.filter(store => store.refused === undefined);
  if (told.length === 0) return onlyProblems(...refused);
  const output = toolOutput(raw, writerArtefact);
  if (!output.ok) return onlyProblems(output.error, ...refused);
  const written = parseStoreWriter(output.value.text, writerArtefact, told.length);
  if (!written.ok) return onlyProblems(written.error, ...refused);
  const parts = told.flatMap((store, index) => {
    const own = written.value[index];
    return own === undefined ? [] : [measureOne(facts.value, store, own)];
  });
  // Two stores of a kind speak for one promise: the one that was refused may be the worse.
  const alike = [...Map.groupBy(stores, store => `${store.kind} ${copiesOf(store)}`).values()];
  return alike.reduce(
    (all, some) =>
      ofAll(
        some.map(({name}) => name),
        all,
        factsArtefact,
        'store',
      ),
    together([...parts, onlyProblems(...refused)]),
  );
}

/** Of a store with one server only, that it stands still is no failure of its design: it is told apart. */
export const copiesOf = ({servers}: Pick<StruckStore, 'servers'>): 'one' | 'several' =>
  servers.length > 1 ? 'several' : 'one';

function measureOne(facts: StoreServerFacts, store: StruckStore, written: WrittenStore): Measured {
  const labels = {store: store.name, kind: store.kind, copies: copiesOf(store)};
  const stall = stallOf(facts, store, written, labels);
  const errors: Sample = {
    metric: 'failover.store-errors',
    unit: 'count',
    value: written.errors,
    labels,
    from: {artefact: writerArtefact, path: `${store.name}, of ${written.acknowledged + written.errors} writes`},
  };
  const lost = lostOf(store, written, labels);
  const unhealed: Finding[] =
    store.unhealed === undefined
      ? []
      : [
          {
            severity: 'critical',
            invariant: 'a store is whole again after its server is back',
            detail: `${store.name}: ${store.unhealed}`,
            artefact: factsArtefact,
          },
        ];
  return together([stall, {samples: [errors], problems: [], findings: unhealed}, lost]);
}

/** The guest's clock was at least there when the answer came. */
export const guestNsOfInjection = ({clock, injectedMs}: StoreServerFacts): number =>
  clock.guestNs + (injectedMs - clock.afterMs) * 1e6;

/** The longest time without a durable write that ended after the fault. */
function stallOf(
  facts: StoreServerFacts,
  {name}: StruckStore,
  {gaps, firstNs}: WrittenStore,
  labels: Readonly<Record<string, string>>,
): Measured {
  const injectedNs = guestNsOfInjection(facts);
  if (firstNs === 0 || firstNs >= injectedNs) {
    const expected = 'durable writes before the fault';
    return onlyProblems({artefact: writerArtefact, path: name, expected, found: 'none'});
  }
  const after = gaps.filter(({toNs}) => toNs > injectedNs);
  const longest = after.reduce<(typeof after)[number] | undefined>(
    (worst, gap) => (worst === undefined || gap.toNs - gap.fromNs > worst.toNs - worst.fromNs ? gap : worst),
    undefined,
  );
  const common = {metric: 'failover.store-stall', unit: 's', labels} as const;
  const sample: Sample =
    longest === undefined
      ? {
          ...common,
          value: toldGapSeconds / 2,
          halfWidth: toldGapSeconds / 2,
          from: {artefact: writerArtefact, path: `${name}, no gap of ${toldGapSeconds} s after the fault`},
        }
      : {
          ...common,
          value: (longest.toNs - longest.fromNs) / 1e9,
          from: {artefact: writerArtefact, path: `${name} from ${(longest.fromNs / 1e9).toFixed(3)} s`},
          // Nothing was acknowledged any more: at least so long.
          ...(longest.open ? {censored: true as const} : {}),
        };
  return {samples: [sample], problems: [], findings: []};
}

function lostOf(
  {name}: StruckStore,
  {again, acknowledged}: WrittenStore,
  labels: Readonly<Record<string, string>>,
): Measured {
  const problem = (expected: string, found: string): ParseError => ({
    artefact: writerArtefact,
    path: name,
    expected,
    found,
  });
  if (typeof again === 'string') return onlyProblems(problem('every acknowledged block read again', again));
  if (again.read === 0 || acknowledged === 0) return onlyProblems(problem('acknowledged blocks read again', 'none'));
  const from = {artefact: writerArtefact, path: `${name}, ${again.read} blocks read again`};
  const findings: Finding[] =
    again.lost === 0
      ? []
      : [
          {
            severity: 'critical',
            invariant: 'every acknowledged write is readable',
            detail: `${name}: ${again.lost} of ${again.read} blocks, written durably, are gone or changed`,
            artefact: writerArtefact,
          },
        ];
  return {
    samples: [{metric: 'failover.store-lost', unit: 'count', value: again.lost, labels, from}],
    problems: [],
    findings,
  };
}
