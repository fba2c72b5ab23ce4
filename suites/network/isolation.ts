/** What must not be reachable is tried: every plane against every other, from hosts and from inside guests. */
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {
  parseGuestReach,
  parseReach,
  type ReachSeen,
  reachArgv,
  reachCommand,
  reachInGuest,
} from '../../harness/probes/reach/driver.ts';
import type {Artefacts, Cluster, Host, ParseError, Result, Scenario} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson, keepOutcome, toolOutput, withLastWords} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';
import {findingsOf, matrixText, samplesOf} from './reach-measure.ts';
import {orderOf, type ReachPlan, reachPlanOf, reachPlanSchema} from './reach-plan.ts';
import {unproven} from './reach-proof.ts';
import {type AllSeen, judgeTries} from './reach-seen.ts';

const planArtefact = 'plan.json';
const matrixArtefact = 'matrix.txt';
type Prober = 'host' | 'guest';
const artefactOf = (name: string, kind: Prober) => `reach-${name}.${kind === 'host' ? 'json' : 'txt'}`;
/** Of each address: as many as show that a filter for echoes hides nothing. */
const portsTried = 6;

export const isolation: Scenario = {
  name: 'network/isolation',
  family: 'network',
  purpose:
    'Every plane is tried from every other, from hosts and from inside guests: no answer may come but those allowed.',
  needs: {nodes: 2, tools: ['python3']},
  impact: () => 'load',
  claims: ['net.l2', 'net.planes'],
  provides: ['network.reachability', 'network.leaks', 'network.unreached'],
  expects: expectsNothing,
  parameters: {full: {}, quick: {}},
  estimateSeconds: () => 15,
  preview(cluster) {
    const plan = reachPlanOf(cluster, () => []);
    return [
      ...[...cluster.nodes, cluster.client].map(({name}) => ({
        host: name,
        argv: reachCommand(orderOf(plan, name)).argv,
      })),
      ...cluster.guests.map(({name}) => ({host: name, argv: reachArgv(orderOf(plan, name))})),
    ];
  },
  async run(trial) {
    const plan = await planFor(trial.cluster);
    await keepJson(trial, planArtefact, plan);
    const {nodes, client, guests} = trial.cluster;
    const outcomes = new Map<string, Result<ReachSeen, ParseError>>();
    await Promise.all([
      ...[...nodes, client].map(async host => {
        trial.say('trying every plane from every other', host.name);
        const artefact = artefactOf(host.name, 'host');
        const {stdout} = await trial.record(artefact, host, reachCommand(orderOf(plan, host.name)));
        outcomes.set(host.name, readProbe(stdout, artefact, 'host'));
      }),
      ...guests.map(async guest => {
        trial.say('trying every plane from inside', guest.name);
        const seen = await reachInGuest(trial.cluster, guest, orderOf(plan, guest.name), trial.signal);
        const artefact = artefactOf(guest.name, 'guest');
        await keepOutcome(trial, artefact, seen);
        outcomes.set(guest.name, readProbe(seen.stdout, artefact, 'guest'));
      }),
    ]);
    const all = new Map([...outcomes].flatMap(([name, read]) => (read.ok ? [[name, read.value] as const] : [])));
    // For people; nothing is measured by it.
    await trial.keep(matrixArtefact, matrixText(plan, judgeTries(plan, all)));
  },
  measure(raw) {
    const plan = jsonArtefact(raw, planArtefact, reachPlanSchema);
    if (!plan.ok) return onlyProblems(plan.error);
    const {all, problems} = seenIn(raw, plan.value);
    const tries = judgeTries(plan.value, all);
    const findings = findingsOf(tries, matrixArtefact);
    // Where somebody could not try, no count is whole; what was found stands.
    if (problems.length > 0) return {samples: [], problems, findings};
    const holes = unproven(tries, planArtefact);
    return {samples: samplesOf(tries, planArtefact, holes.length === 0), problems: holes, findings};
  },
};

/** Where the hosts listen is asked first: a port that is open must not be reached past a filter for echoes. */
async function planFor(cluster: Cluster): Promise<ReachPlan> {
  const hosts = [...cluster.nodes, cluster.client];
  const asked = await Promise.all(hosts.map(async host => [host.name, await listeners(cluster, host)] as const));
  const listening = new Map(asked);
  return reachPlanOf(cluster, (host, address) => {
    const open = (listening.get(host) ?? []).filter(each => {
      const at = each.slice(0, each.lastIndexOf(':'));
      return at === address || at === '*' || at === '0.0.0.0' || at === '[::]';
    });
    const ports = [...new Set(open.map(each => Number(each.slice(each.lastIndexOf(':') + 1))))];
    return ports.toSorted((a, b) => a - b).slice(0, portsTried);
  });
}

async function listeners({transport}: Cluster, host: Host): Promise<readonly string[]> {
  const said = await stdoutOf(transport, host, readOnly(['ss', '-Hltn']));
  if (!said.ok) throw new Error(said.error);
  return said.value.split('\n').flatMap(line => line.trim().split(/\s+/)[3] ?? []);
}

function seenIn(raw: Artefacts, plan: ReachPlan): {all: AllSeen; problems: readonly ParseError[]} {
  const all = new Map<string, ReachSeen>();
  const problems: ParseError[] = [];
  const probers = new Map(plan.wires.map(({owner, kind}) => [owner, kind]));
  for (const [owner, kind] of probers) {
    if (kind === 'bmc') continue;
    const artefact = artefactOf(owner, kind);
    const read = probeOutput(raw, artefact, kind);
    if (!read.ok) {
      problems.push(read.error);
      continue;
    }
    all.set(owner, read.value);
    for (const missing of read.value.missing) {
      const found = `no interface of ${owner} has the address`;
      problems.push({artefact, path: '/missing', expected: `an interface in ${missing}`, found});
    }
  }
  return {all, problems};
}

function probeOutput(raw: Artefacts, artefact: string, kind: Prober): Result<ReachSeen, ParseError> {
  const output = toolOutput(raw, artefact);
  if (!output.ok) return output;
  const {text, exitCode, stderr} = output.value;
  const read = readProbe(text, artefact, kind);
  if (exitCode === 0 && read.ok) return read;
  const error = read.ok
    ? {artefact, path: 'exit', expected: 'exit code 0', found: `exit code ${exitCode}`}
    : read.error;
  return {ok: false, error: withLastWords(error, stderr)};
}

function readProbe(text: string, artefact: string, kind: Prober): Result<ReachSeen, ParseError> {
  // A guest has one wire, that of the service plane.
  return kind === 'host' ? parseReach(text, artefact) : parseGuestReach(text, artefact, 'service');
}
