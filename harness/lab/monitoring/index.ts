/** Prometheus and Alertmanager on the lab's client, exporters and hooks on its nodes: laid down and started. */
import {idempotent, readOnly, stdoutOf, succeeded} from '../../cluster/commands.ts';
import type {Cluster, Host, Monitoring, Result} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {clientFiles, home, nodeMonitoring, ports} from './files.ts';
import {labAlerts, labFolders} from './rules.ts';

export {scrapeIntervals} from './intervals.ts';

export const monitoringPrograms = [
  'prometheus',
  'prometheus-alertmanager',
  'prometheus-node-exporter',
  'prometheus-libvirt-exporter',
  'ha_cluster_exporter',
  'webhook',
] as const;

/** As an inventory would describe it. */
export function labMonitoring(client: Host, ceph: boolean): Monitoring {
  const at = client.addresses.management ?? '';
  return {
    prometheus: `http://${at}:${ports.prometheus}`,
    alertmanager: `http://${at}:${ports.alertmanager}`,
    messages: `${at}:${ports.messages}`,
    alerts: labAlerts(ceph),
    folders: labFolders,
  };
}

const hook = '/var/lib/seatrial/disk/boot.d/60-monitoring';

/** Lays the files down, with a hook for every later boot, and starts what they say. `$1` the folder, `$2` the hook. */
const lay = (files: Record<string, string>, start: string): string =>
  [
    `set -e\nmkdir -p ${home}\n`,
    ...Object.entries({...files, start}).map(([name, text]) => {
      const path = name === 'start' ? hook : `${home}/${name}`;
      return `cat >${path} <<'SEATRIAL_END'\n${text.endsWith('\n') ? text : `${text}\n`}SEATRIAL_END\n`;
    }),
    `sh ${hook}\n`,
  ].join('');

/** Every target answers: an exporter that never came up would be an alarm of its own. */
const whole = `curl -sf -m 5 "$1/api/v1/targets?state=active" | python3 -c '
import json, sys
targets = json.load(sys.stdin)["data"]["activeTargets"]
wrong = [t["scrapeUrl"] + " " + t["health"] + " " + t["lastError"] for t in targets if t["health"] != "up"]
sys.exit(wrong[0] if wrong or not targets else 0)' && curl -sf -m 5 "$2/-/ready" >/dev/null`;

/**
 * A module of Ceph's manager, which the lab's else leaves out: the manager reads its modules when it starts. It listens
 * on IPv6 unless it is told, and a node has none.
 */
const cephExporter = `sed -i '/^mgr_disabled_modules/s/ prometheus\\b//' /etc/ceph/ceph.conf /var/lib/seatrial/disk/ceph/ceph.conf
ceph mgr fail
tries=0
until ceph mgr module ls | grep -q '"name": "prometheus"'; do
  [ $tries -lt 100 ] || { echo "Ceph's manager has no module prometheus" >&2; exit 1; }
  tries=$((tries + 1))
  sleep 0.3
done
ceph config set mgr mgr/prometheus/server_addr 0.0.0.0 --force
ceph config set mgr mgr/prometheus/scrape_interval 2 --force
ceph mgr module enable prometheus`;

async function enableCephExporter({nodes: [node], transport}: Cluster): Promise<Result<string, string>> {
  if (node === undefined) return {ok: false, error: 'a lab has nodes'};
  return stdoutOf(transport, node, idempotent(['sh', '-ec', cephExporter], 60_000));
}

const deadlineMs = 150_000;

/** Ends when every exporter has been asked once; `group` begins the names of the control groups of the nodes. */
export async function bootstrapMonitoring(
  cluster: Cluster,
  interval: string,
  group: string,
  signal: AbortSignal,
): Promise<Result<void, string>> {
  const {client, nodes, transport} = cluster;
  const ceph = cluster.storage === 'ceph';
  const all = [
    {host: client, ...clientFiles({client, nodes, ceph, interval})},
    ...nodes.map(node => ({host: node, ...nodeMonitoring(node, group)})),
  ];
  const laid = await Promise.all(
    all.map(({host, files, start}) =>
      stdoutOf(transport, host, {...idempotent(['sh'], 20_000, lay(files, start)), idempotent: false}),
    ),
  );
  const wrong = laid.find(each => !each.ok);
  if (wrong !== undefined && !wrong.ok) return wrong;
  const enabled = ceph ? await enableCephExporter(cluster) : undefined;
  if (enabled !== undefined && !enabled.ok) return enabled;
  const {prometheus, alertmanager} = labMonitoring(client, ceph);
  let last = '';
  const up = await waitFor(
    'every exporter to answer Prometheus',
    deadlineMs,
    async () => {
      const said = await transport.exec(client, readOnly(['sh', '-c', whole, 'whole', prometheus, alertmanager]));
      last = said.stderr.trim();
      return succeeded(said) ? true : undefined;
    },
    {signal},
  );
  return up.ok ? {ok: true, value: undefined} : {ok: false, error: `${up.error}: ${last}`};
}
