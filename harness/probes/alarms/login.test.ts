/** Logins: Prometheus and Alertmanager themselves behind TLS and a password, and a server that wants a token. */
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parseAlarmFacts, parseRuleBook} from '../../parse/alarm-probe.ts';
import type {Monitoring} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {alarmProbeCommand} from './driver.ts';

const there: Monitoring = {prometheus: '', alertmanager: '', messages: '127.0.0.1:1', alerts: {}, folders: {}};

/** What the probe says, of all rules unless another is asked for. */
function probed(
  monitoring: Monitoring,
  mode: Parameters<typeof alarmProbeCommand>[1] = {mode: 'rules'},
): Promise<{said: string; wrong: string}> {
  const {argv, stdin} = alarmProbeCommand(monitoring, mode, 5);
  const child = spawn(argv[0], argv.slice(1));
  let [said, wrong] = ['', ''];
  child.stdout.on('data', chunk => (said += chunk));
  child.stderr.on('data', chunk => (wrong += chunk));
  child.stdin.end(stdin);
  return new Promise(resolve => child.on('close', () => resolve({said, wrong})));
}

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** Of `secret-word`, by bcrypt. */
const hash = '$2y$04$LabvpabAu3oYsMWxpQamweBbqa5gXNibOnhepak9ngViw8oBSkm1K';

function secured(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-login-test-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=a -keyout key.pem -out';
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...words.split(' '), 'cert.pem', ...names], {cwd: folder, stdio: 'ignore'});
  const web = {tls_server_config: {cert_file: 'cert.pem', key_file: 'key.pem'}, basic_auth_users: {reader: hash}};
  writeFileSync(join(folder, 'web.yml'), JSON.stringify(web));
  const one = {alert: 'Down', expr: 'up == 0', labels: {severity: 'P0'}};
  const twice = {alert: 'Full', expr: 'vector(1) > 0'};
  const rules = {groups: [{name: 'a', interval: '1s', rules: [one, twice, {...twice, labels: {severity: 'P9'}}]}]};
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify(rules));
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({rule_files: ['rules.yml']}));
  const routes = {route: {receiver: 'a'}, receivers: [{name: 'a'}]};
  writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify(routes));
  return folder;
}

test('Prometheus and Alertmanager behind TLS with an authority of their own and a password', async t => {
  t.timeout(60_000);
  const folder = secured(t);
  const started = async (program: string, ...words: string[]) => {
    const port = await freePort();
    const common = ['--web.config.file=web.yml', `--web.listen-address=127.0.0.1:${port}`];
    const child = spawn(program, [...common, ...words], {cwd: folder, stdio: 'ignore'});
    t.teardown(() => child.kill('SIGKILL'));
    return `https://127.0.0.1:${port}`;
  };
  const prometheus = await started('prometheus', '--config.file=prometheus.yml', '--storage.tsdb.path=data');
  const own = ['--config.file=alertmanager.yml', '--storage.path=am', '--cluster.listen-address='];
  const alertmanager = await started('prometheus-alertmanager', ...own);
  const monitoring = {...there, prometheus, alertmanager, ca: join(folder, 'cert.pem')};
  const login = {username: 'reader', password: 'secret-word'};
  const book = await waitFor('both to be asked', 40_000, async () => {
    const read = parseRuleBook((await probed({...monitoring, login})).said, 'rules');
    return read.ok && read.value.rules.length > 0 ? read.value : undefined;
  });
  t.deepEqual(book.ok && book.value.rules.map(({name, labels}) => [name, labels]), [
    ['Down', {severity: 'P0'}],
    ['Full', {}],
    ['Full', {severity: 'P9'}],
  ]);
  const factsOf = async (rule: string, source: string | null) =>
    parseAlarmFacts((await probed({...monitoring, login}, {mode: 'facts', rule, source})).said, 'facts');
  const down = await factsOf('Down', 'ceph_health_status');
  const full = await factsOf('Full', null);
  if (!down.ok || !full.ok) return t.fail(JSON.stringify([down, full]));
  t.deepEqual([down.value.rule?.alike, full.value.rule?.alike], [1, 2]);
  t.deepEqual([down.value.source, full.value.source], [{selector: 'ceph_health_status', count: 0}, undefined]);
  const {offsetSeconds = 9, halfWidthSeconds = 9} = down.value.prometheusClock ?? {};
  t.true(Math.abs(offsetSeconds) <= halfWidthSeconds + 0.01, 'the clock of this very machine');
  const named = {names: [], node: [], pending: true};
  const quiet = async (rule: string) =>
    (await probed({...monitoring, login}, {mode: 'quiet', rule, ...named})).said.trim();
  t.deepEqual([await quiet('Down'), await quiet('Full')], ['yes', 'no']);
  t.regex((await probed(monitoring)).wrong, /HTTP Error 401/);
  t.regex((await probed({...monitoring, login: {...login, password: 'another'}})).wrong, /HTTP Error 401/);
  const {ca: _, ...withoutAuthority} = monitoring;
  t.regex((await probed({...withoutAuthority, login})).wrong, /CERTIFICATE_VERIFY_FAILED/);
});

test('a token goes to whom it is for, in no argument, and not on to where an answer leads', async t => {
  const heard: [string, string | undefined][] = [];
  const server = createServer(({url = '', headers}, answer) => {
    heard.push([url.replace(/\?.*/, ''), headers.authorization]);
    if (url.startsWith('/api/v1/rules')) answer.writeHead(302, {location: '/elsewhere'}).end();
    else answer.end(JSON.stringify({data: {groups: [], activeTargets: []}}));
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await new Promise(resolve => server.once('listening', resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const monitoring = {...there, prometheus: at, alertmanager: at, login: {token: 'secret-token'}};
  await probed(monitoring);
  t.deepEqual(heard.slice(0, 3), [
    ['/api/v1/rules', 'Bearer secret-token'],
    ['/elsewhere', undefined],
    ['/api/v1/targets', 'Bearer secret-token'],
  ]);
  t.false(alarmProbeCommand(monitoring, {mode: 'watch'}, 5).argv.join(' ').includes('secret-token'));
});
