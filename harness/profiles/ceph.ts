/** Ceph's options: into the monitors' configuration database, read back from the daemons that run by them. */
import {clusterView} from '../cluster/pacemaker.ts';
import {type CephTarget, cephCommands, cephConfigInForce, osdTree} from '../cluster/storage.ts';
import type {Cluster, ReadBack, Result} from '../types.ts';
import {all, type Driver, fine, readBack} from './driver.ts';

/** `osd/osd_heartbeat_grace`: whose option it is, and its name. */
function parts(key: string): {who: string; option: string} | undefined {
  const match = /^(global|mon|osd|mgr)\/([a-z0-9_]+)$/.exec(key);
  return match?.[1] !== undefined && match[2] !== undefined ? {who: match[1], option: match[2]} : undefined;
}

export const ceph: Driver = {
  problem(key, value) {
    if (!parts(key)) return 'WHO/OPTION with WHO one of global, mon, osd, mgr';
    return value === '' ? 'a value' : undefined;
  },

  async read(cluster, settings) {
    const target = await targetOf(cluster);
    if (!target.ok) return target;
    const places = await osdTree(target.value);
    if (!places.ok) return places;
    const osds = places.value.filter(place => place.up).map(place => `osd.${place.osd}`);
    const mons = cluster.nodes.map(node => `mon.${node.name}`);
    const asked = settings.flatMap(setting => {
      const key = parts(setting.key);
      // A global option concerns both kinds of daemon: each must know it.
      const daemons =
        key?.who === 'osd' ? osds : key?.who === 'mon' ? mons : key?.who === 'global' ? [...osds, ...mons] : [];
      return key ? daemons.map(daemon => ({setting, daemon, option: key.option})) : [];
    });
    const found = await Promise.all(
      asked.map(async ({setting, daemon, option}): Promise<Result<ReadBack, string>> => {
        const value = await cephConfigInForce(target.value, daemon, option);
        return value.ok ? {ok: true, value: readBack(setting, daemon, value.value, sameNumber)} : value;
      }),
    );
    return all(found);
  },

  async apply(cluster, settings, say) {
    const target = await targetOf(cluster);
    if (!target.ok) return target;
    say('setting Ceph options', target.value.host.name);
    const set = await cephCommands(
      target.value,
      settings.flatMap(({key, value}) => {
        const option = parts(key);
        return option ? [`config set ${option.who} ${option.option} ${value}`] : [];
      }),
    );
    return set.ok ? fine : set;
  },
};

async function targetOf(cluster: Cluster): Promise<Result<CephTarget, string>> {
  const view = await clusterView(cluster);
  return view.ok ? {ok: true, value: {transport: cluster.transport, host: view.value.seenBy}} : view;
}

/** `3` and `3.000000` are the same; what are no numbers must be the same text. */
export function sameNumber(asked: string, found: string): boolean {
  const [a, b] = [Number(asked), Number(found)];
  return Number.isFinite(a) && Number.isFinite(b) ? a === b : asked === found;
}
