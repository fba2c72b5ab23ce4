import test from 'ava';
import {exampleReport} from '../../fixtures/kit/report.ts';
import {render} from '../document/index.ts';
import {conformanceSection} from './conformance.ts';
import {runDocument} from './document.ts';
import {requirementMatrix} from './requirements.ts';

const report = exampleReport();
const [first] = report.conformance;

async function page(of = report): Promise<string> {
  return (await render({...runDocument(of), sections: conformanceSection(of)}, 'html')).replaceAll(/<[^>]+>/g, ' ');
}

test('what is violated stands in full, by host, once for profiles that found the same', async t => {
  const text = await page();
  t.regex(text, /Under stock \(trial #1\) and tuned \(trial #2\)/);
  t.regex(text, /3 rules, 1 violated, 1 not known/);
  t.regex(text, /C-37\s+major\s+ha\.switch\s+n2, n3\s+no chain drops\s+A firewall drops what nobody has let in/);
  t.regex(text, /reachable from everywhere\.\s+nft: a chain/);
  t.is(text.match(/no chain drops/g)?.length, 1);
});

test('profiles that found different things have an account each; a run that looked at no rule has none', async t => {
  const results = first?.results.map(result => ({...result, state: 'holds' as const})) ?? [];
  const text = await page({
    ...report,
    conformance: [...report.conformance.slice(0, 1), {profile: 'tuned', trial: 2, results}],
  });
  t.regex(text, /Under stock \(trial #1\).*Under tuned \(trial #2\)/s);
  t.deepEqual(conformanceSection({...report, conformance: []}), []);
});

test('the matrix names for every promise its trials, its rules at their worst, and its verdict', async t => {
  const text = await render(
    {...runDocument(report), sections: [{id: 'm', title: 'M', blocks: [requirementMatrix(report)]}]},
    'md',
  );
  const row = (claim: string) => text.split('\n').find(line => line.includes(`\`${claim}\``)) ?? '';
  for (const {claim, kind} of report.verdicts)
    t.regex(row(claim.id), new RegExp(kind === 'not-testable' ? 'not testable' : kind, 'i'), claim.id);
  t.regex(row('ha.switch'), /failover\/[a-z-]+: \d+ of \d+.*C-37 violated on 2 hosts/);
  const untried = report.verdicts.find(({targets}) => targets.every(({samples}) => samples.length === 0));
  t.regex(row(untried?.claim.id ?? ''), /no rule speaks to it/);
});
