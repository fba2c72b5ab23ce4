/** The beacon's logs and what follows from them. The formats are described in `beacon-log.ts`. */
export * from './beacon-blackouts.ts';
export * from './beacon-ledger.ts';
export * from './beacon-lives.ts';
export * from './beacon-log.ts';
