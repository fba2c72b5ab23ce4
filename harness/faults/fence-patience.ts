/**
 * How long a cluster may take, by its own configuration, until it has fenced a node whose controller is heard again:
 * the request that is under way runs into its time-out first, and the next one goes through every device. Pure.
 */
import {fenceDevices, fencingTimeoutOf} from '../cluster/fencing.ts';
import type {Element} from '../parse/xml.ts';
import {durationMs} from '../settings/duration.ts';

/** Of one device: Pacemaker's own, where nothing is set. */
const usualMs = 60_000;
/** What the fencer adds to the devices' times together. */
const share = 1.2;
/** For the requests in themselves, and for who asks again. */
const besidesMs = 60_000;

/** In milliseconds, from the moment on at which the controller is heard. `cib` is its configuration. */
export function fencePatienceMs(cib: Element, node: string): number {
  const common = durationMs(fencingTimeoutOf(cib) ?? '') ?? usualMs;
  const own = fenceDevices(cib)
    .filter(({targets}) => targets === undefined || targets.includes(node))
    .map(({parameters}) => {
      const set = ['pcmk_off_timeout', 'pcmk_reboot_timeout'].flatMap(name => durationMs(parameters[name] ?? '') ?? []);
      return Math.max(common, ...set);
    });
  const request = share * own.reduce((sum, each) => sum + each, 0);
  return 2 * Math.max(request, common) + besidesMs;
}
