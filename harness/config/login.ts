/** How hosts are logged in to, as an inventory says it. What it leaves out is OpenSSH's own choice. */
import {z} from 'zod';
import {absolutePath, name, port, variable} from './fields.ts';
import {refuse} from './refuse.ts';
import type {PasswordSource} from './secret.ts';

/** Of one host. Each, left out, is what ssh itself would take: its configuration, an agent, its own keys. */
export interface Login {
  user?: string;
  port?: number;
  /** Private key. */
  key?: string;
  /** `[user@]host[:port]`: the host is reached through it, with the same key. */
  jump?: string;
}

export interface Ssh extends Login {
  /** Without it ssh's own. An unknown host key is never accepted. */
  knownHosts?: string;
  /** In place of ~/.ssh/config. */
  config?: string;
  become?: Become;
}

/** Commands run as root by sudo. Without a password sudo must not ask for one. */
export interface Become {
  password?: PasswordSource | {ask: true};
}

const jump = z
  .string()
  .regex(/^(?:[A-Za-z0-9][\w.-]*@)?(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?$/, {
    error: 'a jump host as [user@]host[:port]',
  });

const login = {
  user: name.exactOptional().describe('who logs in; without it whatever ssh itself would use, here as below'),
  port: port.exactOptional().describe('of sshd'),
  key: absolutePath.exactOptional().describe('the private key'),
  jump: jump.exactOptional().describe('[user@]host[:port]: reached through it'),
};

export const loginSchema: z.ZodType<Login> = z.strictObject(login);

const becomeSchema = z
  .strictObject({
    method: z.literal('sudo').describe('how commands are run as root'),
    user: z.literal('root').optional().describe('the only one there is'),
    passwordFile: absolutePath.optional().describe('a file with the password for sudo, for its owner only'),
    passwordEnv: variable.optional().describe('a variable with it, in place of a file'),
    ask: z.literal(true).optional().describe('it is typed, once, without echo'),
  })
  .transform(({passwordFile, passwordEnv, ask}, context): Become => {
    const named: NonNullable<Become['password']>[] = [
      ...(passwordFile === undefined ? [] : [{file: passwordFile}]),
      ...(passwordEnv === undefined ? [] : [{env: passwordEnv}]),
      ...(ask === undefined ? [] : [{ask}]),
    ];
    const [password] = named;
    if (named.length > 1) {
      const expected = 'at most one of passwordFile, passwordEnv and ask';
      return refuse(context, {}, [], expected, 'keep one; with none of them sudo must not ask');
    }
    return password === undefined ? {} : {password};
  });

export const sshSchema: z.ZodType<Ssh> = z.strictObject({
  ...login,
  knownHosts: absolutePath.exactOptional().describe('the host keys; an unknown one is never accepted'),
  config: absolutePath.exactOptional().describe('in place of ~/.ssh/config'),
  become: becomeSchema.exactOptional().describe('where the user is not root'),
});
