/** What came of it; throws where nothing did, with the sentence. */
export function done<T>(result: {ok: true; value: T} | {ok: false; error: unknown}): T {
  if (result.ok) return result.value;
  throw new Error(typeof result.error === 'string' ? result.error : JSON.stringify(result.error));
}
