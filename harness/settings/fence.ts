/**
 * Parameters of the fence devices that speak IPMI (fence_ipmilan and its kin). Others have other parameters and other
 * reasons for them, and are left alone. Read back from the CIB; a device that changes is started anew, guests are not.
 */
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import {clusterView, definitionOf, queryXml, waitForIdle} from '../cluster/pacemaker.ts';
import {descendants, type Element, printXml} from '../parse/xml.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {type Driver, fine, isAt, readBack, unset} from './driver.ts';
import {sameDuration} from './duration.ts';
import {editPrimitive} from './resource.ts';

const calmDeadlineMs = 60_000;

export const fence: Driver = {
  problem: (key, value) =>
    /^(power_wait|delay|pcmk_[a-z_]+)$/.test(key) && value !== ''
      ? undefined
      : 'power_wait, delay or pcmk_NAME, and a value',

  restartsGuests: () => false,

  async read(cluster, settings) {
    const found = await devices(cluster);
    if (!found.ok) return found;
    return {
      ok: true,
      value: found.value.devices.flatMap(({id, primitive}) => {
        const {parameters} = definitionOf(primitive);
        return settings.flatMap(setting => readBack(setting, id, parameters[setting.key] ?? unset, sameDuration));
      }),
    };
  },

  async apply(cluster, settings, say) {
    const found = await devices(cluster);
    if (!found.ok) return found;
    for (const {id, primitive} of found.value.devices) {
      const own = settings.filter(setting => isAt(setting, id));
      if (own.length === 0) continue;
      say(`${id}: ${own.map(({key, value}) => `${key} = ${value}`).join(', ')}`);
      const edited = editPrimitive(
        primitive,
        own.map(({key, value}) => ({key: `param.${key}`, value})),
      );
      if (!edited.ok) return edited;
      const argv = ['cibadmin', '--replace', '--scope', 'resources', '--xml-pipe'] as const;
      const command = idempotent(argv, 20_000, printXml(edited.value));
      const replaced = await stdoutOf(cluster.transport, found.value.host, command);
      if (!replaced.ok) return replaced;
    }
    return found.value.devices.length === 0 ? fine : waitForIdle(cluster, calmDeadlineMs);
  },
};

type Devices = {host: Host; devices: readonly {id: string; primitive: Element}[]};

async function devices(cluster: Cluster): Promise<Result<Devices, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const host = view.value.seenBy;
  const resources = await queryXml(cluster, host, '//resources');
  if (!resources.ok) return resources;
  const primitives = resources.value === undefined ? [] : descendants(resources.value, 'primitive');
  const speakIpmi = ({attributes: {class: kind, type = ''}}: Element) =>
    kind === 'stonith' && /ipmi|ilo[345]|idrac|imm/.test(type);
  return {
    ok: true,
    value: {
      host,
      devices: primitives.filter(speakIpmi).map(primitive => ({id: primitive.attributes.id ?? '', primitive})),
    },
  };
}
