/**
 * Where a slowdown comes from: processors, network or storage. Everything takes a processor, and a store that is
 * reached over the network takes that too: what is slow belongs to the lowest layer that is. A layer below is out of it
 * only where it was measured, and was shown to have lost less than what is to be explained. Pure.
 */
import type {Estimate, Sample} from '../../harness/types.ts';
import {metricNamed} from '../metrics.ts';
import {median} from '../stats/numbers.ts';
import {formatShare} from '../words/units.ts';
import {labelWords, metricTitle} from '../words/words.ts';

/** From the bottom. */
const layers = ['cpu', 'network', 'storage'] as const;
type Layer = (typeof layers)[number];

/** A series that was compared: what a comparison of files and runs has, and what the report of a run has. */
export interface Changed {
  metric: string;
  labels: Readonly<Record<string, string>>;
  effect?: Estimate;
  /** Without it, or `ratio`: the effect is after ÷ before. */
  scale?: 'ratio' | 'difference';
  verdict: 'better' | 'worse' | 'no-difference-shown' | 'too-noisy';
}

export interface Attribution {
  /** Absent where it cannot be told from those below it. */
  layer?: Layer;
  /** Sentences: what it is, and by what it is known. */
  says: readonly string[];
}

const layerWords: Readonly<Record<Layer, string>> = {
  cpu: 'the processors',
  network: 'the network',
  storage: 'the storage',
};

/**
 * Nothing where no metric of these layers is worse. `stealRise`: by how much more of their time guests were kept
 * waiting for a processor afterwards; a share of the time.
 */
export function attribution(rows: readonly Changed[], stealRise?: number): Attribution | undefined {
  const lossesOf = (layer: Layer) => rows.filter(row => layerOf(row) === layer).flatMap(lossOf);
  const [layer, worst] =
    layers
      .map(each => [each, clearest(lossesOf(each).filter(({row}) => row.verdict === 'worse'))] as const)
      .find(([, loss]) => loss !== undefined) ?? [];
  if (layer === undefined || worst === undefined) return undefined;
  const seen = `${nameOf(worst.row)} lost ${intervalOf(worst)}`;
  if (layer !== 'cpu' && stealRise !== undefined && stealRise >= worst.low / 2) {
    const kept = `guests were kept waiting for a processor ${formatShare(stealRise)} more of the time`;
    return {layer: 'cpu', says: [`It is ${layerWords.cpu}: ${seen}, and ${kept}.`]};
  }
  const below = layers.slice(0, layers.indexOf(layer)).filter(each => each === 'cpu' || layer === 'storage');
  const out = below.map(each => ({each, by: excusing(onTheWay(lossesOf(each)), worst)}));
  const open = out.filter(({by}) => by === undefined).map(({each}) => each);
  if (open.length > 0) {
    const why = open.map(each =>
      lossesOf(each).length === 0
        ? `nothing of ${layerWords[each]} was measured`
        : `${layerWords[each]} may have lost as much`,
    );
    return {says: [`${layerWords[layer]}, or what is below: ${seen}, and ${why.join(', and ')}.`]};
  }
  const follows = layers
    .slice(layers.indexOf(layer) + 1)
    .filter(each => lossesOf(each).some(({row}) => row.verdict === 'worse'))
    .map(each => `${layerWords[each]} lost too, which may follow from it.`);
  return {
    layer,
    says: [
      `It is ${layerWords[layer]}: ${seen}.`,
      ...out.flatMap(({each, by}) =>
        by ? [`Not ${layerWords[each]}: ${nameOf(by.row)} lost at most ${formatShare(Math.max(0, by.high))}.`] : [],
      ),
      ...follows,
    ],
  };
}

/** A share of what was: 0.1 is a tenth slower, or a tenth less. Below 0 it gained. */
interface Loss {
  row: Changed;
  low: number;
  high: number;
}

/** Of a time that grew by 1.25 a fifth is lost, as of a rate that fell to 0.8. */
function lossOf(row: Changed): readonly Loss[] {
  const {effect, scale = 'ratio'} = row;
  const better = metricNamed(row.metric)?.better;
  if (effect === undefined || scale !== 'ratio' || better === undefined) return [];
  if (!Number.isFinite(effect.high) || effect.low <= 0) return [];
  return better === 'higher'
    ? [{row, low: 1 - effect.high, high: 1 - effect.low}]
    : [{row, low: 1 - 1 / effect.low, high: 1 - 1 / effect.high}];
}

const rates = new Set(['compute.rate', 'compute.ratio', 'storage.iops', 'network.throughput']);

function clearest(losses: readonly Loss[]): Loss | undefined {
  return losses.toSorted((a, b) => b.low - a.low)[0];
}

/**
 * How much a layer can carry, of the plane that storage is reached over where that was measured. A median time is no
 * such thing: processors that stand still for a tenth of the time are as quick as before in between.
 */
function onTheWay(losses: readonly Loss[]): readonly Loss[] {
  const carrying = losses.filter(({row: {metric}}) => rates.has(metric));
  const own = carrying.filter(({row: {labels}}) => labels.path === 'storage');
  return own.length > 0 ? own : carrying;
}

/**
 * By its series that is known best a layer is out of it: all that it carries would have lost as much. (The one that
 * lost least would be out of it by chance, sooner or later.)
 */
function excusing(losses: readonly Loss[], {low}: Loss): Loss | undefined {
  const [best] = losses.toSorted((a, b) => a.high - a.low - (b.high - b.low));
  return best !== undefined && best.high < low ? best : undefined;
}

/** What says something of the layer alone; the rest (migrations, failovers) follows from all of them. */
function layerOf({metric, labels}: Changed): Layer | undefined {
  const [family] = metric.split('.');
  // A node that is as quick as before says nothing of the guests on it.
  if (family === 'compute' || metric === 'memory.fault-latency') return labels.place === 'host' ? undefined : 'cpu';
  // A disk that keeps nothing has no store behind it: what it does is the guest's own doing.
  if (family === 'storage') return Object.values(labels).includes('null') ? 'cpu' : 'storage';
  return family === 'network' ? 'network' : undefined;
}

function nameOf({metric, labels}: Changed): string {
  return `${metricTitle(metric)} (${labelWords(labels)})`;
}

function intervalOf({low, high}: Loss): string {
  return `${formatShare(Math.max(0, low))} to ${formatShare(high)}`;
}

/** Of the looks at guests under load: the median afterwards less the median before; nothing where nobody looked. */
export function stealRise(samples: readonly Sample[], [before, after]: readonly [string, string]): number | undefined {
  const of = (profile: string) =>
    samples
      .filter(({metric, labels}) => metric === 'storage.cpu' && labels.state === 'steal' && labels.profile === profile)
      .map(({value}) => value);
  const [first, second] = [of(before), of(after)];
  return first.length === 0 || second.length === 0 ? undefined : median(second) - median(first);
}
