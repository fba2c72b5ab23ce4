/**
 * A stated load of a guest on its own disk: random writes of 4 KiB at random times, so many a second, each noted with
 * its time on the guest's own clock since boot, which is that of the beacon's replies.
 */
import type {Cluster, Guest, Result} from '../types.ts';
import {guestExec} from './exec.ts';
import {startBeside, stopBeside, told} from './fio-beside.ts';

const name = 'load';
const log = '/run/seatrial-load';
const readMs = 60_000;
export const loadBlockBytes = 4096;

/** `seconds`: it ends by itself after so long. */
export async function startLoad(
  cluster: Cluster,
  guest: Guest,
  {perSecond, seconds}: {perSecond: number; seconds: number},
): Promise<Result<void, string>> {
  const begun = await startBeside(cluster, guest, {name, argv: loadArgv(guest.scratchDevice, perSecond, seconds)});
  return begun.ok ? {ok: true, value: undefined} : begun;
}

export interface LoadDone {
  /** fio's report. */
  report: string;
  /** fio's log of latencies. */
  log: string;
}

export async function stopLoad(cluster: Cluster, guest: Guest): Promise<Result<LoadDone, string>> {
  const report = await stopBeside(cluster, guest, name);
  if (!report.ok) return report;
  const outcome = await guestExec(cluster, guest, {argv: ['cat', `${log}_lat.1.log`], timeoutMs: readMs});
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 0)
    return {ok: true, value: {report: report.value, log: outcome.stdout}};
  return {ok: false, error: `fio in ${guest.name} left no log: ${told(outcome)}`};
}

function loadArgv(device: string, perSecond: number, seconds: number): readonly string[] {
  return [
    `--filename=${device}`,
    '--allow_file_create=0',
    '--ioengine=libaio',
    '--direct=1',
    '--thread',
    '--rw=randwrite',
    `--bs=${loadBlockBytes}`,
    '--size=64m',
    '--iodepth=4',
    `--rate_iops=,${perSecond}`,
    '--rate_process=poisson',
    '--randrepeat=0',
    '--norandommap',
    '--time_based',
    `--runtime=${seconds}`,
    `--write_lat_log=${log}`,
    '--disable_slat=1',
    '--disable_clat=1',
    '--clocksource=clock_gettime',
    '--log_alternate_epoch=1',
    // CLOCK_BOOTTIME
    '--log_alternate_epoch_clock_id=7',
  ];
}
