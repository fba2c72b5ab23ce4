/** A set of parameters of our own over those that a fence device has: how it is written, found and taken away. */
import {type Element, element, printXml} from '../parse/xml.ts';

/** Every set of ours is named so. */
export const overlayPrefix = 'seatrial-fault-';
/** Before any set that a cluster's owner may have. */
const score = '1000000';
/** Nothing matches. */
const nothingThere = 105;

export const overlays = `//instance_attributes[starts-with(@id,'${overlayPrefix}')]`;
/** Never what the tool prints: it may be the whole configuration, with its passwords. */
export const removeOverlays = `cibadmin --delete-all --force --xpath "${overlays}" >/dev/null 2>&1 || [ $? = ${nothingThere} ]`;

/** For `cibadmin --modify --allow-create --scope resources`. */
export function overlayXml(device: string, values: Readonly<Record<string, string>>): string {
  const id = `${overlayPrefix}${device}`;
  const pairs = Object.entries(values).map(([name, value]) => element('nvpair', {id: `${id}-${name}`, name, value}));
  const set = element('instance_attributes', {id, score}, pairs);
  return printXml(element('resources', {}, [element('primitive', {id: device}, [set])]));
}

/** What there is without any set of ours: the values of the cluster's owner. */
export function withoutOverlays(xml: Element): Element {
  const own = xml.children.filter(({attributes}) => !attributes.id?.startsWith(overlayPrefix));
  return {...xml, children: own.map(withoutOverlays)};
}
