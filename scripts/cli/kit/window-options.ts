/** A run that is told time in place of repetitions: how that is said, and when it is over. */
import {type Command, InvalidArgumentError, Option} from 'commander';
import {type Closing, giveBackSeconds, timeClosing} from '../../../harness/run/stop.ts';
import {CommandError} from './command-error.ts';
import {lasting} from './options.ts';

export interface WindowFlags {
  for?: number;
  until?: Date;
  untilDecided?: true;
}

/** What was asked for. Neither `seconds` nor `until`: until everything is decided. */
export interface WindowAsked {
  words: string;
  seconds?: number;
  until?: Date;
}

export function addWindowOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--for <time>',
        'so long, from the moment that the cluster is there: 30m, 4h; trials are drawn where they decide most',
      ).argParser(lasting),
    )
    .addOption(
      new Option('--until <HH:MM>', 'the same until then, by the clock here').argParser(text => clockTime(text)),
    )
    .option('--until-decided', 'the same until every promise is decided that can be');
}

/** The next time that it is so late. */
export function clockTime(text: string, now = new Date()): Date {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) throw new InvalidArgumentError('Expected a time of the day, such as 06:00.');
  const until = new Date(now);
  until.setHours(Number(hours), Number(minutes), 0, 0);
  if (until <= now) until.setDate(until.getDate() + 1);
  return until;
}

export function windowAsked(flags: WindowFlags & {reps?: number}): WindowAsked | undefined {
  const {for: seconds, until, untilDecided, reps} = flags;
  const said = [
    ...(seconds === undefined ? [] : [{words: `for ${spoken(seconds)}`, seconds}]),
    ...(until === undefined ? [] : [{words: `until ${until.toISOString()}`, until}]),
    ...(untilDecided ? [{words: 'until decided'}] : []),
  ];
  if (said.length > 1 || (said.length === 1 && reps !== undefined)) {
    throw new CommandError(
      '--for, --until, --until-decided and --reps exclude each other',
      'Say one of them: time, or repetitions.',
    );
  }
  return said[0];
}

/** A trial that could begin, and the longest that is reckoned with for it. */
interface FirstTrial {
  scenario: string;
  seconds: number;
}

/** Whether not even that trial would be over in that time: nothing would be tried. */
export function isTooShort({seconds, until}: Omit<WindowAsked, 'words'>, first: FirstTrial | undefined): boolean {
  const left = seconds ?? (until === undefined ? undefined : (until.getTime() - Date.now()) / 1000);
  return left !== undefined && first !== undefined && first.seconds + giveBackSeconds > left;
}

/** Throws where nothing would be tried. `called`: what the trial is of all that may be. */
export function refuseTooShort(
  asked: WindowAsked,
  first: FirstTrial | undefined,
  called: 'shortest' | 'next' = 'shortest',
): void {
  if (first === undefined || !isTooShort(asked, first)) return;
  const wanted = Math.ceil((first.seconds + giveBackSeconds) / 60);
  throw new CommandError(
    `${asked.words} nothing can be tried: the ${called} trial, ${first.scenario}, may take ${spoken(first.seconds)}, and ${giveBackSeconds} s are kept to put settings back`,
    `Give it ${wanted} minutes at least, such as --for ${wanted}m; a promise takes several trials. Nothing has been started.`,
  );
}

/** As it is typed. */
export function spoken(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** From now on. */
export function closingOf({seconds, until}: WindowAsked): Closing | undefined {
  if (seconds !== undefined) return timeClosing(seconds);
  return until === undefined ? undefined : timeClosing((until.getTime() - Date.now()) / 1000, until);
}

export function closesAt({seconds, until}: WindowAsked): string | undefined {
  const at = until ?? (seconds === undefined ? undefined : new Date(Date.now() + seconds * 1000));
  return at?.toISOString();
}
