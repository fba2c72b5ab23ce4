/** A log that a trial kept, with the clock that places its lines. */
import type {HostLog} from '../../harness/parse/stamped-lines.ts';
import type {Artefacts, ParseError, Result} from '../../harness/types.ts';
import {clockOf, type ResilienceFacts} from './facts.ts';

export function hostLog(
  raw: Artefacts,
  facts: ResilienceFacts,
  name: 'pacemaker' | 'corosync',
  host: string,
): Result<HostLog, ParseError> {
  const artefact = `${name}-${host}.log`;
  const text = raw.text(artefact);
  if (!text.ok) return text;
  const clock = clockOf(facts, host);
  if (clock !== undefined) return {ok: true, value: {host, artefact, text: text.value, clock}};
  const expected = `the clock of ${host}, to place its log`;
  return {ok: false, error: {artefact: 'failover.json', path: '/clocks', expected, found: 'none'}};
}
