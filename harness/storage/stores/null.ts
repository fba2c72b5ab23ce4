/** A disk that does nothing at once: what guest, bus and load generator can do at most. */
import {nothingToHeal, ready, type StoreBackend} from './store.ts';

export const nullDisk: StoreBackend = {
  title: 'null disk (control)',
  readiness: ready,
  heal: nothingToHeal,
  lab: {
    programs: [],
    servers: 'none',
    serve: async (_lab, _store, bytes) => ({ok: true, value: [{protocol: 'null', bytes}]}),
  },
};
