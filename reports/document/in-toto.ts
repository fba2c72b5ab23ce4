/**
 * An in-toto statement of type `test-result` (in-toto.io/attestation/test-result/v0.1): what was tested, with which
 * result, for policy engines. It is unsigned by itself; `seatrial sign` covers it with the run.
 */
import {oneLine} from '../words/text.ts';
import {sha256Hex} from './digest.ts';
import type {Document} from './document.ts';
import type {Format} from './index.ts';
import {renderData} from './json.ts';
import type {Cases, Outcome} from './junit.ts';

/** What a statement is about, beside its cases. */
export interface Attested {
  /** What was tested; its digest is over what is known of it: hardware and software as found. */
  subject: {name: string; facts: unknown};
  /** Commit of the program that judged, as git tells it; anything else is left out. */
  commit: string;
}

async function statementOf(document: Document): Promise<unknown> {
  const {cases, attested, data} = document;
  if (cases === undefined || attested === undefined || data === undefined) return undefined;
  const {subject, commit} = attested();
  const tested = cases();
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{name: oneLine(subject.name), digest: {sha256: await sha256Hex(renderData(subject.facts))}}],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: {
      result: resultOf(tested),
      configuration: [
        {
          name: 'report.json',
          mediaType: 'application/json',
          digest: {sha256: await sha256Hex(renderData(data.value()))},
        },
        {
          name: `seatrial ${tested.version ?? ''}`.trim(),
          ...(/^[0-9a-f]{40}$/.test(commit) ? {digest: {gitCommit: commit}} : {}),
        },
      ],
      passedTests: namesOf(tested, ['passed']),
      warnedTests: namesOf(tested, ['error']),
      failedTests: namesOf(tested, ['failure']),
    },
  };
}

/** What was not shown is warned of: it never makes the whole PASSED. */
function resultOf({suites}: Cases): 'PASSED' | 'WARNED' | 'FAILED' {
  const kinds = new Set(suites.flatMap(({cases}) => cases.map(({outcome}) => outcome.kind)));
  if (kinds.has('failure')) return 'FAILED';
  return kinds.has('error') || !kinds.has('passed') ? 'WARNED' : 'PASSED';
}

function namesOf({suites}: Cases, kinds: readonly Outcome['kind'][]): readonly string[] {
  const own = suites.flatMap(({cases}) => cases.filter(({outcome}) => kinds.includes(outcome.kind)));
  return [...new Set(own.map(({className, name}) => oneLine(className === name ? name : `${className}: ${name}`)))];
}

export const inToto: Format = {
  name: 'in-toto',
  extension: 'json',
  file: 'test-result.intoto.json',
  async render(document) {
    const statement = await statementOf(document);
    return statement === undefined ? undefined : renderData(statement);
  },
};
