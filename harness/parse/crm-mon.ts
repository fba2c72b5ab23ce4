/**
 * What a Pacemaker cluster says about itself, as one node sees it: `crm_mon --output-as=xml`. Pure. Source: Pacemaker's
 * schemas (crm_mon.rng, nodes.rng, resources.rng, fence-event.rng; api-version 2.0 to 2.42, Pacemaker 3.0.2); seen with
 * 2.1.5.
 */
import type {ParseError, Result} from '../types.ts';
import {reading, Unexpected} from './unexpected.ts';
import {child, childrenNamed, type Element, parseXml} from './xml.ts';

export interface NodeState {
  name: string;
  online: boolean;
  standby: boolean;
  maintenance: boolean;
  /** Joined the membership, not yet the cluster. */
  pending: boolean;
  /** Must be fenced, or fencing it failed. */
  unclean: boolean;
}

export interface ResourceState {
  id: string;
  /** `ocf:heartbeat:VirtualDomain`, `stonith:fence_ipmilan`. */
  agent: string;
  /** `Started`, `Stopped`, `Starting`, `Stopping`, `Migrating`, `Promoted`, `Unpromoted`. */
  role: string;
  active: boolean;
  failed: boolean;
  blocked: boolean;
  managed: boolean;
  /** No longer configured, and not yet gone. */
  orphaned: boolean;
  /** What is under way right now: `starting`, `stopping`, `migrating`, `monitoring`. */
  pending?: string;
  /** Where it is active; more than one node is a double life, or a migration under way. */
  nodes: readonly string[];
}

export interface FailedAction {
  /** `vm1_start_0 on n2`. */
  operation: string;
  resource: string;
  node: string;
  exitReason: string;
  status: string;
  lastChange: string;
}

/** One fencing request, newest first. */
export interface FenceEvent {
  /** `reboot`, `off`, `on`. */
  action: string;
  target: string;
  status: 'success' | 'failed' | 'pending';
  /** Who carried it out; absent while pending. */
  delegate?: string;
  client: string;
  origin: string;
  /** As printed, in the node's own clock; absent while pending. */
  completed?: string;
  exitReason?: string;
}

/** A constraint that keeps a resource away from a node; `cli-…` ones were left by an administrator's move. */
export interface Ban {
  id: string;
  resource: string;
  node: string;
  score: string;
}

export interface ClusterState {
  /** Pacemaker's version as the coordinator says it; absent where there is none. */
  version?: string;
  /** Does the partition this node is in have quorum, as its coordinator says. False where there is no coordinator. */
  quorate: boolean;
  /** Name of the designated coordinator; absent during an election. */
  dc?: string;
  stonithEnabled: boolean;
  maintenance: boolean;
  nodes: readonly NodeState[];
  /** Primitives, also those within groups, clones and bundles; without `--inactive` only those that are active. */
  resources: readonly ResourceState[];
  /** Resources that are configured and, being inactive, were not asked for (`--inactive`). */
  hidden: number;
  failures: readonly FailedAction[];
  /** What the fencer remembers; a history that it did not give is an error, never an empty one. */
  fencing: readonly FenceEvent[];
  bans: readonly Ban[];
}

export interface CrmMonOptions {
  /**
   * For a live cluster, whose Pacemaker may be newer than this: elements that are not known are passed over, and truth
   * values that some version does not print are what they mean where they are absent. What is printed is read as
   * strictly.
   */
  lenient?: boolean;
}

/**
 * Any text in, a state or an error out; paths are XPaths. An error: text around or instead of one whole document, a
 * status other than 0, a part of a report (`--resource`, `--node`, `--exclude`), a fence history that was not given, a
 * section that holds what it should not, an attribute that every crm_mon of its kind prints and is missing or no truth
 * value, counts that contradict what is listed. There are no warnings. Names and words are taken as they stand; every
 * truth value and number is either read as printed or refused.
 */
export function parseCrmMon(
  text: string,
  artefact: string,
  {lenient = false}: CrmMonOptions = {},
): Result<ClusterState, ParseError> {
  const said = text.trim().split('\n', 1)[0] ?? '';
  if (!said.startsWith('<') && !(lenient && text.includes('<pacemaker-result'))) {
    const found = said === '' ? 'nothing' : said.slice(0, 120);
    return {ok: false, error: {artefact, path: '/', expected: 'XML: run crm_mon with --output-as=xml', found}};
  }
  const parsed = parseXml(text, artefact);
  if (!parsed.ok) return parsed;
  return reading(artefact, () => stateOf({element: parsed.value, path: `/${parsed.value.name}`, lenient}));
}

/** An element and the XPath that leads to it. */
interface Place {
  element: Element;
  path: string;
  lenient: boolean;
}

function stateOf(root: Place): ClusterState {
  const {name} = root.element;
  if (name === 'crm_mon')
    throw new Unexpected('/', 'the present format: run crm_mon with --output-as=xml', 'that of --as-xml');
  if (name !== 'pacemaker-result') throw new Unexpected('/', '<pacemaker-result>', `<${name}>`);
  const {request = ''} = root.element.attributes;
  const tool = request.split(' ', 1)[0] ?? '';
  if (/(?:^|\/)(?:crm_(?!mon\b)\w+|stonith_admin|cibadmin|pcs)$/.test(tool))
    throw new Unexpected(`${root.path}/@request`, 'output of crm_mon --output-as=xml', `that of ${tool}`);
  refuseFailure(root);
  refuseParts(request, root.path);
  refuseUnknown(root, knownSections);
  const summary = only(root, 'summary');
  const dc = only(summary, 'current_dc');
  const options = only(summary, 'cluster_options');
  const present = flag(dc, 'present');
  const nodes = section(only(root, 'nodes'), ['node']);
  const listed = within(root, 'resources');
  // With --group-by-node they stand below their nodes; inactive ones and bundles, with all their members, in their own
  // section.
  const grouped = new Map(nodes.flatMap(node => readResources(node)).map(one => [JSON.stringify(one), one]));
  const others = listed === undefined ? [] : readResources(listed).filter(one => !grouped.has(JSON.stringify(one)));
  const resources = [...grouped.values(), ...others];
  if (!root.lenient && (listed !== undefined || grouped.size > 0)) holdCounts(nodes, resources);
  const {name: coordinator, version} = dc.element.attributes;
  return {
    quorate: present && flag(dc, 'with_quorum'),
    ...(present && coordinator !== undefined ? {dc: coordinator} : {}),
    ...(present && version !== undefined ? {version} : {}),
    stonithEnabled: fencingEnabled(options),
    maintenance: option(options, 'maintenance-mode'),
    nodes: nodes.map(readNode),
    resources,
    hidden: hiddenOf(request, within(summary, 'resources_configured'), resources.length),
    failures: sectionOf(root, 'failures', 'failure').map(failureOf),
    fencing: readHistory(root),
    bans: sectionOf(root, 'bans', 'ban').map(({element: {attributes: at}}) => ({
      id: at.id ?? '',
      resource: at.resource ?? '',
      node: at.node ?? '',
      score: at.weight ?? '',
    })),
  };
}

/** What stands in a report; an element of an unknown name may be a known one that was damaged. */
const knownSections = [
  'pacemakerd',
  'summary',
  'nodes',
  'resources',
  'node_attributes',
  'node_history',
  'failures',
  'fence_history',
  'tickets',
  'bans',
  'status',
];

function refuseFailure(root: Place): void {
  const {element, path} = only(root, 'status');
  if (element.attributes.code === '0') return;
  const said = childrenNamed(child(element, 'errors'), 'error').map(each => each.text);
  throw new Unexpected(path, 'code 0', [element.attributes.message ?? 'no message', ...said].join(': '));
}

/** A part of a report would be a cluster with fewer nodes, resources, failures or fences. */
function refuseParts(request: string, path: string): void {
  const option = /\s(--(?:resource|node|exclude)(?:[= ]\S+)?|--include=none\S*|--hide-headers)(?=\s|$)/.exec(
    request,
  )?.[1];
  if (option === undefined) return;
  throw new Unexpected(
    `${path}/@request`,
    `the whole report: run crm_mon without ${option}`,
    `a part of it (${option})`,
  );
}

/** Of one that was asked for with all its resources, none; counts that some version prints otherwise are not held. */
function hiddenOf(request: string, configured: Place | undefined, listed: number): number {
  if (/\s(?:--inactive|-[a-zA-Z0-9]*r[a-zA-Z0-9]*)(?=\s|$)/.test(request)) return 0;
  const number = configured?.element.attributes.number ?? '';
  return /^\d{1,9}$/.test(number) ? Math.max(0, Number(number) - listed) : 0;
}

function holdCounts(nodes: readonly Place[], resources: readonly ResourceState[]): void {
  for (const node of nodes) {
    const counted = count(node, 'resources_running');
    const running = resources.filter(one => one.nodes.includes(node.element.attributes.name ?? '')).length;
    if (!flag(node, 'online') || running === counted) continue;
    throw new Unexpected(`${named(node)}/@resources_running`, `${running}, as the resources say`, `${counted}`);
  }
}

function readNode(place: Place): NodeState {
  const {name} = place.element.attributes;
  if (name === undefined) throw new Unexpected(place.path, 'a name', 'none');
  const own = {...place, path: named(place)};
  if (!place.lenient) count(own, 'resources_running');
  return {
    name,
    online: flag(own, 'online'),
    standby: flag(own, 'standby', false),
    maintenance: flag(own, 'maintenance', false),
    pending: flag(own, 'pending', false),
    unclean: flag(own, 'unclean'),
  };
}

/** What may stand where resources do: the rest of a bundle's and a group's members. */
const containers = ['group', 'clone', 'bundle', 'replica'];

function readResources(parent: Place): readonly ResourceState[] {
  return section(parent, ['resource', ...containers]).flatMap(place =>
    place.element.name === 'resource' ? [readResource(place)] : readResources(place),
  );
}

function readResource(place: Place): ResourceState {
  const {attributes} = place.element;
  const {id, resource_agent: agent, role, pending} = attributes;
  if (id === undefined || agent === undefined || role === undefined) {
    throw new Unexpected(place.path, 'id, resource_agent and role', Object.keys(attributes).join(', '));
  }
  const own = {...place, path: `${place.path}[@id='${id}']`};
  const nodes = section(own, ['node', 'xml'])
    .filter(({element}) => element.name === 'node')
    .map(({element, path}) => {
      const {name} = element.attributes;
      if (!name) throw new Unexpected(`${path}/@name`, 'the node that it runs on', 'nothing');
      return name;
    });
  const running = place.lenient ? nodes.length : count(own, 'nodes_running_on');
  if (running !== nodes.length)
    throw new Unexpected(own.path, `${running} nodes, as nodes_running_on says`, `${nodes.length}`);
  return {
    id,
    agent,
    role,
    active: flag(own, 'active'),
    failed: flag(own, 'failed', false),
    blocked: flag(own, 'blocked', false),
    managed: flag(own, 'managed', true),
    // 3.0.2 says "removed", and for a while both.
    orphaned: flag(
      own,
      attributes.orphaned === undefined && attributes.removed !== undefined ? 'removed' : 'orphaned',
      false,
    ),
    ...(pending === undefined ? {} : {pending: pending.toLowerCase()}),
    nodes,
  };
}

function failureOf({element: {attributes: at}}: Place): FailedAction {
  const node = at.node ?? '';
  const key = at.op_key ?? at.id ?? '';
  return {
    operation: `${key} on ${node}`,
    // The operation's key is RESOURCE_TASK_INTERVAL; a resource's own name may hold underscores.
    resource: key.replace(/_[a-z_]+_\d+$/, ''),
    node,
    exitReason: [at.exitstatus, at.exitreason].filter(part => part !== undefined && part !== '').join(': '),
    status: at.status ?? '',
    lastChange: at['last-rc-change'] ?? '',
  };
}

function readHistory(root: Place): readonly FenceEvent[] {
  const history = within(root, 'fence_history');
  if (history === undefined) {
    // Without any fences there is no section; under another name it would be a cluster that never fenced.
    const renamed = root.element.children.find(({name}) => /fenc|stonith/.test(name));
    if (renamed !== undefined) throw new Unexpected(root.path, '<fence_history>', `<${renamed.name}>`);
    return [];
  }
  const {status = '0'} = history.element.attributes;
  if (status !== '0') throw new Unexpected(`${history.path}/@status`, '0: the fencer gave its history', status);
  return section(history, ['fence_event']).map(readFence);
}

const fenceStatuses = ['success', 'failed', 'pending'] as const;

function readFence({element: {attributes: at}, path}: Place): FenceEvent {
  const status = fenceStatuses.find(one => one === at.status);
  if (status === undefined) throw new Unexpected(`${path}/@status`, fenceStatuses.join(', '), at.status ?? 'nothing');
  const {action, target, client = '', origin = '', delegate, completed, 'exit-reason': exitReason} = at;
  if (!action || !target) throw new Unexpected(path, 'action and target', Object.keys(at).join(', '));
  return {
    action,
    target,
    status,
    client,
    origin,
    ...(delegate ? {delegate} : {}),
    ...(completed ? {completed} : {}),
    ...(exitReason ? {exitReason} : {}),
  };
}

/** A node's own XPath. */
function named({element, path}: Place): string {
  return `${path}[@name='${element.attributes.name ?? ''}']`;
}

function below(parent: Place, element: Element): Place {
  return {element, path: `${parent.path}/${element.name}`, lenient: parent.lenient};
}

function within(parent: Place, name: string): Place | undefined {
  const found = child(parent.element, name);
  return found === undefined ? undefined : below(parent, found);
}

function only(parent: Place, name: string): Place {
  const [found, ...more] = childrenNamed(parent.element, name);
  if (found !== undefined && more.length === 0) return below(parent, found);
  throw new Unexpected(parent.path, `one <${name}>`, found === undefined ? 'none' : `${more.length + 1}`);
}

function sectionOf(parent: Place, name: string, of: string): readonly Place[] {
  const found = within(parent, name);
  return found === undefined ? [] : section(found, [of]);
}

/** The elements of these names in a section, which holds no others and no words. */
function section(parent: Place, names: readonly string[]): readonly Place[] {
  if (parent.element.text !== '')
    throw new Unexpected(parent.path, 'elements only', JSON.stringify(parent.element.text.slice(0, 80)));
  refuseUnknown(parent, names);
  return parent.element.children.filter(({name}) => names.includes(name)).map(element => below(parent, element));
}

function refuseUnknown({element, path, lenient}: Place, names: readonly string[]): void {
  const strange = element.children.find(({name}) => !names.includes(name));
  if (strange === undefined || lenient) return;
  throw new Unexpected(path, names.map(one => `<${one}>`).join(', '), `<${strange.name}>`);
}

/** `absent`: what it means where a version does not print it, for lenient reading. */
function flag({element, path, lenient}: Place, name: string, absent?: boolean): boolean {
  const value = element.attributes[name];
  if (value === undefined && lenient && absent !== undefined) return absent;
  if (value !== 'true' && value !== 'false')
    throw new Unexpected(`${path}/@${name}`, 'true or false', value ?? 'nothing');
  return value === 'true';
}

/** Since 3.0.2 under two names, of which the older one is to go. */
function fencingEnabled(options: Place): boolean {
  const {'fencing-enabled': now, 'stonith-enabled': before} = options.element.attributes;
  if (now === undefined) return option(options, 'stonith-enabled');
  if (before !== undefined && before !== now)
    throw new Unexpected(`${options.path}/@stonith-enabled`, `${now}, as fencing-enabled`, before);
  return flag(options, 'fencing-enabled');
}

const knownOptions = [
  'stonith-enabled',
  'fencing-enabled',
  'symmetric-cluster',
  'no-quorum-policy',
  'maintenance-mode',
  'stop-all-resources',
];

/** A cluster option: Pacemaker's older versions leave some out, which are then off. */
function option(place: Place, name: string): boolean {
  const {attributes} = place.element;
  if (attributes[name] !== undefined) return flag(place, name);
  const strange = Object.keys(attributes).find(key => !knownOptions.includes(key) && !/-ms$/.test(key));
  if (strange !== undefined && !place.lenient)
    throw new Unexpected(`${place.path}/@${name}`, 'true or false', `nothing, but ${strange}`);
  return false;
}

function count({element, path}: Place, name: string): number {
  const value = element.attributes[name];
  if (value === undefined || !/^\d{1,9}$/.test(value))
    throw new Unexpected(`${path}/@${name}`, 'a whole number ≥ 0', value ?? 'nothing');
  return Number(value);
}
