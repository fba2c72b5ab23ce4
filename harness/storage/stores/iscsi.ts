/**
 * tgt on one node. A tgtd that is started again knows no target: what is not in its files under /etc/tgt is forgotten,
 * and its clients get errors in place of their disk. So readiness asks for that, and healing reads the files again.
 */
import type {Cluster, Host, Result} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {layHook, onlyServer, onServers, script} from './servers.ts';
import type {StoreBackend} from './store.ts';

const port = 3260;
const target = 'iqn.2026-11.lab:store-iscsi';
const path = '/var/lib/seatrial/disk/store-iscsi';

export const iscsi: StoreBackend = {
  title: 'iSCSI (tgt)',
  async readiness(cluster, store) {
    for (const server of onServers(cluster, store)) {
      const why = await notReady(cluster, server, store.source);
      if (why !== undefined) return why;
    }
    return undefined;
  },
  async heal(cluster, store) {
    for (const server of onServers(cluster, store)) {
      const serves = await serveAgain(cluster, server);
      if (!serves.ok) return serves;
    }
    return {ok: true, value: undefined};
  },
  lab: {
    programs: ['tgtd', 'tgtadm', 'tgt-admin'],
    servers: 'last',
    source: target,
    async serve({cluster}, store, bytes) {
      const found = onlyServer(cluster, store);
      if (!found.ok) return found;
      const {server, address} = found.value;
      const laid = await layHook(cluster, server, {
        name: '41-store-iscsi',
        prepare: `truncate -s ${bytes} ${path}\ncat >/etc/tgt/conf.d/seatrial.conf <<'END'\n${targetsText}END`,
        hook: tgtHook(address),
      });
      if (!laid.ok) return laid;
      return {ok: true, value: [{protocol: 'iscsi', target, lun: 1, host: address, port}]};
    },
  },
};

/** The server's own page cache would answer for the disk. */
const targetsText = `<target ${target}>
  <backing-store ${path}>
    bsoflags direct
    write-cache off
  </backing-store>
</target>
`;

const tgtHook = (address: string): string => `mkdir -p /run/tgtd
setsid tgtd -f --iscsi portal=${address}:${port} </dev/null >/dev/null 2>>/var/log/tgtd.log &
tries=0
until tgtadm --op show --mode sys >/dev/null 2>&1; do
  tries=$((tries + 1)); [ $tries -lt 100 ] || { tail -n 3 /var/log/tgtd.log >&2; exit 1; }
  sleep 0.1
done
tgt-admin --execute`;

/** Why a restart would lose the target, or what is missing now. */
async function notReady(cluster: Cluster, server: Host, name: string | undefined): Promise<string | undefined> {
  const shown = await script(cluster, server, 'tgtadm --lld iscsi --op show --mode target');
  if (!shown.ok) return shown.error;
  const known = [...shown.value.matchAll(/^Target \d+: (\S+)$/gm)].map(([, each = '']) => each);
  const wanted = name === undefined ? known : [name];
  const missing = wanted.find(each => !known.includes(each));
  if (missing !== undefined) return `tgtd on ${server.name} has no target ${missing}`;
  if (wanted.length === 0) return `tgtd on ${server.name} has no target`;
  const kept = await script(cluster, server, 'cat /etc/tgt/targets.conf /etc/tgt/conf.d/*.conf 2>/dev/null || true');
  if (!kept.ok) return kept.error;
  const forgotten = wanted.find(each => !kept.value.includes(`<target ${each}>`));
  if (forgotten === undefined) return undefined;
  return `tgtd on ${server.name} would forget ${forgotten} when it is started again: no file under /etc/tgt names it`;
}

const serveMs = 30_000;

/** Answers, and has read its files: those that it has already it leaves as they are. */
async function serveAgain(cluster: Cluster, server: Host): Promise<Result<void, string>> {
  let last = '';
  const serves = await waitFor(`tgtd on ${server.name} to serve again`, serveMs, async () => {
    const read = await script(cluster, server, 'tgt-admin --execute');
    if (!read.ok) last = read.error;
    return read.ok ? true : undefined;
  });
  return serves.ok ? {ok: true, value: undefined} : {ok: false, error: `${serves.error}; last: ${last}`};
}
