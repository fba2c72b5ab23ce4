/** Prometheus and Alertmanager of the cluster: `monitoring` of the inventory. Without it no fire drill applies. */
import {z} from 'zod';
import {alarmKinds, type Monitoring} from '../types.ts';
import {absolutePath} from './fields.ts';
import {type HttpLogin, httpLogin} from './http-login.ts';

/** As written: the secret is yet to be read. */
export interface InventoryMonitoring extends Omit<Monitoring, 'login'> {
  login?: HttpLogin;
}

const url = z.string().regex(/^https?:\/\/[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:\/[\w./-]*[\w-])?$/, {
  error: 'http:// or https:// and an address, such as http://10.0.0.9:9090, without a slash at the end',
});
const listening = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]*:[1-9][0-9]{0,4}$/, {
  error: 'an address of the client and a port, such as 10.0.0.9:9099',
});
const ruleName = z.string().min(1).max(200);

const alerts = z
  .strictObject(
    Object.fromEntries(
      alarmKinds.map(kind => [kind, ruleName.exactOptional().describe('name of its rule in Prometheus')]),
    ) as Record<(typeof alarmKinds)[number], z.ZodExactOptional<typeof ruleName>>,
  )
  .default({});

export const monitoringSchema: z.ZodType<InventoryMonitoring> = z.strictObject({
  prometheus: url.describe('as the client reaches it'),
  alertmanager: url.describe('as the client reaches it'),
  login: httpLogin.exactOptional().describe('of both, where they want one'),
  ca: absolutePath
    .exactOptional()
    .describe("on the client: certificate of the authority of both, for https with one that is none of the system's"),
  messages: listening.describe(
    "where a webhook receiver of Alertmanager's posts, on the client: seatrial listens there during a drill",
  ),
  alerts: alerts.describe('which rule is which alarm; drills of those that are left out are not applicable'),
  folders: z
    .strictObject({
      storage: absolutePath.exactOptional().describe('on every node; its file system is filled for storage and disk'),
      logs: absolutePath.exactOptional().describe('on every node; a log of ours grows in it'),
    })
    .default({})
    .describe('what the rules on storage and on logs watch'),
});
