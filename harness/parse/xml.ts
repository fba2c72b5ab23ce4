/**
 * XML as a plain tree, for the two dialects an administrator meets here: Pacemaker's and libvirt's.
 * Pure. Order, text and attributes are kept, so that an edited document differs only where it was edited.
 */
import {XMLParser, XMLValidator} from 'fast-xml-parser';
import type {ParseError, Result} from '../types.ts';

export interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: readonly Element[];
  /** Text between the tags, trimmed; elements that hold both text and elements are not met in these dialects. */
  text: string;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** Largest document taken, in characters: a real one has a few thousand. */
const limit = 8_000_000;

/** Any text in, one tree or an error out. A truncated document is an error, never a smaller tree. */
export function parseXml(text: string, artefact: string): Result<Element, ParseError> {
  if (text.length > limit) {
    return wrong(artefact, '/', `at most ${limit} characters`, `${text.length} characters`);
  }
  // Its entities would be expanded; neither dialect has one.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return wrong(artefact, '/', 'no document type', '<!DOCTYPE');
  const start = text.indexOf('<');
  if (start < 0) return wrong(artefact, '/', 'an XML document', text.trim() === '' ? 'nothing' : excerpt(text));
  let parsed: unknown;
  try {
    const valid = XMLValidator.validate(text.slice(start).trimEnd());
    if (valid !== true) {
      return wrong(artefact, `line ${valid.err.line}`, 'a whole XML document', valid.err.msg);
    }
    parsed = parser.parse(text.slice(start).trimEnd());
  } catch (error) {
    return wrong(artefact, '/', 'an XML document', error instanceof Error ? error.message : String(error));
  }
  const roots = childrenOf(parsed).elements;
  const [root] = roots;
  if (root === undefined || roots.length > 1) {
    return wrong(artefact, '/', 'one root element', `${roots.length} root elements`);
  }
  const mixed = withWordsBeside(root, `/${root.name}`);
  return mixed === undefined
    ? {ok: true, value: root}
    : wrong(artefact, mixed.path, 'elements only', excerpt(mixed.text));
}

/**
 * The first element that holds words beside its elements: `xnode name="n3"/>` where `<node name="n3"/>` was meant would
 * be a node that is gone.
 */
function withWordsBeside({children, text}: Element, path: string): {path: string; text: string} | undefined {
  if (children.length > 0 && text !== '') return {path, text};
  for (const each of children) {
    const below = withWordsBeside(each, `${path}/${each.name}`);
    if (below !== undefined) return below;
  }
  return undefined;
}

/**
 * The tree as text, two spaces a level. Elements without children stand on one line: VirtualDomain reads `<name>` by
 * line.
 */
export function printXml(element: Element, indent = ''): string {
  const attributes = Object.entries(element.attributes)
    .map(([name, value]) => ` ${name}='${escaped(value)}'`)
    .join('');
  if (element.children.length === 0) {
    return element.text === ''
      ? `${indent}<${element.name}${attributes}/>\n`
      : `${indent}<${element.name}${attributes}>${escaped(element.text)}</${element.name}>\n`;
  }
  const inside = element.children.map(child => printXml(child, `${indent}  `)).join('');
  return `${indent}<${element.name}${attributes}>\n${inside}${indent}</${element.name}>\n`;
}

/** An element from its parts. Attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  content: readonly Element[] | string = [],
): Element {
  const given: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) given[key] = value;
  return typeof content === 'string'
    ? {name, attributes: given, children: [], text: content}
    : {name, attributes: given, children: content, text: ''};
}

/** The first child of that name. */
export function child(parent: Element | undefined, name: string): Element | undefined {
  return parent?.children.find(candidate => candidate.name === name);
}

export function childrenNamed(parent: Element | undefined, name: string): readonly Element[] {
  return parent === undefined ? [] : parent.children.filter(candidate => candidate.name === name);
}

/** Every element of that name below the parent, in document order. */
export function descendants(parent: Element, name: string): readonly Element[] {
  return parent.children.flatMap(candidate => [
    ...(candidate.name === name ? [candidate] : []),
    ...descendants(candidate, name),
  ]);
}

function childrenOf(nodes: unknown): {elements: Element[]; text: string} {
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
      const inside = childrenOf(content);
      elements.push({name, attributes: attributesOf(node[':@']), children: inside.elements, text: inside.text});
    }
  }
  return {elements, text};
}

function attributesOf(value: unknown): Record<string, string> {
  const attributes: Record<string, string> = {};
  if (isRecord(value)) for (const [name, content] of Object.entries(value)) attributes[name] = String(content);
  return attributes;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll("'", '&apos;')
    .replaceAll('"', '&quot;');
}

function excerpt(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

function wrong(artefact: string, path: string, expected: string, found: string): Result<never, ParseError> {
  return {ok: false, error: {artefact, path, expected, found}};
}
