/** C-20. A dead owner's lock is broken, and the owner shut out, only where image and key allow both. */
import {z} from 'zod';
import {readJson} from '../../../harness/parse/json.ts';
import {cephJson, cephLines, given, noneOf, notApplicable, unknown} from '../read.ts';
import {ceph} from '../readings.ts';
import type {Rule, RuleState} from '../rule.ts';
import {unlisted} from '../unlisted.ts';

const auth = z.object({auth_dump: z.array(z.object({entity: z.string(), caps: z.record(z.string(), z.string())}))});
const image = z.object({features: z.array(z.string())});
const locks = z.array(z.object({locker: z.string()}));

export const diskLocks: Rule = {
  id: 'C-20',
  title: 'Every disk has the exclusive lock and one owner at most, and keys may shut a dead owner out',
  claim: 'ha.recover',
  severity: 'critical',
  why: 'Without the lock a host that was cut off may write to a disk that another host has opened.',
  source: 'docs.ceph.com, "RBD exclusive locks" and "Block devices and libvirt"; ceph PR 30955',
  where: 'cluster',
  needs: {storage: ['ceph']},
  read: () => [ceph],
  check: readings =>
    given(cephJson(readings, 'caps', auth), ({auth_dump: keys}) =>
      given(cephLines(readings, 'images'), lines => {
        if (lines.at(-1) !== 'asked') return unknown('the list of images was cut off');
        const silent = unlisted(lines);
        if (silent !== undefined) return unknown(silent);
        if (lines.length === 1) return notApplicable('no pool with the application rbd has an image');
        const powerless = keys
          .filter(
            ({entity, caps}) => entity.startsWith('client.') && /rbd|pool=/.test(caps.osd ?? '') && !mayShutOut(caps),
          )
          .map(({entity}) => `${entity} may not blocklist`);
        return judged(lines, powerless);
      }),
    ),
  mend: "rbd feature enable POOL/IMAGE exclusive-lock; ceph auth caps client.X mon 'profile rbd' osd 'profile rbd pool=POOL'",
};

function mayShutOut({mon = ''}: Readonly<Record<string, string>>): boolean {
  return /allow \*|profile rbd|osd blocklist|osd blacklist/.test(mon);
}

function judged(lines: readonly string[], powerless: readonly string[]): RuleState {
  const wrong = [...powerless];
  let count = 0;
  for (const line of lines.slice(0, -1)) {
    const [, kind, name = '', text = ''] = /^(image|locks) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === undefined) continue;
    if (kind === 'image') {
      const read = readJson(text, name, image);
      if (!read.ok) return unknown(`rbd info of ${name} cannot be read`);
      count += 1;
      if (!read.value.features.includes('exclusive-lock')) wrong.push(`${name} has no exclusive-lock`);
    } else {
      const read = readJson(text, name, locks);
      if (!read.ok) return unknown(`rbd lock ls of ${name} cannot be read`);
      if (read.value.length > 1) wrong.push(`${name} has ${read.value.length} owners`);
    }
  }
  return noneOf(wrong, `${count} images`);
}
