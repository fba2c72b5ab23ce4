/** A kind that is used as its owner has attached it, with nothing of it known: no lab builds it. */
import {nothingToHeal, ready, type StoreBackend} from './store.ts';

export const unbuilt = (title: string): StoreBackend => ({title, readiness: ready, heal: nothingToHeal});
