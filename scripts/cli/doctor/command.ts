import type {Command} from 'commander';
import {exitCodes} from '../kit/command-error.ts';
import {examine, findings} from './doctor.ts';

export function setUp(command: Command): void {
  command
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  seatrial doctor            what is there, what is missing, what to do
  seatrial doctor --json | jq '.[] | select(.state == "missing")'

Exit code: 0 nothing is missing, 3 something is.`,
    )
    .action(async (options: {json?: true}) => {
      const found = findings(await examine());
      if (options.json) process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
      else {
        for (const {state, subject, text, todo} of found) {
          process.stdout.write(`${state.padEnd(8)}${subject}: ${text}${todo === '' ? '' : `\n        ${todo}`}\n`);
        }
      }
      if (found.some(one => one.state === 'missing')) process.exitCode = exitCodes.usage;
    });
}
