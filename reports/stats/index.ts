export * from './bins.ts';
export * from './error.ts';
