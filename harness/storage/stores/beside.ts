/** Which stores are held against each other: those of the guest that has a null disk too, which is their control. */
import type {Store} from '../../types.ts';

/** Without the control; empty where no guest has both. Pure. */
export function storesBeside(stores: readonly Store[]): readonly Store[] {
  const control = controlOf(stores);
  return stores.filter(({kind, guest}) => kind !== 'null' && guest === control?.guest);
}

/** The null disk of the first guest that has other stores too. Pure. */
export function controlOf(stores: readonly Store[]): Store | undefined {
  return stores.find(
    ({kind, guest}) => kind === 'null' && stores.some(other => other.kind !== 'null' && other.guest === guest),
  );
}
