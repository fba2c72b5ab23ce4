import test from 'ava';
import {asRecorded, lab, stateOf} from '../../fixtures/kit/rule-cases/case.ts';
import {ruleCases} from '../../fixtures/kit/rule-cases/index.ts';
import {rules} from './index.ts';

for (const {rule, says, from, state, words, outputs, hosts} of ruleCases) {
  test(`${rule}: ${says} (${from}): ${state}`, t => {
    const found = stateOf(rule, outputs, hosts);
    t.is(found.state, state, JSON.stringify(found));
    t.regex(Object.values(found).join(' '), words);
  });
}

for (const {id} of rules) {
  test(`${id} has a case that holds and one that is violated`, t => {
    const states = ruleCases.filter(({rule}) => rule === id).map(({state}) => state);
    t.true(states.includes('holds'));
    t.true(states.includes('violated'));
  });

  test(`${id}: where nothing is read, or only emptiness, nothing is known`, t => {
    t.is(stateOf(id, {}).state, 'not-known');
    for (const text of ['', '\n', '<cib/>', '{}', '[]', '=end\n', 'nonsense']) {
      const all = Object.fromEntries(Object.keys(lab).map(name => [name, text]));
      const {state} = stateOf(id, all);
      t.true(state === 'not-known' || state === 'violated', `${JSON.stringify(text)}: ${state}`);
    }
  });

  test(`${id}: half an output never holds where the whole does not`, t => {
    const whole = stateOf(id, lab);
    for (const share of [0.1, 0.4, 0.7, 0.95]) {
      const half = Object.fromEntries(
        Object.entries(lab).map(([name, text]) => [name, text.slice(0, text.length * share)]),
      );
      const {state} = stateOf(id, half);
      if (whole.state !== 'holds') t.not(state, 'holds', `${share}`);
    }
    t.pass(asRecorded);
  });
}
