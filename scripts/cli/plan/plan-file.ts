/**
 * A plan's file and a price list (docs/plan.yaml and docs/prices.yaml are examples): YAML text → what
 * `reports/plan/plan.ts` works on. Pure.
 */
import {z} from 'zod';
import {refuse} from '../../../harness/config/refuse.ts';
import {readYaml} from '../../../harness/config/yaml.ts';
import type {ConfigError, Result, Unit} from '../../../harness/types.ts';
import {
  type PlanInput,
  type PlannedResource,
  type PriceList,
  type Range,
  type ResourceName,
  resourceFacts,
  resourceNames,
} from '../../../reports/plan/plan.ts';
import {parseQuantity} from '../../../suites/read/bound.ts';

export function loadPlan(text: string, file: string): Result<PlanInput, ConfigError[]> {
  return readYaml(planSchema(file), text, file);
}

export function loadPrices(text: string, file: string): Result<PriceList, ConfigError[]> {
  return readYaml(priceSchema, text, file);
}

const written = z.union([z.string(), z.number()]);

const examples: Readonly<Record<Unit, string>> = {
  count: '4 or 2 .. 6',
  B: '512 GiB or 20 GB .. 60 GB',
  'op/s': '120k op/s or 100 op/s .. 300 op/s',
  'bit/s': '25 Gbit/s or 0.1 Gbit/s .. 0.4 Gbit/s',
  ratio: '85 %',
  s: '5 ms',
  s·s: '20 ms·s',
  'B/s': '500 MB/s',
};

/** "20 GB" or "20 GB .. 60 GB", low first. */
function range(unit: Unit) {
  const form = `an amount or a range, such as \`${examples[unit].replace(' or ', '` or `')}\``;
  return written.meta({form}).transform((text, context): Range => {
    const ends = String(text).split(/\s*\.\.\s*/);
    const read = ends.map(end => parseQuantity(end, unit));
    const [low, high = low] = read.map(each => (each.ok ? each.value : Number.NaN));
    const wrong = read.find(each => !each.ok);
    const expected = `an amount or a range such as ${examples[unit]}`;
    if (ends.length > 2 || low === undefined || high === undefined || wrong !== undefined) {
      return refuse(context, text, [], expected, wrong && !wrong.ok ? wrong.error.hint : 'write LOW .. HIGH');
    }
    return high < low ? refuse(context, text, [], expected, 'write the lower end first') : {low, high};
  });
}

function amount(unit: Unit) {
  const form = `an amount such as \`${examples[unit].split(' or ')[0]}\``;
  return written.meta({form}).transform((text, context): number => {
    const read = parseQuantity(String(text), unit);
    return read.ok
      ? read.value
      : refuse(context, text, [], `an amount such as ${examples[unit].split(' or ')[0]}`, read.error.hint);
  });
}

const zero: Range = {low: 0, high: 0};

function resource(name: ResourceName) {
  const {unit} = resourceFacts[name];
  return z.strictObject({
    used: amount(unit).describe('today'),
    perNode: range(unit)
      .transform((value, context) =>
        value.low > 0 ? value : refuse(context, value, [], 'more than 0', 'what one node has'),
      )
      .describe('what one node has'),
    perVm: range(unit).default(zero).describe('what one more VM takes'),
    growth: range(unit).default(zero).describe('a month, apart from new VMs'),
  });
}

const sentence = z.string().trim().min(1).max(2000);
const date = z
  .string()
  .meta({form: 'a date, `YYYY-MM-DD`'})
  .transform((text, context) => {
    const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
    const ms = parts ? Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) : Number.NaN;
    return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text)
      ? text
      : refuse(context, text, [], 'a date that exists, such as 2026-01-01', 'write YYYY-MM-DD');
  });

export function planSchema(file: string) {
  return z
    .strictObject({
      cluster: sentence.max(100).describe('its name'),
      from: date.describe('the day of "today"'),
      months: z.number().int().min(1).max(240).default(60).describe('how far to look'),
      nodes: z.number().int().min(1).max(10_000).describe('that there are'),
      vms: z.number().int().min(0).max(1_000_000).describe('that there are'),
      survive: z.number().int().min(0).max(100).describe('node failures that must be survived'),
      ceiling: amount('ratio').describe('of what is left then, at most this share may be used'),
      vmsPerMonth: range('count').describe('how many VMs more'),
      target: z
        .strictObject({vms: z.number().int().min(1).max(1_000_000).describe('how many nodes would these need?')})
        .optional()
        .describe('a size to reckon for'),
      resources: z
        .strictObject({
          vcpus: resource('vcpus').optional().describe('virtual CPUs, with the overcommitment you allow'),
          memory: resource('memory').optional().describe('of guests'),
          storage: resource('storage').optional().describe('usable, after replicas'),
          iops: resource('iops').optional().describe('a capacity run replaces perNode: --capacity FOLDER'),
          network: resource('network').optional().describe('of nodes'),
        })
        .describe('one or more of these'),
      source: sentence.describe('where the numbers come from'),
    })
    .transform((plan, context): PlanInput => {
      const {target, resources, ...rest} = plan;
      if (plan.survive >= plan.nodes) {
        refuse(context, plan, ['survive'], `fewer than the ${plan.nodes} nodes there are`, 'some node must be left');
      }
      if (!(plan.ceiling > 0 && plan.ceiling <= 1)) {
        refuse(context, plan, ['ceiling'], 'more than 0 and at most 100 %', 'write a share such as 85 %');
      }
      const planned = resourceNames.flatMap((name): PlannedResource[] => {
        const one = resources[name];
        if (one === undefined) return [];
        const {used, perNode, perVm, growth} = one;
        return [
          {name, used, capacity: {survivor: [perNode], source: `perNode in ${file}`, measured: false}, perVm, growth},
        ];
      });
      if (planned.length === 0) {
        refuse(
          context,
          plan,
          ['resources'],
          `one or more of ${resourceNames.join(', ')}`,
          'add what is used and what a node has',
        );
      }
      return {...rest, resources: planned, ...(target === undefined ? {} : {targetVms: target.vms})};
    });
}

/** "18000" or "17000 .. 19000": money, in the list's currency. */
const money = range('count').meta({form: 'an amount or a range, such as `18000` or `17000 .. 19000`'});

export const priceSchema = z
  .strictObject({
    currency: z.string().trim().min(1).max(10).describe('as it is to be printed'),
    source: sentence.describe('where the prices come from'),
    items: z
      .array(
        z.strictObject({
          name: sentence.max(100).describe('what is paid for'),
          per: z.enum(['node', 'TB', 'VM', 'cluster']).describe('what it is counted by'),
          once: money.optional().describe('when it is bought; once, monthly, or both'),
          monthly: money.optional().describe('as long as it is there'),
        }),
      )
      .min(1)
      .max(100)
      .describe('the list'),
  })
  .transform((list, context): PriceList => {
    for (const [index, {once, monthly, per}] of list.items.entries()) {
      if (once === undefined && monthly === undefined) {
        refuse(context, list, ['items', index], 'once, monthly, or both', 'say what it costs');
      }
      if (once !== undefined && per === 'cluster') {
        refuse(context, list, ['items', index, 'once'], 'monthly', 'a cluster that is there is not bought again');
      }
    }
    return {
      ...list,
      items: list.items.map(({name, per, once, monthly}) => ({
        name,
        per,
        ...(once === undefined ? {} : {once}),
        ...(monthly === undefined ? {} : {monthly}),
      })),
    };
  });
