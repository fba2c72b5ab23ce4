/**
 * What a report of a stranger's cluster holds for the rules: a folder or a tar file, made by crm_report (Pacemaker), by
 * `crm report` (crmsh), or by sos on a node. Only files that rules know are unpacked, and no link is followed out of
 * the report.
 */
import {existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {runLocally} from '../../../harness/transport/local.ts';
import {CommandError} from '../kit/command-error.ts';

/** Files of a report by their paths in it. */
export type ReportFiles = ReadonlyMap<string, string>;

/** Ends of the paths that are of use. */
const wanted = [
  ...[
    'cib.xml',
    'cib.xml.live',
    'corosync.conf',
    'corosync.dump',
    'sysinfo.txt',
    'crm_verify.txt',
    'hostname',
    'uname_-a',
  ],
  ...['libvirtd.conf', 'virtproxyd.conf', 'qemu.conf', 'libvirt/qemu/*.xml', 'corosync-cmapctl', 'meminfo'],
  ...[
    'sysctl_-a',
    'installed-debs',
    'installed-rpms',
    'package-data',
    'mm/ksm/run',
    'chronyc_tracking',
    'chronyc_-n_tracking',
  ],
  ...[
    'nft_list_ruleset',
    'nft_-a_list_ruleset',
    'sestatus',
    'lscpu',
    'mdstat',
    'bonding/*',
    'sysconfig/sbd',
    'default/sbd',
  ],
  ...['json_output/ceph_*', 'ceph_versions', 'audit.log', 'systemctl_list-units'],
] as const;

const mostBytes = 16 * 2 ** 20;
const mostFiles = 5_000;

export async function reportFiles(path: string): Promise<ReportFiles> {
  if (!existsSync(path)) throw new CommandError(`there is no report ${path}`, 'Name a folder, or a tar file.');
  if (statSync(path).isDirectory()) return filesBelow(path);
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-report-'));
  try {
    const members = wanted.map(end => `*/${end}`);
    const argv = ['tar', '--extract', '--file', path, '--directory', folder, '--no-same-owner', '--wildcards'] as const;
    const outcome = await runLocally({argv: [...argv, ...members], timeoutMs: 300_000, idempotent: false});
    // tar ends with 2 where one of the names is not in it: what came out decides.
    const found = filesBelow(folder);
    if (found.size > 0) return found;
    const why =
      outcome.stderr.split('\n').find(line => !/Not found in archive/.test(line)) || 'no file of a cluster is in it';
    throw new CommandError(`${path} is no report: ${why}`, 'Give what crm_report or sos report has made.');
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function filesBelow(folder: string): ReportFiles {
  const top = realpathSync(folder);
  const ends = wanted.map(end => new RegExp(`(?:^|/)${end.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`));
  const names = readdirSync(top, {recursive: true, encoding: 'utf8'}).filter(name => ends.some(end => end.test(name)));
  if (names.length > mostFiles)
    throw new CommandError(`${folder} holds too many files`, 'Name the folder of one report.');
  return new Map(names.sort().flatMap(name => textOf(top, name)));
}

/** A link that leads out of the report, and what is no plain file, is not read. */
function textOf(top: string, name: string): readonly [string, string][] {
  try {
    const path = realpathSync(join(top, name));
    const about = statSync(path);
    if (relative(top, path).startsWith('..') || !about.isFile() || about.size > mostBytes) return [];
    return [[name, readFileSync(path, 'utf8')]];
  } catch {
    return [];
  }
}
