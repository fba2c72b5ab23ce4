/**
 * `crm_mon --output-as=xml`: what a Pacemaker cluster says about itself, as one node sees it. Pure.
 * Source: Pacemaker's schemas (crm_mon.rng, nodes.rng, resources.rng, fence-event.rng; api-version 2.x); seen with 2.1.5.
 */
import {XMLParser, XMLValidator} from 'fast-xml-parser';
import type {ParseError, Result} from '../../harness/types.ts';

export interface CrmNode {
  name: string;
  online: boolean;
  standby: boolean;
  maintenance: boolean;
  /** Joined the membership, not yet the cluster. */
  pending: boolean;
  /** Must be fenced, or fencing it failed. */
  unclean: boolean;
  /** Resources active on it. */
  resourcesRunning: number;
}

export interface CrmResource {
  id: string;
  /** `ocf:heartbeat:VirtualDomain`, `stonith:fence_ipmilan`. */
  agent: string;
  /** `Started`, `Stopped`, `Starting`, `Stopping`, `Migrating`, `Promoted`, `Unpromoted`. */
  role: string;
  active: boolean;
  failed: boolean;
  blocked: boolean;
  managed: boolean;
  orphaned: boolean;
  /** What is under way: `starting`, `stopping`, `migrating`, `monitoring`. */
  pending?: string;
  /** Where it is active; more than one is a double life, or a migration under way. */
  nodes: readonly string[];
}

export interface CrmFailure {
  /** RESOURCE_TASK_INTERVAL, e.g. `vm1_start_0`. */
  operation: string;
  node: string;
  exitStatus: string;
  exitReason: string;
}

/** One fencing, newest first. */
export interface CrmFencing {
  /** `reboot`, `off`, `on`. */
  action: string;
  target: string;
  /** `success`, `failed`, `pending`. */
  status: string;
  /** Who carried it out; absent while pending. */
  delegate?: string;
  /** As printed, on the node's own clock; absent while pending. */
  completed?: string;
}

/** A constraint that keeps a resource from a node; `cli-…` ones were left by an administrator's move. */
export interface CrmBan {
  id: string;
  resource: string;
  node: string;
}

export interface CrmReport {
  /** Pacemaker's version as the coordinator says it; absent where there is none. */
  version?: string;
  /** Does this node's partition have quorum; false where there is no coordinator. */
  quorate: boolean;
  /** Name of the designated coordinator; absent during an election. */
  coordinator?: string;
  stonithEnabled: boolean;
  maintenance: boolean;
  nodes: readonly CrmNode[];
  /** Primitives, also those within groups, clones and bundles. */
  resources: readonly CrmResource[];
  failures: readonly CrmFailure[];
  fencing: readonly CrmFencing[];
  bans: readonly CrmBan[];
}

interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: readonly Element[];
  text: string;
}

/** A report of a large cluster has some hundred thousand characters. */
const longestText = 8_000_000;

// Entities other than XML's own five are neither read nor expanded; crm_mon prints no document type.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: false,
});

class Unexpected extends Error {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  constructor(path: string, expected: string, found: string) {
    super(expected);
    this.path = path;
    this.expected = expected;
    this.found = found;
  }
}

/**
 * Any text in, a report or an error out; paths are XPaths. An error: text around or instead of one whole document, a document type, a status
 * other than 0, a section that holds what it should not, an attribute that every crm_mon of its kind prints and is missing or no truth
 * value, counts that contradict what is listed. There are no warnings. Names and words are taken as they stand; every truth value and
 * number is either read as printed or refused.
 */
export function parseCrmMon(text: string, artefact: string): Result<CrmReport, ParseError> {
  try {
    return {ok: true, value: readReport(readDocument(text))};
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const {path, expected, found} = error;
    return {ok: false, error: {artefact, path, expected, found}};
  }
}

function readDocument(text: string): Element {
  if (text.length > longestText) throw new Unexpected('/', `at most ${longestText} characters`, `${text.length}`);
  const said = text.trim().split('\n', 1)[0] ?? '';
  if (!said.startsWith('<')) {
    throw new Unexpected('/', 'XML: run crm_mon with --output-as=xml', said === '' ? 'nothing' : said.slice(0, 120));
  }
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new Unexpected('/', 'no document type', '<!DOCTYPE');
  let parsed: unknown;
  try {
    const valid = XMLValidator.validate(text.trim());
    if (valid !== true) throw new Unexpected(`line ${valid.err.line}`, 'a whole XML document', valid.err.msg);
    parsed = parser.parse(text.trim());
  } catch (error) {
    if (error instanceof Unexpected) throw error;
    throw new Unexpected('/', 'an XML document', error instanceof Error ? error.message : String(error));
  }
  const [root, ...more] = elementsOf(parsed).elements;
  if (root === undefined || more.length > 0) throw new Unexpected('/', 'one root element', `${more.length + 1}`);
  return root;
}

function readReport(root: Element): CrmReport {
  if (root.name !== 'pacemaker-result') throw new Unexpected('/', '<pacemaker-result>', `<${root.name}>`);
  const at = '/pacemaker-result';
  const status = only(root, 'status', at);
  if (status.attributes.code !== '0') {
    const said = childrenNamed(child(status, 'errors'), 'error').map(each => each.text);
    throw new Unexpected(`${at}/status`, 'code 0', [status.attributes.message ?? 'no message', ...said].join(': '));
  }
  const summary = only(root, 'summary', at);
  const dc = only(summary, 'current_dc', `${at}/summary`);
  const options = only(summary, 'cluster_options', `${at}/summary`);
  const present = flag(dc, 'present', `${at}/summary/current_dc`);
  const nodes = section(only(root, 'nodes', at), ['node'], at).map(node => readNode(node, `${at}/nodes/node`));
  const listed = child(root, 'resources');
  const resources = listed === undefined ? [] : readResources(listed, `${at}/resources`);
  for (const node of nodes) {
    const running = resources.filter(one => one.nodes.includes(node.name)).length;
    if (listed !== undefined && node.online && running !== node.resourcesRunning) {
      const path = `${at}/nodes/node[@name='${node.name}']/@resources_running`;
      throw new Unexpected(path, `${running}, as the resources say`, `${node.resourcesRunning}`);
    }
  }
  const report: CrmReport = {
    quorate: present && flag(dc, 'with_quorum', `${at}/summary/current_dc`),
    stonithEnabled: option(options, 'stonith-enabled', `${at}/summary/cluster_options`),
    maintenance: option(options, 'maintenance-mode', `${at}/summary/cluster_options`),
    nodes,
    resources,
    failures: section(child(root, 'failures'), ['failure'], at).map(({attributes}) => ({
      operation: attributes.op_key ?? attributes.id ?? '',
      node: attributes.node ?? '',
      exitStatus: attributes.exitstatus ?? '',
      exitReason: attributes.exitreason ?? '',
    })),
    fencing: section(child(root, 'fence_history'), ['fence_event'], at).map(({attributes}) => ({
      action: attributes.action ?? '',
      target: attributes.target ?? '',
      status: attributes.status ?? '',
      ...(attributes.delegate ? {delegate: attributes.delegate} : {}),
      ...(attributes.completed ? {completed: attributes.completed} : {}),
    })),
    bans: section(child(root, 'bans'), ['ban'], at).map(({attributes}) => ({
      id: attributes.id ?? '',
      resource: attributes.resource ?? '',
      node: attributes.node ?? '',
    })),
  };
  const {name, version} = dc.attributes;
  if (present && name !== undefined) report.coordinator = name;
  if (present && version !== undefined) report.version = version;
  return report;
}

function readNode(node: Element, path: string): CrmNode {
  const name = node.attributes.name;
  if (name === undefined) throw new Unexpected(path, 'a name', 'none');
  const own = `${path}[@name='${name}']`;
  return {
    name,
    online: flag(node, 'online', own),
    standby: flag(node, 'standby', own),
    maintenance: flag(node, 'maintenance', own),
    pending: flag(node, 'pending', own),
    unclean: flag(node, 'unclean', own),
    resourcesRunning: count(node, 'resources_running', own),
  };
}

/** What may stand where resources do: the rest of a bundle's and a group's members. */
const containers = ['group', 'clone', 'bundle', 'replica'];

function readResources(parent: Element, path: string): readonly CrmResource[] {
  return section(parent, ['resource', ...containers], path).flatMap(element => {
    if (element.name !== 'resource') return readResources(element, `${path}/${element.name}`);
    const {id, resource_agent: agent, role, pending} = element.attributes;
    if (id === undefined || agent === undefined || role === undefined) {
      throw new Unexpected(
        `${path}/resource`,
        'id, resource_agent and role',
        Object.keys(element.attributes).join(', '),
      );
    }
    const own = `${path}/resource[@id='${id}']`;
    const nodes = section(element, ['node'], own).map(node => node.attributes.name ?? '');
    const active = flag(element, 'active', own);
    const running = count(element, 'nodes_running_on', own);
    if (running !== nodes.length)
      throw new Unexpected(own, `${running} nodes, as nodes_running_on says`, `${nodes.length}`);
    return [
      {
        id,
        agent,
        role,
        active,
        failed: flag(element, 'failed', own),
        blocked: flag(element, 'blocked', own),
        managed: flag(element, 'managed', own),
        orphaned: flag(element, 'orphaned', own),
        ...(pending === undefined ? {} : {pending: pending.toLowerCase()}),
        nodes,
      },
    ];
  });
}

/** A section's elements; one of an unknown name may be a known one that was damaged. */
function section(parent: Element | undefined, names: readonly string[], path: string): readonly Element[] {
  if (parent !== undefined && parent.text !== '')
    throw new Unexpected(`${path}/${parent.name}`, 'elements only', JSON.stringify(parent.text.slice(0, 80)));
  for (const {name} of parent?.children ?? []) {
    if (!names.includes(name))
      throw new Unexpected(`${path}/${parent?.name}`, names.map(one => `<${one}>`).join(', '), `<${name}>`);
  }
  return parent?.children ?? [];
}

function only(parent: Element, name: string, path: string): Element {
  const [found, ...more] = childrenNamed(parent, name);
  if (found === undefined || more.length > 0) {
    throw new Unexpected(path, `one <${name}>`, found === undefined ? 'none' : `${more.length + 1}`);
  }
  return found;
}

function child(parent: Element, name: string): Element | undefined {
  return parent.children.find(one => one.name === name);
}

function childrenNamed(parent: Element | undefined, name: string): readonly Element[] {
  return parent === undefined ? [] : parent.children.filter(one => one.name === name);
}

function flag(element: Element, name: string, path: string): boolean {
  const value = element.attributes[name];
  if (value !== 'true' && value !== 'false')
    throw new Unexpected(`${path}/@${name}`, 'true or false', value ?? 'nothing');
  return value === 'true';
}

/** A cluster option: Pacemaker's older versions leave some out, which are then off. */
function option(element: Element, name: string, path: string): boolean {
  if (element.attributes[name] !== undefined) return flag(element, name, path);
  const known = ['stonith-enabled', 'symmetric-cluster', 'no-quorum-policy', 'maintenance-mode', 'stop-all-resources'];
  const strange = Object.keys(element.attributes).find(key => !known.includes(key) && !/-ms$/.test(key));
  if (strange !== undefined) throw new Unexpected(`${path}/@${name}`, 'true or false', `nothing, but ${strange}`);
  return false;
}

function count(element: Element, name: string, path: string): number {
  const value = element.attributes[name];
  if (value === undefined || !/^\d{1,9}$/.test(value)) {
    throw new Unexpected(`${path}/@${name}`, 'a whole number ≥ 0', value ?? 'nothing');
  }
  return Number(value);
}

function elementsOf(nodes: unknown): {elements: Element[]; text: string} {
  const elements: Element[] = [];
  let text = '';
  if (!Array.isArray(nodes)) return {elements, text};
  for (const node of nodes) {
    if (!isRecord(node)) continue;
    for (const [name, content] of Object.entries(node)) {
      if (name === ':@') continue;
      if (name === '#text') {
        text += String(content);
        continue;
      }
      const inside = elementsOf(content);
      elements.push({name, attributes: attributesOf(node[':@']), children: inside.elements, text: inside.text});
    }
  }
  const said = text.trim();
  // Without its bracket an element would be words, and no longer be counted.
  if (elements.length > 0 && said !== '')
    throw new Unexpected('/', 'words or elements', JSON.stringify(said.slice(0, 80)));
  return {elements, text: said};
}

function attributesOf(value: unknown): Record<string, string> {
  const attributes: Record<string, string> = {};
  if (isRecord(value)) for (const [name, content] of Object.entries(value)) attributes[name] = String(content);
  return attributes;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
