import test from 'ava';
import type {z} from 'zod';
import * as schema from './schema.ts';
import type {
  Fingerprint,
  ParseError,
  PlacedSetting,
  Plan,
  Profile,
  ReadBack,
  Resumption,
  RunHeader,
  StoredArtefact,
  StoredRun,
  TrialRecord,
  Unit,
} from './types.ts';

/** Without `readonly`, all the way down. */
type Plain<T> = T extends readonly (infer E)[]
  ? Plain<E>[]
  : T extends object
    ? {-readonly [K in keyof T]: Plain<T[K]>}
    : T;
type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

/** Does not compile when a key, its optionality or its type differs between a schema and its type. */
const heldEqual: readonly [
  Same<z.infer<typeof schema.runHeader>, RunHeader>,
  Same<z.infer<typeof schema.profile>, Profile>,
  Same<z.infer<typeof schema.placedSetting>, PlacedSetting>,
  Same<z.infer<typeof schema.resumption>, Resumption>,
  Same<z.infer<typeof schema.fingerprint>, Fingerprint>,
  Same<z.infer<typeof schema.plan>, Plan>,
  Same<z.infer<typeof schema.readBack>, ReadBack>,
  Same<z.infer<typeof schema.storedArtefact>, StoredArtefact>,
  Same<z.infer<typeof schema.trialRecord>, TrialRecord>,
  Same<z.infer<typeof schema.parseError>, ParseError>,
  Same<z.infer<typeof schema.unit>, Unit>,
  Same<z.infer<typeof schema.endStatus>, NonNullable<StoredRun['ended']>['status']>,
  // The control: what differs by one optional key is not the same.
  Same<Omit<z.infer<typeof schema.runHeader>, 'confirms'>, RunHeader>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, false];

test('the schemas are the types, and the comparison sees one optional key', t => {
  t.is(heldEqual.indexOf(false), heldEqual.length - 1);
});

test('an event that is read again must be whole; any other is kept with its slot', t => {
  const at = '2026-01-02T03:04:05.000Z';
  t.true(schema.runEvent.safeParse({at, kind: 'said', slot: 3, text: 'x'}).success);
  t.true(schema.runEvent.safeParse({at, kind: 'ended', status: 'complete', reason: ''}).success);
  t.false(schema.runEvent.safeParse({at, kind: 'ended', status: 'fine', reason: ''}).success);
  t.false(schema.runEvent.safeParse({at, kind: 'trial-ended', slot: 3}).success);
  t.false(schema.runEvent.safeParse({kind: 'said'}).success);
});
