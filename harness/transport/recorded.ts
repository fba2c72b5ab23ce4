import type {
  Artefacts,
  Cluster,
  Command,
  Host,
  Outcome,
  PlannedTrial,
  Profile,
  Result,
  Running,
  Transport,
  Trial,
} from '../types.ts';

/** What a command of a test answers. */
export interface Recorded {
  /** Found in the words of the command, joined by spaces. */
  match: RegExp;
  host?: string;
  outcome: Partial<Outcome>;
  /** A started command of this kind runs until it is stopped. */
  runs?: true;
}

export interface Call {
  host: string;
  argv: readonly string[];
  stdin?: string;
  kind: 'exec' | 'start' | 'stop' | 'upload' | 'download';
}

const endedWell: Outcome = {stdout: '', stderr: '', durationMs: 1, exit: {kind: 'exited', code: 0}};

/**
 * A transport without machines, for unit tests: plays outcomes by the words of the command, the first that matches, and keeps the calls. A
 * command nobody recorded is unreachable, with its words in the reason.
 */
export function recordedTransport(recordings: readonly Recorded[]): {transport: Transport; calls: readonly Call[]} {
  const calls: Call[] = [];
  const play = (host: Host, argv: readonly string[]): Recorded => {
    const words = argv.join(' ');
    const found = recordings.find(one => one.match.test(words) && (one.host === undefined || one.host === host.name));
    const exit = {kind: 'unreachable' as const, reason: `nothing recorded on ${host.name} for: ${words}`};
    return found ?? {match: /^/, outcome: {exit}};
  };
  const note = (kind: Call['kind'], host: Host, {argv, stdin}: Pick<Command, 'argv' | 'stdin'>): Recorded => {
    calls.push({kind, host: host.name, argv, ...(stdin === undefined ? {} : {stdin})});
    return play(host, argv);
  };
  const transport: Transport = {
    exec: async (host, command) => ({...endedWell, ...note('exec', host, command).outcome}),
    start: async (host, command): Promise<Running> => {
      const {outcome, runs} = note('start', host, command);
      const whole: Outcome = {...endedWell, ...outcome};
      const stopped = Promise.withResolvers<Outcome>();
      if (!runs) stopped.resolve(whole);
      return {
        outcome: stopped.promise,
        stop: async () => {
          calls.push({kind: 'stop', host: host.name, argv: command.argv});
          stopped.resolve(whole);
          return stopped.promise;
        },
      };
    },
    upload: async (host, local, remote) => ({...endedWell, ...note('upload', host, {argv: [local, remote]}).outcome}),
    download: async (host, remote, local) => ({
      ...endedWell,
      ...note('download', host, {argv: [remote, local]}).outcome,
    }),
  };
  return {transport, calls};
}

/** A trial that keeps its artefacts in memory, for unit tests of scenarios. Faults are not journalled: it refuses them. */
export function recordedTrial(
  cluster: Cluster,
  planned: PlannedTrial,
  profile: Profile,
): {trial: Trial; artefacts: Artefacts; said: readonly string[]} {
  const kept = new Map<string, string>();
  const said: string[] = [];
  const keep = async (name: string, content: string): Promise<void> => {
    if (kept.has(name)) throw new Error(`artefact ${name} is there already`);
    kept.set(name, content);
  };
  const refuse = (): Promise<never> => Promise.reject(new Error('a recorded trial has no faults'));
  return {
    said,
    artefacts: artefactsOf(kept),
    trial: {
      cluster,
      planned,
      profile,
      signal: new AbortController().signal,
      keep,
      say: text => void said.push(text),
      record: async (name, host, command) => {
        const outcome = await cluster.transport.exec(host, command);
        const {stdout, ...rest} = outcome;
        await keep(name, stdout);
        await keep(`${name}.meta.json`, `${JSON.stringify({host: host.name, argv: command.argv, ...rest}, null, 1)}\n`);
        return outcome;
      },
      inject: refuse,
      heal: refuse,
      leave: async () => async () => {},
    },
  };
}

/** Artefacts out of a map that may still grow. */
export function artefactsOf(kept: ReadonlyMap<string, string>): Artefacts {
  return {
    get names() {
      return [...kept.keys()];
    },
    text(name): Result<string, {artefact: string; path: string; expected: string; found: string}> {
      const value = kept.get(name);
      if (value !== undefined) return {ok: true, value};
      return {ok: false, error: {artefact: name, path: '', expected: 'the artefact', found: 'none of this name'}};
    },
  };
}
