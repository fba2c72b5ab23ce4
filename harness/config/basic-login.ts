/** A name and a password that somebody wants: the password is never in the inventory. */
import {z} from 'zod';
import {absolutePath, variable} from './fields.ts';
import {refuse} from './refuse.ts';
import type {PasswordSource} from './secret.ts';

export interface BasicLogin {
  username: string;
  password: PasswordSource;
}

export const basicLogin = z
  .strictObject({
    username: z.string().min(1).max(64).describe('who logs in'),
    passwordFile: absolutePath.optional().describe('on the machine that seatrial runs on, readable by you alone'),
    passwordEnv: variable.optional().describe('holds the password, in place of a file'),
  })
  .transform(({username, passwordFile, passwordEnv}, context): BasicLogin => {
    if (passwordFile !== undefined && passwordEnv === undefined) return {username, password: {file: passwordFile}};
    if (passwordEnv !== undefined && passwordFile === undefined) return {username, password: {env: passwordEnv}};
    const hint = 'put the password into a file that only you can read, and name it here';
    return refuse(context, {username}, [], 'exactly one of passwordFile and passwordEnv', hint);
  });
