/**
 * What a conformance rule is: something a cluster's configuration should be, read by plain commands and judged on what
 * they print.
 */
import type {ClaimId, Command, Host, Needs, ParseError, Result, RuleResult} from '../../harness/types.ts';
import type {ToolOutput} from '../steps/artefacts.ts';

/**
 * `holds` and `violated` say what was found. `not-applicable` names the fact that makes the rule pointless here.
 * `not-known` says why it cannot be told: nothing found is never "holds".
 */
export type RuleState =
  | {state: 'holds'; found: string}
  | {state: 'violated'; found: string}
  | {state: 'not-applicable'; fact: string}
  | {state: 'not-known'; why: string};

/** One command whose output a rule judges. Rules that share a name share the output: it is read once. */
export interface Reading {
  name: string;
  command: Command;
}

/** What was read, by the names of a rule's readings; `host` where the rule is for all hosts together. */
export type Readings = (name: string, host?: string) => Result<ToolOutput, ParseError>;

export interface Rule {
  /** `C-01`; stays when the words change. */
  id: `C-${string}`;
  title: string;
  /** The promise of the register that it speaks to, if any. */
  claim?: ClaimId;
  /** `critical`: nothing else that was measured on this cluster can be trusted. */
  severity: RuleResult['severity'];
  /** What happens where it is violated, in one sentence. */
  why: string;
  /** Who demands it, with the versions it is for. */
  source: string;
  /**
   * `cluster`: read once, on a quorate node. `host`: on every node, and judged for each. `hosts`: on every node, and
   * judged once for all of them.
   */
  where: 'cluster' | 'host' | 'hosts';
  needs: Needs;
  read(host: Host): readonly Reading[];
  /** Pure. An output that cannot be read is `not-known`. `hosts` are the names of the nodes. */
  check(readings: Readings, hosts: readonly string[]): RuleState;
  mend: string;
}
