/** The beacon's logs and what follows from them. The formats are described in `beacon-log.ts`. */

export * from '../../harness/parse/beacon-log.ts';
export * from './blackouts.ts';
export * from './boots.ts';
export * from './brownout.ts';
export * from './incarnations.ts';
export * from './ledger.ts';
export * from './rate.ts';
export * from './uptime.ts';
