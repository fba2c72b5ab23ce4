/**
 * The files of a report as what the rules read: each host's outputs under the names that a trial keeps them by. What is
 * not in the report is not there, and its rules are not known. Pure.
 */
import {basename} from 'node:path';
import {names} from '../../../suites/conformance/readings.ts';
import {hasSecret, withoutSecretValues} from './plain-secrets.ts';
import type {ReportFiles} from './report-folder.ts';

/** `cib.xml`, `n1-host.txt`: as `artefactOf` names them. */
export type Outputs = Map<string, string>;

/** A crm_report has a folder for each node; a sos archive is of one host, whose name the kernel says. */
export function outputsOf(files: ReportFiles): Outputs {
  const found: Outputs = new Map();
  const folders = new Set(
    [...files.keys()].filter(path => /(?:cib\.xml(?:\.live)?|corosync\.conf|corosync\.dump)$/.test(path)).map(folderOf),
  );
  const own = hostIn(files);
  for (const folder of folders) {
    const isSos = /(?:^|\/)etc\/corosync$/.test(folder);
    const host = isSos ? own : basename(folder);
    if (host !== undefined && host !== '')
      addNode(found, host, path => files.get(folder === '' ? path : `${folder}/${path}`));
  }
  if (own !== undefined) addSos(found, own, files);
  return found;
}

/** What the kernel calls the host; /etc/hostname may never have come into force. */
function hostIn(files: ReportFiles): string | undefined {
  const first = (end: RegExp) => [...files].find(([path]) => end.test(path))?.[1].trim();
  const name = first(/(?:^|\/)sos_commands\/host\/hostname$/) ?? first(/(?:^|\/)uname_-a$/)?.split(' ')[1];
  return name?.split('.')[0];
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** What crm_report keeps in a node's folder. */
function addNode(found: Outputs, host: string, file: (path: string) => string | undefined): void {
  const put = (name: string, text: string | undefined) => text !== undefined && found.set(`${host}-${name}`, text);
  // The one without its end lies on the disk, and has no status.
  const cib = file('cib.xml.live') ?? file('cib.xml');
  if (cib?.includes('<configuration')) {
    put(names.own, /<configuration[\s\S]*<\/configuration>/.exec(cib)?.[0]);
    const whole = found.get(names.cib);
    if (whole === undefined || (!whole.includes('<status') && cib.includes('<status'))) found.set(names.cib, cib);
  }
  addConfig(found, host, file('corosync.conf'));
  put(names.map, file('corosync.dump'));
  // It is there where crm_verify had something to say.
  const complaint = file('crm_verify.txt');
  if (complaint !== undefined && complaint.trim() !== '') put(names.verify, `${complaint.trimEnd()}\nexit 1\n`);
  put(names.facts, versionsIn(file('sysinfo.txt') ?? ''));
}

function addConfig(found: Outputs, host: string, text: string | undefined): void {
  if (text === undefined) return;
  found.set(`${host}-${names.config}`, withoutSecretValues(text));
  if (!found.has(names.config)) found.set(names.config, withoutSecretValues(text));
  const secrets = hasSecret(text).map(line => `corosync.conf:${line}`);
  // None in this file says nothing of the others.
  if (secrets.length > 0) addAnswers(found, host, {secrets: [...secrets, 'asked'].join('\n')});
}

/** What sos keeps of a host. */
function addSos(found: Outputs, host: string, files: ReportFiles): void {
  const first = (end: RegExp) => [...files].find(([path]) => end.test(path))?.[1];
  const all = (end: RegExp) => [...files].filter(([path]) => end.test(path));
  const map = first(/corosync\/corosync-cmapctl$/);
  if (map !== undefined) found.set(`${host}-${names.map}`, map);
  const versions = versionsIn(first(/installed-(?:debs|rpms)$/) ?? '');
  if (versions !== undefined) found.set(`${host}-${names.facts}`, versions);
  const domains = all(/libvirt\/qemu\/[^/]+\.xml$/).map(([, text]) =>
    text.replace(/<\?xml[^>]*>|<!--[\s\S]*?-->/g, ''),
  );
  if (domains.length > 0) found.set(`${host}-${names.domains}`, `<domains>\n${domains.join('\n')}\n</domains>\n`);
  const settings = all(/libvirt\/(?:libvirtd|virtproxyd|qemu)\.conf$/).flatMap(([path, text]) =>
    settingsIn(basename(path), text),
  );
  addAnswers(found, host, {
    memory: /^MemTotal:\s+(\d+) kB/m.exec(first(/meminfo$/) ?? '')?.[1],
    tcp: /^net\.ipv4\.tcp_retries2 = (\d+)$/m.exec(first(/sysctl_-a$/) ?? '')?.[1],
    ksm: first(/mm\/ksm\/run$/)?.trim(),
    numa: numaIn(first(/lscpu$/) ?? ''),
    time: trackingIn(first(/chronyc_(?:-n_)?tracking$/) ?? ''),
    libvirt: settings.length > 0 ? settings.join('\n') : undefined,
    firewall: asked(first(/nft_(?:-a_)?list_ruleset$/)),
    disks: asked(first(/mdstat$/)?.replaceAll(/^/gm, 'mdstat ')),
    init: [...files.keys()].some(path => path.includes('sos_commands/systemd/')) ? 'systemd' : undefined,
  });
  addCeph(found, files);
}

function settingsIn(name: string, text: string): readonly string[] {
  const lines = withoutSecretValues(text)
    .split('\n')
    .filter(line => /^\s*[^#\s]/.test(line));
  return [...lines.map(line => `/etc/libvirt/${name}:${line}`), `/etc/libvirt/${name}:(read)`];
}

function asked(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${text.trimEnd()}\nasked`;
}

function numaIn(lscpu: string): string | undefined {
  const count = Number(/NUMA node\(s\):\s*(\d+)/.exec(lscpu)?.[1]);
  if (!(count > 0)) return undefined;
  return Array.from({length: count}, (_, index) => `/sys/devices/system/node/node${index}`).join('\n');
}

/** chrony's words for people, as its line for programs. */
function trackingIn(text: string): string | undefined {
  const [, seconds, side] = /^System time\s*:\s*([\d.]+) seconds (slow|fast)/m.exec(text) ?? [];
  const leap = /^Leap status\s*:\s*(.+)$/m.exec(text)?.[1]?.trim();
  if (seconds === undefined || leap === undefined) return undefined;
  const [reference, delay, dispersion] = [
    /^Reference ID\s*:\s*(\w+)/m,
    secondsOf('Root delay'),
    secondsOf('Root dispersion'),
  ].map(shape => shape.exec(text)?.[1] ?? '');
  return `${reference},,,,${side === 'slow' ? '-' : ''}${seconds},,,,,,${delay},${dispersion},,${leap}`;
}

function secondsOf(name: string): RegExp {
  return new RegExp(`^${name}\\s*:\\s*([\\d.]+) seconds`, 'm');
}

/** Versions as a fingerprint has them, from a list of packages. */
function versionsIn(packages: string): string | undefined {
  const lines = ['corosync', 'pacemaker'].flatMap(program => {
    const version = new RegExp(`(?:^|\\s)${program}(?::amd64)?[\\s-]+v?(?:\\d+:)?(\\d+\\.\\d+[\\w.]*)`, 'm').exec(
      packages,
    )?.[1];
    return version === undefined ? [] : [`=${program}\n${version}`];
  });
  return lines.length === 2 ? `${lines.join('\n')}\n` : undefined;
}

/** Adds answers to the host's questions; what is undefined was not asked. */
function addAnswers(found: Outputs, host: string, answers: Readonly<Record<string, string | undefined>>): void {
  const name = `${host}-${names.host}`;
  const before = (found.get(name) ?? '').replace(/=end\n$/, '');
  const more = Object.entries(answers).flatMap(([question, text]) =>
    text === undefined ? [] : [`=${question}\n${text}\n`],
  );
  if (more.length > 0) found.set(name, `${before}${more.join('')}=end\n`);
}

/** What was said to a host's questions twice: of one that both were asked the first counts. */
export function bothAnswers(first: string, second: string): string {
  // Who reads them takes the last answer to a question (`sectionsOf`).
  return `${second.replace(/=end\n$/, '')}${first}`;
}

const cephFiles: Readonly<Record<string, RegExp>> = {
  pools: /ceph_osd_pool_ls_detail_--format_json-pretty$/,
  monitors: /ceph_mon_dump_--format_json-pretty$/,
  osds: /ceph_osd_tree_--format_json-pretty$/,
  df: /ceph_osd_df_--format_json-pretty$/,
  versions: /ceph_versions$/,
};

function addCeph(found: Outputs, files: ReportFiles): void {
  const parts = Object.entries(cephFiles).flatMap(([question, end]) => {
    const text = [...files].find(([path]) => end.test(path))?.[1];
    return text === undefined ? [] : [`=${question}\n${text.trim()}\n`];
  });
  if (parts.length > 0 && !found.has(names.ceph)) found.set(names.ceph, `${parts.join('')}=end\n`);
}
