/** Every text that a source may print: its strings and templates, `…` in place of each value. Pure. */
import {parseSync, Visitor} from 'oxc-parser';
import type {Source} from '../imports.ts';

export function literalsIn({path, text}: Source): string[] {
  const found: string[] = [];
  new Visitor({
    Literal({value}) {
      if (typeof value === 'string') found.push(value);
    },
    TemplateLiteral({quasis}) {
      found.push(quasis.map(({value}) => value.cooked ?? '').join('…'));
    },
  }).visit(parseSync(path, text).program);
  return found;
}
