/** A login over HTTP: a name and a password, or a bearer token. The secret is never in the inventory. */
import {z} from 'zod';
import type {BasicLogin} from './basic-login.ts';
import {absolutePath, variable} from './fields.ts';
import {refuse} from './refuse.ts';
import type {PasswordSource} from './secret.ts';

export type HttpLogin = BasicLogin | {token: PasswordSource};

const ownFile = 'on the machine that seatrial runs on, readable by you alone';

export const httpLogin = z
  .strictObject({
    username: z.string().min(1).max(64).optional().describe('who logs in, by basic authentication'),
    passwordFile: absolutePath.optional().describe(ownFile),
    passwordEnv: variable.optional().describe('holds the password, in place of a file'),
    tokenFile: absolutePath.optional().describe(`a bearer token in place of name and password: ${ownFile}`),
    tokenEnv: variable.optional().describe('holds the token, in place of a file'),
  })
  .transform(({username, passwordFile, passwordEnv, tokenFile, tokenEnv}, context): HttpLogin => {
    const password = sourceOf(passwordFile, passwordEnv);
    const token = sourceOf(tokenFile, tokenEnv);
    if (username !== undefined && password.length === 1 && token.length === 0) {
      const [source] = password;
      if (source !== undefined) return {username, password: source};
    }
    if (username === undefined && password.length === 0 && token.length === 1) {
      const [source] = token;
      if (source !== undefined) return {token: source};
    }
    const expected = 'username with one of passwordFile and passwordEnv, or one of tokenFile and tokenEnv';
    const hint = 'put the secret into a file that only you can read, and name it here';
    return refuse(context, {username}, [], expected, hint);
  });

const sourceOf = (file: string | undefined, env: string | undefined): readonly PasswordSource[] => [
  ...(file === undefined ? [] : [{file}]),
  ...(env === undefined ? [] : [{env}]),
];
