/** What `seatrial check` says, as data: `--json` prints this, and nothing else says it otherwise. */
import {z} from 'zod';
import type {Foretold} from '../../../harness/cluster/foretell.ts';
import {ruleResult as ruleResultShape} from '../../../harness/schema.ts';
import type {Host} from '../../../harness/types.ts';
import {names} from '../../../suites/conformance/readings.ts';
import {ruleResult} from '../../../suites/conformance/results.ts';
import type {Rule} from '../../../suites/conformance/rule.ts';
import type {RuleVerdict} from '../../../suites/conformance/verdicts.ts';
import {exitCodes} from '../kit/command-error.ts';

export const states = ['violated', 'not-known', 'not-applicable', 'holds'] as const;
const severities = ['critical', 'major', 'minor'] as const;
const text = z.string();

export const checkReport = z.strictObject({
  schema: z.literal('seatrial-check/1'),
  cluster: text.describe('its name, or the files'),
  verdicts: z
    .array(
      ruleResultShape.extend({
        wouldTell: z.array(text).describe('where it is not known: what of a report, or which command, would tell'),
      }),
    )
    .describe('the worst first'),
  losses: z
    .array(
      z.strictObject({
        lost: z.array(text).readonly(),
        quorate: z.boolean(),
        guests: z.record(text, z.array(text).readonly()).describe('where each ends up; none is nowhere'),
      }),
    )
    .exactOptional(),
  noLosses: text.exactOptional(),
});
export type CheckReport = z.infer<typeof checkReport>;
type Verdict = CheckReport['verdicts'][number];

/** Where each reading lies in a report. */
const inReports: Readonly<Record<string, string>> = {
  [names.cib]: 'cib.xml: cibadmin --query (--cib)',
  [names.own]: "every node's cib.xml: crm_report with all nodes (--report)",
  [names.state]: 'crm_mon --one-shot --output-as=xml --inactive --fence-history=3 (--crm-mon)',
  [names.verify]: "a CIB (--cib), and pacemaker-cli-utils of the cluster's version or later on this machine",
  [names.losses]: "a CIB (--cib), and pacemaker-cli-utils of the cluster's version or later on this machine",
  [names.config]: "every node's /etc/corosync/corosync.conf (--corosync, or --report)",
  [names.map]: 'corosync-cmapctl of every node: corosync.dump of a crm_report, or a sos archive (--report)',
  [names.facts]: 'versions of every node: sysinfo.txt of a crm_report, or a sos archive (--report)',
  [names.host]:
    'a sos archive of each node (--report); what that leaves out only the cluster itself tells (--inventory)',
  [names.domains]: 'etc/libvirt/qemu/*.xml of each node: a sos archive (--report)',
  [names.ceph]:
    'ceph_mon of a sos archive (--report); what that leaves out only the cluster itself tells (--inventory)',
};

const nobody: Host = {name: '', role: 'node', addresses: {}, interfaces: {}, scratch: []};

function wouldTell(rule: Rule): string[] {
  return rule.read(nobody).map(({name, command}) => inReports[name] ?? command.argv.join(' '));
}

export function reportOf(
  cluster: string,
  verdicts: readonly RuleVerdict[],
  foretold: {losses?: readonly Foretold[]; noLosses?: string},
): CheckReport {
  const all = verdicts.map(
    (each): Verdict => ({
      ...ruleResult(each),
      wouldTell: each.verdict.state === 'not-known' ? wouldTell(each.rule) : [],
    }),
  );
  const {losses, noLosses} = foretold;
  return checkReport.parse({
    schema: 'seatrial-check/1',
    cluster,
    verdicts: states.flatMap(state =>
      severities.flatMap(level => all.filter(each => each.state === state && each.severity === level)),
    ),
    ...(losses === undefined ? {} : {losses: losses.map(({guests, ...rest}) => ({...rest, guests: {...guests}}))}),
    ...(noLosses === undefined ? {} : {noLosses}),
  });
}

/** 1 where a rule is violated, 2 where none is and some are not known, else 0. */
export function exitCodeOf({verdicts}: CheckReport): number {
  if (verdicts.some(({state}) => state === 'violated')) return exitCodes.missed;
  return verdicts.some(({state}) => state === 'not-known') ? exitCodes.undecided : exitCodes.met;
}
