/**
 * A plug-in: a fault of its own, a scenario that injects it, and the metric it measures. A guest is paused for three
 * seconds and goes on; the client asks it all the time, and the longest wait for an answer is what its users felt.
 */
import {parsePing} from 'seatrial';
import {
  defineFault,
  expectsNothing,
  type Host,
  idempotent,
  nodesOfGuests,
  onlyProblems,
  type Parameters,
  type Plugin,
  parametersOf,
  pause,
  type Scenario,
  stdoutOf,
  toolOutput,
  z,
} from 'seatrial/plugin';

const virsh = (...words: string[]) => idempotent(['virsh', '--connect', 'qemu:///system', ...words]);

const guestPaused = defineFault({
  name: 'guest-paused',
  strikes: 'node',
  needs: {guests: 1},
  // Nobody is fenced for it, and no guest is started anew.
  effect: () => ({fences: [0], guests: 'unharmed'}),
  parameters: z.strictObject({guest: z.string()}),
  preview: ([node], {guest}) => `virsh suspend ${guest}  # on ${node?.name}`,
  /** What the node runs by itself where nobody is left to heal. */
  async deadMan(_cluster, nodes, {guest}) {
    return {ok: true, value: [{host: nodes[0] as Host, argv: virsh('resume', guest).argv}]};
  },
  async inject({transport}, nodes, {guest}) {
    return transport.exec(nodes[0] as Host, virsh('suspend', guest));
  },
  /** May be called by a later process, twice, or when nothing is paused: "resume" then says so, and that is well. */
  async heal({transport}, nodes, {guest}) {
    const node = nodes[0] as Host;
    const state = await stdoutOf(transport, node, virsh('domstate', guest));
    if (!state.ok || state.value.trim() !== 'paused') return {ok: true, value: undefined};
    const resumed = await stdoutOf(transport, node, virsh('resume', guest));
    return resumed.ok ? {ok: true, value: undefined} : resumed;
  },
});

const settings = z.strictObject({holdSeconds: z.number().min(1).max(10)});
const pings = (address: string) => ['ping', '-n', '-i', '0.2', '-c', '60', '-w', '30', address] as const;

const scenario: Scenario = {
  name: 'mine/guest-paused',
  family: 'failover',
  purpose: 'A guest stands still for a few seconds: how long does its client wait, and is it then as it was?',
  needs: {guests: 1, planes: ['service']},
  // On a real cluster: --allow disruptive, its name, an open maintenance window.
  impact: () => 'disruptive',
  claims: ['mine.pause'],
  provides: ['mine.longest-wait'],
  expects: expectsNothing,
  parameters: {full: {holdSeconds: 3}, quick: {holdSeconds: 3}},
  estimateSeconds: () => 20,
  preview: ({client, guests}) =>
    guests.slice(0, 1).flatMap(({name, address}) => [
      {host: client.name, argv: pings(address)},
      {host: 'the node it runs on', argv: virsh('suspend', name).argv},
      {host: 'the node it runs on', argv: virsh('resume', name).argv},
    ]),
  async run(trial) {
    const {cluster} = trial;
    const {holdSeconds} = parametersOf(settings, trial.planned.parameters);
    const [[guest, on] = []] = await nodesOfGuests(cluster, cluster.guests.slice(0, 1));
    const node = cluster.nodes.find(({name}) => name === on?.[0]);
    if (guest === undefined || node === undefined) throw new Error('the first guest runs nowhere');
    const fault = guestPaused.at([node], {guest: guest.name});
    const asked = trial.record('ping.txt', cluster.client, {
      argv: pings(guest.address),
      timeoutMs: 40_000,
      idempotent: false,
    });
    await pause(trial, 2);
    await trial.inject(fault);
    await pause(trial, holdSeconds);
    await trial.heal(fault);
    await asked;
  },
  measure(raw, {parameters}: {parameters: Parameters}) {
    const output = toolOutput(raw, 'ping.txt');
    if (!output.ok) return onlyProblems(output.error);
    const {text, exitCode} = output.value;
    const report = parsePing(text, 'ping.txt', {exitCode, count: 60});
    if (!report.ok) return onlyProblems(report.error);
    const longest = report.value.latency?.max;
    if (longest === undefined) {
      return onlyProblems({artefact: 'ping.txt', path: '', expected: 'an answer', found: 'none'});
    }
    const labels = {hold: `${String(parameters.holdSeconds)} s`};
    const sample = {
      metric: 'mine.longest-wait',
      unit: 's' as const,
      value: longest.seconds,
      halfWidth: longest.halfWidthSeconds,
      labels,
      from: {artefact: 'ping.txt', path: 'max'},
      // A request that was never answered took longer than any that was.
      ...(longest.atLeast ? {censored: true as const} : {}),
    };
    return {samples: [sample], problems: [], findings: []};
  },
};

export default {
  faults: [guestPaused],
  scenarios: [scenario],
  metrics: [
    {
      name: 'mine.longest-wait',
      title: 'Longest wait for an answer',
      unit: 's',
      better: 'lower',
      labels: ['hold'],
      means: 'ping from the client, every 0.2 s: the longest round trip',
    },
  ],
} satisfies Plugin;
