/** What a guest's virtual CPUs got of their node between two looks at QEMU's threads. Pure. */
import type {QemuThreads} from '../../harness/parse/qemu-threads.ts';

/** QEMU's threads of its virtual CPUs; libvirt leaves some of the others where they are. */
export function virtualProcessors({threads}: QemuThreads): QemuThreads['threads'] {
  return threads.filter(({name}) => /^(?:CPU \d|ALL CPUs)/.test(name));
}

/** Shares of the time between them that a virtual CPU ran, and that it wanted a processor and had none, on average. */
export function sharesBetween(first: QemuThreads, last: QemuThreads): {ran: number; waited: number} {
  const sum = (look: QemuThreads, of: 'ranSeconds' | 'waitedSeconds') =>
    virtualProcessors(look).reduce((total, thread) => total + thread[of], 0);
  const time = (last.uptimeSeconds - first.uptimeSeconds) * virtualProcessors(last).length;
  const share = (of: 'ranSeconds' | 'waitedSeconds') => (sum(last, of) - sum(first, of)) / time;
  return {ran: share('ranSeconds'), waited: share('waitedSeconds')};
}
