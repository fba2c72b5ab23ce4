import type {ClusterState} from '../../parse/crm-mon.ts';
import type {Guest, Result} from '../../types.ts';
import type {DomainOnNode} from '../libvirt.ts';
import type {View} from '../pacemaker.ts';

/** Everything the audit looked at, so that judging it is pure. */
export interface Observed {
  nodes: readonly string[];
  guests: readonly Pick<Guest, 'name' | 'resource'>[];
  views: readonly {node: string; view: Result<Pick<View, 'state'>, string>}[];
  active: readonly DomainOnNode[];
  /** Nodes whose libvirt does not answer. */
  silent: readonly {node: string; reason: string}[];
  /** Nodes whose connection was lost while the audit looked: what they would have said is not known. */
  unreached: readonly {node: string; reason: string}[];
  /** Constraints left by moves, by id. */
  constraints: Result<readonly string[], string>;
  /** What is missing for the storage to be whole; undefined when nothing is. */
  storage: string | undefined;
  /** Digest of the configuration that each node that answers holds itself. */
  configurations: readonly {node: string; digest: Result<string, string>}[];
  /** What we have left on each node that answers, and on the client: faults, processes. */
  remains: readonly {node: string; found: Result<readonly string[], string>}[];
}

/** What must hold on a cluster at rest. One object each; `index.ts` lists them. */
export interface Invariant {
  id: string;
  /** What holds, in words: the finding's name. */
  sentence: string;
  /** One detail for each way in which it does not hold; empty when it does. Pure. */
  check(seen: Observed): readonly string[];
}

/** The quorate partition's state, by the first node that is in it. */
export function quorateView(seen: Observed): ClusterState | undefined {
  for (const {view} of seen.views) if (view.ok && view.value.state.quorate) return view.value.state;
  return undefined;
}
