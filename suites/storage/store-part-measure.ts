/** What a trial measures that struck a part of one store. Pure. */
import type {Artefacts, Measured} from '../../harness/types.ts';
import {jsonArtefact, toolOutput} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {copiesOf, factsArtefact, factsSchema, guestNsOfInjection, measureStoreServer} from './store-server-measure.ts';

export const metadataArtefact = 'metadata.txt';

export function measureStorePart(raw: Artefacts, metadata: boolean): Measured {
  const written = measureStoreServer(raw);
  // A fault that did not bite, or is not known, gives no figure at all.
  if (!metadata || written.samples.length === 0) return written;
  return together([written, metadataStall(raw)]);
}

/** The longest time without a finished round that ended after the fault. */
function metadataStall(raw: Artefacts): Measured {
  const facts = jsonArtefact(raw, factsArtefact, factsSchema);
  if (!facts.ok) return onlyProblems(facts.error);
  const output = toolOutput(raw, metadataArtefact);
  if (!output.ok) return onlyProblems(output.error);
  const wrong = (expected: string, found: string) =>
    onlyProblems({artefact: metadataArtefact, path: '', expected, found});
  const ended = /\nend (\d+\.\d+)\n$/.exec(output.value.text)?.[1];
  if (ended === undefined) return wrong('a report to its end', output.value.text.trim().slice(-80) || 'nothing');
  const done = [...output.value.text.matchAll(/^done (\d+\.\d+)$/gm)].map(([, seconds]) => Number(seconds));
  const struck = guestNsOfInjection(facts.value) / 1e9;
  if (done.filter(at => at < struck).length < 2) return wrong('rounds before the fault', `${done.length} in all`);
  const end = Number(ended);
  const gaps = [...done, end].flatMap((to, index, all) => {
    const from = all[index - 1];
    return from === undefined || to <= struck ? [] : [{from, to, open: index === all.length - 1}];
  });
  const [longest] = gaps.toSorted((a, b) => b.to - b.from - (a.to - a.from));
  const [store] = facts.value.stores;
  if (longest === undefined || store === undefined) return wrong('rounds after the fault', 'none');
  return {
    samples: [
      {
        metric: 'failover.metadata-stall',
        unit: 's',
        value: longest.to - longest.from,
        labels: {store: store.name, kind: store.kind, copies: copiesOf(store)},
        from: {artefact: metadataArtefact, path: `from ${longest.from.toFixed(2)} s`},
        ...(longest.open ? {censored: true as const} : {}),
      },
    ],
    problems: [],
    findings: [],
  };
}
