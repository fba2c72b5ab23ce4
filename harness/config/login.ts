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
  user: name.exactOptional().describe("who logs in; without it ssh's own choice"),
  port: port.exactOptional().describe("of sshd; without it ssh's own choice"),
  key: absolutePath.exactOptional().describe('private key; without it an agent, or whatever ssh itself would use'),
  jump: jump.exactOptional().describe('the host is reached through this one, with the same key'),
};

export const loginSchema: z.ZodType<Login> = z.strictObject(login);

const becomeSchema = z
  .strictObject({
    method: z.literal('sudo').describe('how one becomes root'),
    user: z.literal('root').optional().describe('whom one becomes'),
    passwordFile: absolutePath.optional().describe('on the machine that seatrial runs on, readable by you alone'),
    passwordEnv: variable.optional().describe('holds the password, in place of a file'),
    ask: z.literal(true).optional().describe('it is typed once, on the terminal'),
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
  knownHosts: absolutePath
    .exactOptional()
    .describe("the host keys; without it ssh's own. An unknown one is never accepted"),
  config: absolutePath.exactOptional().describe('in place of ~/.ssh/config'),
  become: becomeSchema
    .exactOptional()
    .describe('root by sudo, for a user who is not root; without any password sudo must not ask for one'),
});
