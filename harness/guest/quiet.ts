/** Takes away what scenarios have put into a guest's memory: a writer that runs, and a pattern. */
import {domains} from '../cluster/libvirt.ts';
import type {Cluster, Guest, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {guestExec} from './exec.ts';
import {patternFile} from './inside.ts';
import {writerFiles} from './writer.ts';

/** A guest that was just started anew answers only once its agent does. */
const answerDeadlineMs = 90_000;
const script = `pid=$(cat "$1.pid" 2>/dev/null) && kill -9 "$pid" 2>/dev/null
rm -f "$1".* /dev/shm/seatrial-writer* "$2"`;

/** For a guest that runs nowhere there is nothing to do: its memory is gone. */
export async function quietGuest(cluster: Cluster, guest: Guest): Promise<Result<void, string>> {
  const argv = ['sh', '-c', script, 'quiet', writerFiles, patternFile] as const;
  let last = '';
  const done = await waitFor(`${guest.name} to take away a writer and a pattern`, answerDeadlineMs, async () => {
    const {active, silent} = await domains(cluster);
    if (silent.length === 0 && !active.some(({domain}) => domain === guest.name)) return true;
    const {exit, stderr} = await guestExec(cluster, guest, {argv, timeoutMs: 20_000});
    last = exit.kind === 'unreachable' ? exit.reason : stderr.trim() || JSON.stringify(exit);
    return exit.kind === 'exited' && exit.code === 0 ? true : undefined;
  });
  return done.ok ? {ok: true, value: undefined} : {ok: false, error: `${done.error}; last: ${last}`};
}
