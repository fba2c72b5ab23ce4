import test from 'ava';
import {settingDifferences} from './settings.ts';

const setup = (settings: Record<string, string>, kind = 'fio a') => ({name: 'x', kind, settings});

test('a setting that differs between the sides is listed with both values', t => {
  const {between, within} = settingDifferences(
    [setup({bs: '4k', rw: 'randread'}), setup({bs: '4k', rw: 'randread'})],
    [setup({bs: '8k', rw: 'randread'})],
  );
  t.deepEqual(between, [{setting: 'bs', kinds: [], before: ['4k'], after: ['8k']}]);
  t.deepEqual(within, []);
});

test('a setting that one side lacks, and one that only some trials of a side have', t => {
  const {between} = settingDifferences(
    [setup({}), setup({})],
    [setup({iodepth: '8', ramp: '2'}), setup({iodepth: '8'})],
  );
  t.deepEqual(between, [
    {setting: 'iodepth', kinds: [], before: ['not set'], after: ['8']},
    {setting: 'ramp', kinds: [], before: ['not set'], after: ['2', 'not set']},
  ]);
});

test('what varies alike on both sides is a warning of its own', t => {
  const side = [setup({bs: '16k'}), setup({bs: '4k'})];
  const {between, within} = settingDifferences(side, side.toReversed());
  t.deepEqual(between, []);
  t.deepEqual(within, [{setting: 'bs', kinds: [], before: ['4k', '16k'], after: ['4k', '16k']}]);
});

test('different jobs are no variation; the same difference in several is told once', t => {
  const before = [setup({bs: '4k', v: '1'}, 'a'), setup({bs: '1M', v: '1'}, 'b'), setup({v: '1'}, 'c')];
  const after = [setup({bs: '4k', v: '2'}, 'a'), setup({bs: '1M', v: '2'}, 'b'), setup({v: '1'}, 'c')];
  const {between, within} = settingDifferences(before, after);
  t.deepEqual(between, [{setting: 'v', kinds: ['a', 'b'], before: ['1'], after: ['2']}]);
  t.deepEqual(within, []);
});

test('jobs of other names are held against each other all the same', t => {
  const {between} = settingDifferences([setup({bs: '4k'}, 'old')], [setup({bs: '8k'}, 'new')]);
  t.deepEqual(between, [{setting: 'bs', kinds: [], before: ['4k'], after: ['8k']}]);
});
