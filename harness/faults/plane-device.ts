import type {Host, Plane, Result} from '../types.ts';

/** The interface of a node in a plane, where the inventory names it. */
export function deviceOf({name, interfaces}: Host, plane: Plane): Result<string, string> {
  const device = interfaces[plane];
  if (device !== undefined) return {ok: true, value: device};
  return {ok: false, error: `${name} has no interface in the ${plane} plane`};
}
