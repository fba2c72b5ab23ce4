/** Pacemaker's cluster properties. */
import {clusterProperty, setClusterProperty} from '../cluster/pacemaker.ts';
import type {ReadBack} from '../types.ts';
import {type Driver, fine, readBack, unset} from './driver.ts';
import {sameDuration} from './duration.ts';

export const property: Driver = {
  problem: (key, value) => (/^[a-z][a-z-]*$/.test(key) && value !== '' ? undefined : 'a cluster property and a value'),

  restartsGuests: () => false,

  async read(cluster, settings) {
    const found: ReadBack[] = [];
    for (const setting of settings) {
      const value = await clusterProperty(cluster, setting.key);
      if (!value.ok) return value;
      found.push(...readBack(setting, 'cluster', value.value ?? unset, sameDuration));
    }
    return {ok: true, value: found};
  },

  async apply(cluster, settings) {
    for (const {key, value} of settings) {
      const set = await setClusterProperty(cluster, key, value === unset ? undefined : value);
      if (!set.ok) return set;
    }
    return fine;
  },
};
