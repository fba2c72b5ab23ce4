import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';

/**
 * Erlang C: the chance that an arrival must wait, at `load` erlangs (arrivals · service time) on `servers`. 1 when the
 * load reaches the servers. Stable for thousands of servers (the recurrence of Erlang B). Source: Erlang 1917.
 */
export function erlangC(servers: number, load: number): Stat<number> {
  const what = 'Erlang C';
  if (!Number.isInteger(servers) || servers < 1 || servers > 1e6) {
    return refuse(what, 'a whole number of servers from 1 to a million', String(servers));
  }
  if (!(load >= 0 && Number.isFinite(load))) return refuse(what, 'a load ≥ 0 erlang', String(load));
  if (load >= servers) return answer(1);
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (load * blocked) / (n + load * blocked);
  return answer((servers * blocked) / (servers - load * (1 - blocked)));
}
