/** What a plan says in words: the same in every format. */

import {big, sentenceCase} from '../capacity/phrases.ts';
import {oneLine} from '../words/text.ts';
import {formatQuantity, formatShare} from '../words/units.ts';
import {
  type CapacityPlan,
  dateAfter,
  type Forecast,
  type NodesNeeded,
  type Range,
  type ResourceName,
  type RunOut,
  resourceFacts,
} from './plan.ts';

/** `2027-03`; `today`; `after 2030-12` where it lies beyond the horizon; `never` where nothing grows. */
function monthWords({input}: CapacityPlan, months: number): string {
  if (months <= 0) return 'already';
  if (months === Number.POSITIVE_INFINITY) return 'never';
  const date = dateAfter(input.from, Math.min(months, input.months))?.slice(0, 7) ?? '—';
  return months > input.months ? `after ${date}` : date;
}

/** `2027-03 (2026-10 … 2028-01)`. */
export function forecastWords(plan: CapacityPlan, {earliest, likely, latest}: Forecast): string {
  const [from, middle, to] = [earliest, likely, latest].map(months => monthWords(plan, months));
  return from === to ? `${middle}` : `${middle} (${from} … ${to})`;
}

function nodeWords({earliest, likely, latest}: Forecast): string {
  return earliest === latest ? String(likely) : `${likely} (${earliest} … ${latest})`;
}

function moneyWords({prices}: CapacityPlan, {earliest, likely, latest}: Forecast): string {
  const round = (value: number) => big(Number(value.toPrecision(3)));
  return `${round(likely)} ${oneLine(prices?.currency ?? '')} (${round(earliest)} … ${round(latest)})`;
}

export function resourceTitle(name: ResourceName | 'first'): string {
  return name === 'first' ? 'the first of them' : resourceFacts[name].title;
}

export function lostWords(failures: number): string {
  return failures === 0 ? 'none lost' : `${failures} lost`;
}

export function headline(plan: CapacityPlan): string {
  const {input, runOuts} = plan;
  const first = runOuts.find(({name, failures}) => name === 'first' && failures === input.survive);
  if (first === undefined) return '';
  const binding = bindingOf(plan, input.survive);
  const {likely} = first.forecast;
  const left = `with ${input.nodes} nodes, ${lostWords(input.survive)}`;
  if (likely <= 0) return `${sentenceCase(resourceTitle(binding))} has run out already ${left}.`;
  if (likely > input.months)
    return `Nothing is likely to run out within ${input.months} months ${left}; at the earliest ${monthWords(plan, first.forecast.earliest)}.`;
  return `${sentenceCase(resourceTitle(binding))} is likely to run out first, in ${forecastWords(plan, first.forecast)}, ${left}.`;
}

function bindingOf({runOuts}: CapacityPlan, failures: number): ResourceName {
  const own = runOuts.filter(
    (each): each is RunOut & {name: ResourceName} => each.failures === failures && each.name !== 'first',
  );
  return [...own].sort((a, b) => b.first - a.first)[0]?.name ?? 'vcpus';
}

function atWords(plan: CapacityPlan, at: NodesNeeded['at']): string {
  if ('vms' in at) return `${at.vms} VMs`;
  return at.months === 0 ? 'today' : (dateAfter(plan.input.from, at.months)?.slice(0, 7) ?? '—');
}

function rangeWords({low, high}: Range, name: ResourceName): string {
  const {unit} = resourceFacts[name];
  return low === high ? formatQuantity(low, unit) : `${formatQuantity(low, unit)} … ${formatQuantity(high, unit)}`;
}

function failureCounts({runOuts}: CapacityPlan): readonly number[] {
  return [...new Set(runOuts.map(({failures}) => failures))];
}

/** What went in, one row a resource. */
export function inputRows({input}: CapacityPlan): readonly (readonly string[])[] {
  return input.resources.map(({name, used, capacity, perVm, growth}) => [
    resourceTitle(name),
    formatQuantity(used, resourceFacts[name].unit),
    capacity.survivor
      .map((each, lost) => `${rangeWords(each, name)}${capacity.survivor.length > 1 ? ` (${lostWords(lost)})` : ''}`)
      .join('; '),
    rangeWords(perVm, name),
    rangeWords(growth, name),
    capacity.measured ? 'measured' : 'stated',
  ]);
}
export const inputHead = [
  'Resource',
  'Used today',
  'A node carries',
  'A new VM needs',
  'Growth a month besides',
  'Capacity is',
];

/** Rows of run-outs: one a resource, one column for each number of lost nodes. */
export function runOutRows(plan: CapacityPlan): readonly (readonly string[])[] {
  const names = [...plan.input.resources.map(({name}) => name), 'first' as const];
  return names.map(name => [
    resourceTitle(name),
    ...failureCounts(plan).map(failures => {
      const found = plan.runOuts.find(each => each.name === name && each.failures === failures);
      return found === undefined ? '—' : forecastWords(plan, found.forecast);
    }),
  ]);
}

export function neededRows(plan: CapacityPlan): readonly (readonly string[])[] {
  const keys = [...new Set(plan.needed.map(({at}) => JSON.stringify(at)))];
  return keys.map(key => {
    const own = plan.needed.filter(({at}) => JSON.stringify(at) === key);
    const [first] = own;
    return [
      first === undefined ? '' : atWords(plan, first.at),
      ...failureCounts(plan).map(failures => {
        const found = own.find(each => each.failures === failures);
        return found === undefined ? '—' : `${nodeWords(found.nodes)}, for ${resourceTitle(found.binding)}`;
      }),
    ];
  });
}

export const whatIfHead = ['Nodes', 'Nodes lost', 'Growth × 0.5', 'Growth × 1', 'Growth × 2'];
export function whatIfRows(plan: CapacityPlan): readonly (readonly string[])[] {
  const keys = [...new Set(plan.whatIfs.map(({nodes, failures}) => `${failures} ${nodes}`))];
  return keys.map(key => {
    const own = plan.whatIfs.filter(({nodes, failures}) => `${failures} ${nodes}` === key);
    const [first] = own;
    return [
      String(first?.nodes ?? ''),
      lostWords(first?.failures ?? 0),
      ...own.map(
        ({forecast, binding}) =>
          `${forecastWords(plan, forecast)}${forecast.likely > plan.input.months ? '' : `, ${resourceTitle(binding)}`}`,
      ),
    ];
  });
}

export function costRows(plan: CapacityPlan): readonly (readonly string[])[] {
  const months = [...new Set(plan.costs.map(each => each.months))];
  return months.map(until => [
    dateAfter(plan.input.from, until)?.slice(0, 7) ?? '—',
    ...failureCounts(plan).map(failures => {
      const found = plan.costs.find(each => each.months === until && each.failures === failures);
      return found === undefined ? '—' : `${moneyWords(plan, found.total)}, ${nodeWords(found.nodes)} nodes`;
    }),
  ]);
}

export function lostHead(plan: CapacityPlan): readonly string[] {
  return failureCounts(plan).map(failures =>
    failures === plan.input.survive ? `${lostWords(failures)} (planned for)` : lostWords(failures),
  );
}

export function priceSentence({prices}: CapacityPlan): string {
  return prices === undefined
    ? ''
    : `Prices are the user's own (${oneLine(prices.source)}): ${prices.items.map(({name, per}) => `${oneLine(name)} per ${per}`).join(', ')}.`;
}

export function factsWords({input}: CapacityPlan): string {
  const {low, high} = input.vmsPerMonth;
  return `${input.nodes} nodes, ${input.vms} VMs on ${input.from}, ${low === high ? low : `${low} … ${high}`} more a month; ${input.survive} ${input.survive === 1 ? 'failure' : 'failures'} to survive, use up to ${formatShare(input.ceiling)}. Source: ${oneLine(input.source)}.`;
}

export function methodSentence({method, seed, draws}: CapacityPlan): string {
  return `${sentenceCase(method)}. ${draws} draws, seed ${seed}.`;
}
