/**
 * What a person watching sees. With a terminal one line at the bottom is redrawn: trial, elapsed and remaining time,
 * the action at hand and its host, the last measured value. Without one the same comes as plain lines.
 */
import type {Progress} from '../../../harness/types.ts';
import {metricNamed} from '../../../reports/metrics.ts';
import {formatDuration, formatQuantity} from '../../../reports/words/units.ts';

export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface Watch {
  tell(event: Progress): void;
  /** A line of its own for what belongs to no trial. */
  say(text: string, host?: string): void;
  /** Redraws the elapsed time; a no-op without a terminal. */
  tick(): void;
  /** Takes the line at the bottom away. */
  close(): void;
}

interface State {
  trials: number;
  estimatedSeconds: number;
  doneEstimatedSeconds: number;
  doneSeconds: number;
  trial: {label: string; startedMs: number; estimatedSeconds: number} | undefined;
  action: string;
  measured: string;
  measuredCount: number;
}

/** `now` in milliseconds of a monotonic clock. */
export function watchOn(screen: Screen, now: () => number = () => performance.now()): Watch {
  const startedMs = now();
  const state = beginning();
  const elapsedSeconds = () => (now() - startedMs) / 1000;
  const live = screen.isTTY === true;
  let drawn = false;

  const erase = () => {
    if (drawn) screen.write('\r\u001B[K');
    drawn = false;
  };
  const draw = () => {
    if (!live) return;
    const width = Math.max(20, (screen.columns ?? 80) - 1);
    screen.write(`\r\u001B[K${clip(statusLine(state, elapsedSeconds(), now()), width)}`);
    drawn = true;
  };
  const show = (news: News | undefined) => {
    if (news !== undefined && (!live || news.lasting)) {
      erase();
      screen.write(`${live ? '' : `[${clock(elapsedSeconds())}] `}${clean(news.text)}\n`);
    }
    draw();
  };
  return {
    say: (text, host) => show(act(state, text, host)),
    tell: event => show(take(state, event, now())),
    tick: draw,
    close: erase,
  };
}

/** A line to write; one that does not last is written only without a terminal, for the line at the bottom shows it. */
interface News {
  text: string;
  lasting: boolean;
}

function beginning(): State {
  return {
    trials: 0,
    estimatedSeconds: 0,
    doneEstimatedSeconds: 0,
    doneSeconds: 0,
    trial: undefined,
    action: '',
    measured: '',
    measuredCount: 0,
  };
}

/** Takes the event into the state; what there is to write about it comes back. */
function take(state: State, event: Progress, nowMs: number): News | undefined {
  switch (event.kind) {
    case 'plan':
      state.trials = event.trials;
      state.estimatedSeconds = event.estimatedSeconds;
      return {text: `${event.trials} trials, about ${clock(event.estimatedSeconds)}`, lasting: true};
    case 'trial-started':
      return startTrial(state, event, nowMs);
    case 'said':
      return act(state, event.text, event.host);
    case 'standing':
      return {text: event.text, lasting: true};
    case 'measured':
      measure(state, event);
      return undefined;
    case 'trial-ended':
      return endTrial(state, event);
    case 'ended':
      return {text: `run ${event.status}${event.reason === '' ? '' : `: ${event.reason}`}`, lasting: true};
  }
}

type ProgressOf<Kind extends Progress['kind']> = Extract<Progress, {kind: Kind}>;

function act(state: State, text: string, host: string | undefined): News {
  state.action = host === undefined ? text : `${host}: ${text}`;
  return {text: state.action, lasting: false};
}

function startTrial(state: State, event: ProgressOf<'trial-started'>, nowMs: number): News {
  const {slot, of, scenario, profile, repetition, estimatedSeconds} = event;
  const label = `${slot}/${of} ${scenario} ${profile} #${repetition}`;
  state.trial = {label, startedMs: nowMs, estimatedSeconds};
  state.action = '';
  state.measuredCount = 0;
  return {text: `trial ${label}: about ${clock(estimatedSeconds)}, ${left(state, nowMs)}`, lasting: false};
}

function measure(state: State, {metric, labels, value, unit}: ProgressOf<'measured'>): void {
  const under = Object.values(labels).join(' ');
  const title = metricNamed(metric)?.title ?? metric;
  state.measured = `${title}${under === '' ? '' : ` (${under})`} ${formatQuantity(value, unit)}`;
  state.measuredCount += 1;
}

function endTrial(state: State, {slot, status, reason, durationSeconds}: ProgressOf<'trial-ended'>): News {
  const {trial, measured, measuredCount} = state;
  state.doneSeconds += durationSeconds;
  state.doneEstimatedSeconds += trial?.estimatedSeconds ?? durationSeconds;
  state.trial = undefined;
  const why = reason === '' ? '' : `: ${reason}`;
  const values = measuredCount === 1 ? 'one value' : `${measuredCount} values, the last`;
  const gave = measuredCount > 0 ? `, measured ${values}: ${measured}` : '';
  const label = trial?.label ?? `${slot}`;
  return {text: `trial ${label} ${status} after ${formatDuration(durationSeconds)}${why}${gave}`, lasting: true};
}

function statusLine(state: State, elapsedSeconds: number, nowMs: number): string {
  return [
    state.trial?.label ?? '',
    `${clock(elapsedSeconds)} elapsed`,
    state.trials > 0 ? left(state, nowMs) : '',
    state.action,
    state.measured,
  ]
    .filter(part => part !== '')
    .map(clean)
    .join(' · ');
}

/**
 * What is left of the plan, at the pace seen so far (within a factor of three of the estimate, so that one odd trial
 * does not run away with it).
 */
function left(state: State, nowMs: number): string {
  const pace =
    state.doneEstimatedSeconds > 0 ? Math.min(3, Math.max(1 / 3, state.doneSeconds / state.doneEstimatedSeconds)) : 1;
  const current = state.trial;
  const after = state.estimatedSeconds - state.doneEstimatedSeconds - (current?.estimatedSeconds ?? 0);
  const rest = current === undefined ? 0 : current.estimatedSeconds * pace - (nowMs - current.startedMs) / 1000;
  return `about ${clock(Math.max(0, after * pace) + Math.max(0, rest))} left`;
}

/** `0:05`, `12:05`, `1:02:05`: as wide a second later as now. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (number: number) => String(number).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** What tools say may hold line ends and control codes; neither may move the cursor. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
  return text.replace(/\u001B\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u001F\u007F-\u009F]+/g, ' ');
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
