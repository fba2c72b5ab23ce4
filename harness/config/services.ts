/** What runs beside the guests: `services` of the inventory. Scenarios of what is left out are not applicable. */
import {z} from 'zod';
import type {Etcd, Logs, Services, VirtualAddress, Zabbix} from '../types.ts';
import {type BasicLogin, basicLogin} from './basic-login.ts';
import {absolutePath, name} from './fields.ts';

/** As written: passwords are yet to be read. */
export interface InventoryServices extends Omit<Services, 'zabbix'> {
  zabbix?: Omit<Zabbix, 'existing'> & {
    existing?: Omit<NonNullable<Zabbix['existing']>, 'login'> & {login: BasicLogin};
  };
}

const virtualAddress: z.ZodType<VirtualAddress> = z.strictObject({
  address: z.ipv4({error: 'an IPv4 address'}).describe('on the service plane; free where it does not exist yet'),
  prefixLength: z.int().min(8).max(32).describe('of the network of the service plane'),
  existing: z
    .boolean()
    .default(false)
    .describe('it is there already, and is used as it is; else each trial makes it and takes it away again'),
});

const url = z.string().regex(/^https?:\/\/[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5}$/, {
  error: 'http:// or https://, an address and a port, such as http://10.0.0.1:2379',
});

const etcd: z.ZodType<Etcd> = z
  .strictObject({
    members: z
      .array(
        z.strictObject({
          node: name.describe('that it dies with'),
          url: url.describe('where clients ask it; its peers ask it at the next port where the trial starts it'),
        }),
      )
      .min(3)
      .max(9)
      .describe('of the etcd cluster, all of them'),
    existing: z
      .boolean()
      .default(false)
      .describe('it runs already, and is used as it is; else each trial starts the members and ends them again'),
    tls: z
      .strictObject({
        ca: absolutePath.describe('certificate of the authority'),
        certificate: absolutePath.describe('of a client'),
        key: absolutePath.describe('of that certificate'),
      })
      .exactOptional()
      .describe('files on the client and on every member; for existing members that want them'),
  })
  .superRefine(({existing, tls, members}, context) => {
    if (existing) return;
    const secured = members.findIndex(member => member.url.startsWith('https:'));
    if (tls === undefined && secured < 0) return;
    context.addIssue({
      code: 'custom',
      path: tls === undefined ? ['members', secured, 'url'] : ['tls'],
      params: {expected: 'plain http for members that a trial starts', hint: 'leave tls out, or say existing: true'},
    });
  });

const zabbix = z.strictObject({
  servers: z
    .array(
      z.strictObject({
        node: name.describe('that it runs on; its name in Zabbix (HANodeName) too'),
        address: z
          .string()
          .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*:[1-9][0-9]{0,4}$/, {
            error: 'an address and a port, such as 10.0.0.1:10051',
          })
          .describe('where it takes values'),
      }),
    )
    .min(2)
    .max(9)
    .superRefine((servers, context) => {
      for (const [index, {node}] of servers.entries()) {
        if (servers.findIndex(each => each.node === node) === index) continue;
        const params = {expected: 'a node that no other server of it runs on', hint: 'they are told apart by it'};
        context.addIssue({code: 'custom', path: [index, 'node'], params});
      }
    })
    .describe('of one Zabbix, all of them'),
  existing: z
    .strictObject({
      api: z
        .string()
        .regex(/^https?:\/\/\S+\.php$/, {error: 'the address of api_jsonrpc.php'})
        .describe('as the client reaches it'),
      login: basicLogin.describe('of a user who may see the servers (a super admin)'),
      host: z.string().min(1).max(128).describe('technical name of a host of Zabbix'),
      key: z.string().min(1).max(255).describe('of an item of it, type trapper, whose trigger fires above 0'),
    })
    .exactOptional()
    .describe('it is there already; else each trial makes it and takes it away again'),
});

const logs: z.ZodType<Logs> = z.strictObject({
  collector: name.describe('the node whose rsyslogd takes the lines of all others'),
  existing: z
    .strictObject({
      store: absolutePath.describe('on that node: the file that holds an entry a line, as JSON'),
      spool: absolutePath
        .exactOptional()
        .describe('on every other node: the folder where its rsyslogd keeps what nobody takes (workDirectory)'),
    })
    .exactOptional()
    .describe('it is there already, and takes what logger writes; else each trial makes it and takes it away again'),
});

/** Every node that is spoken of, and where. */
export function nodesOfServices({
  etcd,
  zabbix,
  logs: way,
}: InventoryServices): {node: string; path: (string | number)[]}[] {
  const listed = (at: string[], all: readonly {node: string}[] = []) =>
    all.map(({node}, index) => ({node, path: ['services', ...at, index, 'node']}));
  return [
    ...listed(['etcd', 'members'], etcd?.members),
    ...listed(['zabbix', 'servers'], zabbix?.servers),
    ...(way === undefined ? [] : [{node: way.collector, path: ['services', 'logs', 'collector']}]),
  ];
}

export const servicesSchema: z.ZodType<InventoryServices> = z.strictObject({
  ipaddr2: virtualAddress.exactOptional().describe("kept by Pacemaker's ocf:heartbeat:IPaddr2"),
  keepalived: virtualAddress.exactOptional().describe('kept by Keepalived on the nodes, over VRRP'),
  etcd: etcd.exactOptional().describe('the key-value store with the state of the nodes'),
  zabbix: zabbix.exactOptional().describe('monitoring servers that stand in for each other'),
  logs: logs.exactOptional().describe('the way of log lines from the nodes to a store'),
});
