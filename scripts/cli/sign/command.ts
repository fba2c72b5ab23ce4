import {resolve} from 'node:path';
import type {Command} from 'commander';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {checkManifest} from '../kit/manifest.ts';
import {sign} from '../kit/signature.ts';

export function setUp(command: Command): void {
  command
    .argument('<folder>', 'folder of the run')
    .option('--ssh-key <file>', 'with ssh-keygen -Y; a public key means that the agent holds the private one')
    .option('--minisign-key <file>', 'with minisign; a secret key without password')
    .addHelpText(
      'after',
      `
Examples:
  seatrial sign runs/2025-11-24T15-06-12-prod-a --ssh-key ~/.ssh/id_ed25519.pub
  seatrial verify runs/2025-11-24T15-06-12-prod-a --allowed-signers signers

Exit code: 0 signed, 1 the folder is not as its manifest says: nothing was signed, 3 wrong usage or key.`,
    )
    .action(async (given: string, options: {sshKey?: string; minisignKey?: string}) => {
      const {sshKey, minisignKey} = options;
      const key = sshKey ?? minisignKey;
      if (key === undefined || (sshKey !== undefined && minisignKey !== undefined)) {
        throw new CommandError('which key?', 'Say --ssh-key FILE or --minisign-key FILE.');
      }
      const folder = resolve(given);
      const wrong = await checkManifest(folder);
      if (wrong.length > 0) {
        throw new CommandError(
          `${given} is not as it was stored: ${wrong.join('; ')}`,
          'Nothing was signed. Look with: seatrial verify FOLDER',
          exitCodes.missed,
        );
      }
      const signed = await sign(folder, sshKey === undefined ? 'minisign' : 'ssh', resolve(key));
      if (!signed.ok) throw new CommandError(signed.error, 'Name a key that can sign.');
      process.stdout.write(`${signed.value}\n`);
    });
}
