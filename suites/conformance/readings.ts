/** Every command that a conformance rule reads by. Rules that share one share its output: it is read once. */
import {readOnly} from '../../harness/cluster/commands.ts';
import {fingerprintCommand} from '../../harness/cluster/fingerprint.ts';
import {crmMonCommand} from '../../harness/cluster/pacemaker.ts';
import type {Host} from '../../harness/types.ts';
import {cephQuestions, hostQuestions} from './questions.ts';
import type {Reading} from './rule.ts';
import {withoutSecretWords} from './secrets-script.ts';

/** Names of what is read, each of one host or of the cluster as the rule is. */
export const names = {
  cib: 'cib.xml',
  own: 'configuration.xml',
  state: 'crm_mon.xml',
  verify: 'crm_verify.txt',
  losses: 'losses.txt',
  config: 'corosync.conf',
  map: 'corosync-cmapctl.txt',
  facts: 'facts.txt',
  host: 'host.txt',
  domains: 'domains.xml',
  ceph: 'ceph.txt',
} as const;

const shell = (script: string, timeoutMs: number) => readOnly(['sh', '-c', script], timeoutMs);

export const cib: Reading = {name: names.cib, command: readOnly(['cibadmin', '--query'])};
/** As the node itself holds it. */
export const own: Reading = {
  name: names.own,
  command: readOnly(['cibadmin', '--local', '--query', '--scope', 'configuration']),
};
export const state: Reading = {name: names.state, command: crmMonCommand()};
export const verify: Reading = {
  name: names.verify,
  command: shell('crm_verify --live-check --verbose 2>&1; echo "exit $?"', 20_000),
};
/** Never with the secret that some write into it. */
export const config: Reading = {
  name: names.config,
  command: shell(
    `[ -r /etc/corosync/corosync.conf ] && ${withoutSecretWords.replace('sed -E', 'sed -E -e "s/^([[:space:]]*key[[:space:]]*:).+/\\1 (secret)/" -e')} /etc/corosync/corosync.conf`,
    10_000,
  ),
};
export const map: Reading = {
  name: names.map,
  command: shell(`corosync-cmapctl | grep -v '^totem\\.key '`, 10_000),
};
/** Versions and hardware. */
export const facts: Reading = {name: names.facts, command: fingerprintCommand()};

export function host(about: Host): Reading {
  return {name: names.host, command: hostQuestions(about)};
}

/** Every domain that libvirt knows on the host, running or not, in one document. libvirt leaves out secrets. */
export const domains: Reading = {
  name: names.domains,
  command: shell(
    `l=$(virsh -c qemu:///system list --all --name) || exit 1; echo "<domains>"; for d in $l; do virsh -c qemu:///system dumpxml "$d" | sed '/<?xml/d' || exit 1; done; echo "</domains>"`,
    30_000,
  ),
};

/** crm_simulate of the loss of each node, but for remote ones, on the configuration and status that are in force. */
export const losses: Reading = {
  name: names.losses,
  command: shell(
    `cib=$(cibadmin --query) || exit 1
nodes=$(printf '%s\\n' "$cib" | sed -n '/^ *<node .*type="remote"/d; s/^ *<node .*uname="\\([^"]*\\)".*/\\1/p')
corosync-cmapctl -g quorum.two_node 2>/dev/null | grep -q '= 1$' && two=1
for n in $nodes; do
  q=1; [ "$(echo $nodes | wc -w)" -lt 3 ] && [ -z "$two" ] && q=0
  echo "=lost $n"
  printf '%s\\n' "$cib" | crm_simulate --simulate --xml-pipe --quorum $q --node-fail "$n" --output-as=xml || exit 1
done
echo "=end"`,
    60_000,
  ),
};

export const ceph: Reading = {
  name: names.ceph,
  command: shell(
    [
      'ceph() { command ceph --connect-timeout=8 "$@" || cephadm shell -- ceph "$@"; }',
      ...Object.entries(cephQuestions).map(
        ([name, line]) => `echo "=${name}"; { ${line}; } </dev/null 2>/dev/null; echo`,
      ),
      'echo "=end"',
    ].join('\n'),
    120_000,
  ),
};
