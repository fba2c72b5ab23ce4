/** An Ansible inventory in place of one of ours. Ansible reads it: nobody else knows all its forms. */
import {spawnSync} from 'node:child_process';
import {statSync} from 'node:fs';
import type {Result} from '../types.ts';
import {mapAnsible} from './ansible.ts';
import {checked} from './checked.ts';
import {explain} from './explain.ts';
import {type Inventory, inventoryFor, type Surroundings} from './inventory.ts';

const prefix = 'ansible:';
/** A dynamic inventory asks others. */
const listMs = 60_000;

/** The path of an Ansible inventory: said so, or plain to see from a folder or the text. */
export function ansiblePath(given: string, text: () => string): string | undefined {
  if (given.startsWith(prefix)) return given.slice(prefix.length);
  try {
    if (statSync(given).isDirectory()) return given;
  } catch {
    return undefined;
  }
  return isAnsible(text()) ? given : undefined;
}

/** Sections of INI, or groups with hosts where an inventory of ours has its keys. Pure. */
export function isAnsible(text: string): boolean {
  return (
    /^\[[^\]\n]+\]\s*(?:[#;].*)?$/m.test(text) || (/^\s+(?:hosts|children):/m.test(text) && !/^cluster:/m.test(text))
  );
}

/** The inventory, or everything that is wrong, each with its host and variable. */
export function readAnsible(path: string, surroundings?: Surroundings): Result<Inventory, string[]> {
  const listed = list(path);
  return listed.ok ? fromListing(path, listed.value, surroundings) : {ok: false, error: [listed.error]};
}

/** The same from what `ansible-inventory --list` printed. */
export function fromListing(
  path: string,
  printed: unknown,
  surroundings: Surroundings | undefined,
): Result<Inventory, string[]> {
  const {data, origin, troubles} = mapAnsible(printed);
  const at = (sentence: string) => `${path}: ${sentence}`;
  if (troubles.length > 0) return {ok: false, error: troubles.map(at)};
  const schema = inventoryFor(surroundings);
  const read = checked(schema, data);
  if (read.ok) return read;
  const source = {file: path, root: null, data, place: () => ({line: 1, column: 1})};
  const errors = read.issues.flatMap(issue =>
    explain(issue, {source, schema}).map(({found, expected, hint}) => {
      const where = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
      // The path of our own inventory says nothing to a reader of this one.
      const plain = found.replace(/^no .+/, 'nothing').replace(/ (?:for|in) [^" ]+$/, '');
      return at(`${origin(where)}: found ${plain}, expected ${expected}${hint === '' ? '' : `; ${hint}`}`);
    }),
  );
  return {ok: false, error: errors};
}

function list(path: string): Result<unknown, string> {
  const {PATH = '', HOME = '/root'} = process.env;
  const own = Object.entries(process.env).filter(([name]) => name.startsWith('ANSIBLE_'));
  // Of an inventory that it cannot read Ansible would make an empty one.
  const strict = {ANSIBLE_INVENTORY_UNPARSED_FAILED: 'true', ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true'};
  const env = {...Object.fromEntries(own), PATH, HOME, LANG: 'C.UTF-8', ANSIBLE_NOCOLOR: '1', ...strict};
  const argv = ['-i', path, '--list'];
  const said = spawnSync('ansible-inventory', argv, {env, encoding: 'utf8', timeout: listMs, maxBuffer: 64 * 2 ** 20});
  if (said.error !== undefined && 'code' in said.error && said.error.code === 'ENOENT') {
    return {
      ok: false,
      error: `${path} is an Ansible inventory, and this machine has no ansible-inventory. Run: apt-get install ansible-core; or write an inventory of seatrial's own`,
    };
  }
  if (said.status !== 0) {
    const why =
      said.error?.message ?? (said.stderr.replaceAll(/\s+/g, ' ').trim().slice(-600) || `exit ${said.status}`);
    return {ok: false, error: `${path}: ansible-inventory cannot read it: ${why}`};
  }
  try {
    const value: unknown = JSON.parse(said.stdout);
    return {ok: true, value};
  } catch {
    return {ok: false, error: `${path}: ansible-inventory printed no JSON`};
  }
}
