/**
 * MTU of a plane, on every node that has an interface in it, and on the bridge that interface sits in. Read back
 * from the kernel.
 */
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, Plane, ReadBack, Result} from '../types.ts';
import {planes} from '../types.ts';
import {all, type Driver, fine, isAt, readBack} from './driver.ts';

/** `storage.mtu`. */
function planeOf(key: string): Plane | undefined {
  return planes.find(plane => key === `${plane}.mtu`);
}

export const link: Driver = {
  problem(key, value) {
    if (!planeOf(key)) return `PLANE.mtu with PLANE one of ${planes.join(', ')}`;
    const mtu = Number(value);
    return Number.isInteger(mtu) && mtu >= 576 && mtu <= 65_520 ? undefined : 'an MTU in bytes, 576 to 65520';
  },

  restartsGuests: () => false,

  async read(cluster, settings) {
    const places = settings.flatMap(setting => devices(cluster, setting.key).map(place => ({setting, ...place})));
    const found = await Promise.all(
      places.map(async ({setting, host, device}): Promise<Result<readonly ReadBack[], string>> => {
        const mtu = await stdoutOf(cluster.transport, host, readOnly(['cat', `/sys/class/net/${device}/mtu`]));
        return mtu.ok ? {ok: true, value: readBack(setting, `${host.name} ${device}`, mtu.value.trim())} : mtu;
      }),
    );
    const read = all(found);
    return read.ok ? {ok: true, value: read.value.flat()} : read;
  },

  async apply(cluster, settings, say) {
    // The interface first: a bridge takes the smallest MTU of its members.
    const script =
      'ip link set dev "$1" mtu "$2" && if [ -e "/sys/class/net/$1/master" ]; then ip link set dev "$(basename "$(readlink -f "/sys/class/net/$1/master")")" mtu "$2"; fi';
    for (const setting of settings) {
      const {key, value} = setting;
      for (const {host, device} of devices(cluster, key)) {
        if (!isAt(setting, `${host.name} ${device}`)) continue;
        say(`MTU ${value} on ${device}`, host.name);
        const set = await stdoutOf(
          cluster.transport,
          host,
          idempotent(['sh', '-c', script, 'mtu', device, value], 10_000),
        );
        if (!set.ok) return set;
      }
    }
    return fine;
  },
};

/** Every node's interface in the plane; the client's too: a path is as wide as its narrowest end. */
function devices(cluster: Cluster, key: string): readonly {host: Host; device: string}[] {
  const plane = planeOf(key);
  if (!plane) return [];
  return [...cluster.nodes, cluster.client].flatMap(host => {
    const device = host.interfaces[plane];
    return device === undefined ? [] : [{host, device}];
  });
}
