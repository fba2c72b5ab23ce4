/** A stranger's cluster from files: nobody is connected to. What no file holds is not known. */
import {readOnly} from '../../../harness/cluster/commands.ts';
import {propertyOf} from '../../../harness/cluster/fencing.ts';
import {type Foretold, foretellAll, nodesOfCib} from '../../../harness/cluster/foretell.ts';
import {parseCorosyncConf, sectionsNamed} from '../../../harness/parse/corosync-conf.ts';
import {parseXml} from '../../../harness/parse/xml.ts';
import {runLocally} from '../../../harness/transport/local.ts';
import type {Result} from '../../../harness/types.ts';
import {artefactOf} from '../../../suites/conformance/ask.ts';
import {names} from '../../../suites/conformance/readings.ts';
import type {WasRead} from '../../../suites/conformance/verdicts.ts';
import {CommandError} from '../kit/command-error.ts';
import {readText} from '../kit/package-files.ts';
import {bothAnswers, type Outputs, outputsOf} from './from-report.ts';
import {hasSecret, withoutSecretValues} from './plain-secrets.ts';
import {reportFiles} from './report-folder.ts';

export const inNoFile = 'it is in none of the files';

export interface Files {
  cib?: string;
  corosync?: string;
  crmMon?: string;
  report?: readonly string[];
}

export interface FromFiles {
  wasRead: WasRead;
  /** Of every single loss and every pair, where the CIB is there and crm_simulate too. */
  losses?: readonly Foretold[];
  /** Why there are none. */
  noLosses?: string;
}

export async function fromFiles(files: Files): Promise<FromFiles> {
  const outputs: Outputs = new Map();
  for (const path of files.report ?? []) {
    for (const [name, text] of outputsOf(await reportFiles(path))) {
      const known = outputs.get(name);
      if (known === undefined) outputs.set(name, text);
      else if (isOfHost(name)) outputs.set(name, bothAnswers(known, text));
    }
  }
  if (files.cib !== undefined) outputs.set(names.cib, cibText(files.cib));
  if (files.crmMon !== undefined) outputs.set(names.state, readText(files.crmMon));
  if (files.corosync !== undefined) addNamedConfig(outputs, files.corosync);
  if (outputs.size === 0)
    throw new CommandError('nothing of a cluster is in these files', 'Give --cib, --corosync or --report.');
  const cib = outputs.get(names.cib);
  const unfit = cib === undefined ? 'no CIB was given' : await tooOld(cib);
  if (cib !== undefined && unfit === undefined) await verified(outputs, cib);
  const {losses, noLosses} = unfit === undefined ? await lossesOf(outputs, cib ?? '') : {noLosses: unfit};
  return {
    wasRead: {hosts: hostsOf(outputs), notApplicable: [], read: readFrom(outputs)},
    ...(losses === undefined ? {} : {losses}),
    ...(noLosses === undefined ? {} : {noLosses}),
  };
}

/** Whether it is what one host said to its questions. */
function isOfHost(name: string): boolean {
  return name.endsWith(`-${names.host}`);
}

/** Whose file it is nobody says: a secret in it is one of every host, whatever else a report tells of that. */
function addNamedConfig(outputs: Outputs, path: string): void {
  const text = readText(path);
  outputs.set(names.config, withoutSecretValues(text));
  const plain = hasSecret(text).map(line => `${path}:${line}`);
  // None in this file says nothing of the others.
  if (plain.length === 0) return;
  const said = `=secrets\n${plain.join('\n')}\nasked\n=end\n`;
  for (const [name, reported] of outputs) if (isOfHost(name)) outputs.set(name, bothAnswers(said, reported));
  outputs.set(names.host, said);
}

/** A configuration alone says of no node that it is there: all guests would be nowhere. */
async function lossesOf(outputs: Outputs, cib: string): Promise<Pick<FromFiles, 'losses' | 'noLosses'>> {
  if (!/<node_state\b/.test(cib)) {
    return {noLosses: 'the CIB holds no status of its nodes: give that of a running cluster, cibadmin --query'};
  }
  await simulated(outputs, cib);
  const losses = await foretellAll(runLocally, cib);
  return losses.ok ? {losses: losses.value} : {noLosses: losses.error};
}

/** Why Pacemaker's tools of this machine cannot judge a CIB: one of a later version they take for a broken one. */
async function tooOld(cib: string): Promise<string | undefined> {
  const said = await runLocally(readOnly(['crm_simulate', '--version']));
  const own = /Pacemaker (\d+\.\d+\.\d+)/.exec(said.stdout)?.[1];
  if (own === undefined) return 'this machine has no crm_simulate: it comes with pacemaker-cli-utils';
  const read = parseXml(cib, names.cib);
  const its = read.ok ? /^\d+\.\d+\.\d+/.exec(propertyOf(read.value, 'dc-version') ?? '')?.[0] : undefined;
  if (its === undefined || its.localeCompare(own, 'en', {numeric: true}) <= 0) return undefined;
  return `the CIB is of Pacemaker ${its}, and crm_simulate and crm_verify of this machine are of ${own}`;
}

function cibText(path: string): string {
  const text = readText(path);
  const nodes = nodesOfCib(text);
  if (nodes.ok) return text;
  throw new CommandError(`${path}: ${nodes.error}`, 'Give what cibadmin --query prints, or the cib.xml of a report.');
}

/** By the CIB, else by corosync.conf, else by what the files are of. */
function hostsOf(outputs: Outputs): readonly string[] {
  const nodes = nodesOfCib(outputs.get(names.cib) ?? '');
  if (nodes.ok) return nodes.value;
  const conf = parseCorosyncConf(outputs.get(names.config) ?? '', names.config);
  const listed = conf.ok
    ? sectionsNamed(conf.value, 'nodelist')
        .flatMap(list => sectionsNamed(list, 'node'))
        .flatMap(({values}) => values.get('name') ?? values.get('ring0_addr') ?? [])
    : [];
  return listed.length > 0 ? listed : ['the host'];
}

/** Of a rule for one host or all of them, what one file says of the cluster is taken for none of the hosts. */
function readFrom(outputs: Outputs): WasRead['read'] {
  const ofAll: readonly string[] = [names.cib, names.state, names.verify, names.host];
  return (name, host) => {
    const artefact = artefactOf(name, host);
    const text =
      outputs.get(artefact) ?? (ofAll.includes(name) ? outputs.get(name) : undefined) ?? alone(outputs, name, host);
    if (text !== undefined) return {ok: true, value: {text, exitCode: 0, stderr: ''}};
    return {
      ok: false,
      error: {artefact, path: '', expected: 'a file that holds it', found: inNoFile},
    };
  };
}

/** What the rule wants of any node: the first that has it. */
function alone(outputs: Outputs, name: string, host: string | undefined): string | undefined {
  if (host !== undefined) return undefined;
  return [...outputs].find(([artefact]) => artefact.endsWith(`-${name}`))?.[1];
}

/** Pacemaker's own tools on this machine, on the file: what they print stands in for what a node would have said. */
async function verified(outputs: Outputs, cib: string): Promise<void> {
  const said = await runLocally({...readOnly(['crm_verify', '--xml-pipe', '--verbose']), stdin: cib});
  if (said.exit.kind === 'exited' && said.exit.code !== 127) {
    outputs.set(names.verify, `${said.stdout}${said.stderr}exit ${said.exit.code}\n`);
  }
}

async function simulated(outputs: Outputs, cib: string): Promise<void> {
  const nodes = nodesOfCib(cib);
  if (!nodes.ok) return;
  const losses = await Promise.all(
    nodes.value.map(node => lossOf(cib, node, hasQuorumWithout(outputs, nodes.value.length))),
  );
  if (losses.every(each => each.ok))
    outputs.set(names.losses, `${losses.map(each => (each.ok ? each.value : '')).join('')}=end\n`);
}

async function lossOf(cib: string, node: string, quorate: boolean): Promise<Result<string, string>> {
  const options = ['--simulate', '--xml-pipe', '--quorum', quorate ? '1' : '0', '--node-fail', node, '--output-as=xml'];
  const said = await runLocally({...readOnly(['crm_simulate', ...options], 60_000), stdin: cib});
  return said.exit.kind === 'exited' && said.exit.code === 0
    ? {ok: true, value: `=lost ${node}\n${said.stdout}\n`}
    : {ok: false, error: said.stderr};
}

function hasQuorumWithout(outputs: Outputs, nodes: number): boolean {
  return nodes > 2 || /^\s*two_node:\s*(?:1|yes|on)\s*$/m.test(outputs.get(names.config) ?? '');
}
