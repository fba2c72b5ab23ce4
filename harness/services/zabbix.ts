/**
 * A pair of Zabbix servers for the time of a trial: both on nodes, their database and their interface on the client.
 * All of it lies in one folder, with a password of its own.
 */
import {randomBytes} from 'node:crypto';
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, Result, Zabbix} from '../types.ts';

const folder = '/var/tmp/seatrial-zabbix';
/** Of the interface and of the database, on the client. */
const ports = {api: 18080, database: 15432};
/** From the last sign of the active server until the other takes over: the least that Zabbix takes; stock is 60 s. */
const failoverDelay = '10s';

/** How a pair that a trial has made is asked: as every new Zabbix is. */
export function ownZabbix(client: Host): NonNullable<Zabbix['existing']> {
  const api = `http://${client.addresses.management}:${ports.api}/api_jsonrpc.php`;
  return {api, login: {username: 'Admin', password: 'zabbix'}, host: 'seatrial', key: 'seatrial.drill'};
}

/** `$1` folder, `$2` own address, `$3` port of the database, `$4` of the interface, `$5` delay, then the servers. */
const makeBase = `here=$1 own=$2 database=$3 api=$4 delay=$5
shift 5
read -r password
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] && command -v php >/dev/null && [ -d /usr/share/zabbix ] && [ -d /usr/share/zabbix-server-pgsql ] ||
  { echo 'PostgreSQL, php or Zabbix is not installed: packages postgresql, php-pgsql, zabbix-frontend-php, zabbix-server-pgsql' >&2; exit 1; }
[ ! -e "$here" ] || { echo "$here is there already: run seatrial heal" >&2; exit 1; }
mkdir -m 711 "$here"
mkdir -m 700 "$here/data" "$here/www"
chown postgres "$here/data"
as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
as "$bin/initdb" -D "$here/data" -A trust --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null
cat >>"$here/data/postgresql.conf" <<END
listen_addresses = '$own'
port = $database
unix_socket_directories = '$here/data'
shared_buffers = 32MB
fsync = off
END
echo 'local all all trust' >"$here/data/pg_hba.conf"
for each in "$own" "$@"; do echo "host zabbix zabbix $each/32 scram-sha-256"; done >>"$here/data/pg_hba.conf"
cd "$here/data"
setsid -f setpriv --reuid postgres --regid postgres --init-groups "$bin/postgres" -D "$here/data" </dev/null >>"$here/data/log" 2>&1
sql() { as psql -q -v ON_ERROR_STOP=1 -h "$here/data" -p "$database" -U "$@"; }
tries=0
until sql postgres -c 'select 1' >/dev/null 2>&1; do
  [ $tries -lt 200 ] || { tail -n 3 "$here/data/log" >&2; exit 1; }
  tries=$((tries + 1))
  sleep 0.1
done
echo "create role zabbix login password '$password'; create database zabbix owner zabbix;" | sql postgres
for part in schema images data; do zcat "/usr/share/zabbix-server-pgsql/$part.sql.gz" | sql zabbix zabbix >/dev/null; done
echo "update config set ha_failover_delay = '$delay'" | sql zabbix zabbix
cp -r /usr/share/zabbix/. "$here/www/"
sed -i "s#/etc/zabbix/zabbix.conf.php#$here/www/seatrial.conf.php#" "$here/www/include/classes/core/CConfigFile.php"
cat >"$here/www/seatrial.conf.php" <<END
<?php \\$DB['TYPE']='POSTGRESQL'; \\$DB['SERVER']='$own'; \\$DB['PORT']='$database'; \\$DB['DATABASE']='zabbix'; \\$DB['USER']='zabbix';
\\$DB['PASSWORD']='$password'; \\$DB['SCHEMA']=''; \\$DB['ENCRYPTION']=false; \\$DB['DOUBLE_IEEE754']=true; \\$ZBX_SERVER_NAME=''; \\$IMAGE_FORMAT_DEFAULT=IMAGE_FORMAT_PNG;
END
cd "$here/www"
setsid -f sh -c 'echo $$ >"$1/php.pid"; exec php -S "$2" -t "$1/www"' php "$here" "$own:$api" </dev/null >>"$here/php.log" 2>&1`;

/** `$1` folder, `$2` name, `$3` own address, `$4` its port, `$5` host and `$6` port of the database. */
const makeServer = `here=$1
read -r password
command -v zabbix_server >/dev/null || { echo 'zabbix_server is not installed: package zabbix-server-pgsql' >&2; exit 1; }
! pgrep -x zabbix_server >/dev/null || { echo 'a zabbix_server runs here already: describe it as existing' >&2; exit 1; }
mkdir -m 700 "$here"
cat >"$here/conf" <<END
DBHost=$5
DBPort=$6
DBName=zabbix
DBUser=zabbix
DBPassword=$password
LogFile=$here/log
PidFile=$here/pid
SocketDir=$here
ListenIP=$3
ListenPort=$4
AllowRoot=1
HANodeName=$2
NodeAddress=$3:$4
StartPollers=1
StartPollersUnreachable=1
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
StartTrappers=1
StartPreprocessors=1
StartDBSyncers=1
StartLLDProcessors=1
StartAlerters=1
StartTimers=1
StartEscalators=1
StartHistoryPollers=1
StartReportWriters=0
CacheUpdateFrequency=2
CacheSize=16M
ValueCacheSize=8M
END
setsid -f zabbix_server -f -c "$here/conf" </dev/null >>"$here/out" 2>&1
tries=0
until [ -s "$here/pid" ]; do
  [ $tries -lt 100 ] || { tail -n 3 "$here/out" >&2; exit 1; }
  tries=$((tries + 1))
  sleep 0.1
done`;

/** `$1` folder. Only where it is there, and only what has it: a database and an interface that are ours. */
const remove = `here=$1
[ -e "$here" ] || exit 0
if [ -e "$here/conf" ]; then pkill -KILL -x zabbix_server || true; fi
if [ -s "$here/php.pid" ]; then
  p=$(cat "$here/php.pid")
  ! grep -qsF "$here/www" "/proc/$p/cmdline" || kill -KILL "$p"
fi
if [ -s "$here/data/postmaster.pid" ]; then
  p=$(head -n 1 "$here/data/postmaster.pid")
  ! grep -qsF "$here/data" "/proc/$p/cmdline" || kill -QUIT "$p"
  tries=0
  while [ -e "/proc/$p" ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
rm -rf "$here"`;

/** Starts all of it, in 20 s to a minute: most of that is the loading of Zabbix' own tables. */
export async function startZabbix(cluster: Cluster, {servers}: Zabbix): Promise<Result<void, string>> {
  const {client, transport} = cluster;
  const own = client.addresses.management ?? '';
  const password = `${randomBytes(12).toString('hex')}\n`;
  const hosts = servers.map(({address}) => address.replace(/:\d+$/, ''));
  const words = [folder, own, String(ports.database), String(ports.api), failoverDelay, ...hosts];
  const base = await stdoutOf(transport, client, {
    ...idempotent(['sh', '-ec', makeBase, 'base', ...words], 240_000, password),
    idempotent: false,
  });
  if (!base.ok) return base;
  // The first to come is the active one.
  for (const {node: name, address} of servers) {
    const node = cluster.nodes.find(each => each.name === name);
    if (node === undefined) return {ok: false, error: `services.zabbix: there is no node ${name}`};
    const [, host = '', port = '10051'] = /^(.*):(\d+)$/.exec(address) ?? [];
    const server = [folder, name, host, port, own, String(ports.database)];
    const argv = ['sh', '-ec', makeServer, 'server', ...server] as const;
    const made = await stdoutOf(transport, node, {...idempotent([...argv], 20_000, password), idempotent: false});
    if (!made.ok) return made;
  }
  return {ok: true, value: undefined};
}

/** Twice, or for nothing, is fine. */
export async function removeZabbix(cluster: Cluster): Promise<Result<void, string>> {
  const command = idempotent(['sh', '-c', remove, 'remove', folder], 30_000);
  const hosts = [...cluster.nodes, cluster.client];
  const removed = await Promise.all(hosts.map(host => stdoutOf(cluster.transport, host, command)));
  const wrong = removed.find(each => !each.ok);
  return wrong === undefined || wrong.ok ? {ok: true, value: undefined} : wrong;
}
