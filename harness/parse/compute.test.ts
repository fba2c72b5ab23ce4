import test from 'ava';
import {countIn, parseCompute} from './compute.ts';

const whole = 'pace count=2 wall_ns=1000 check=00ff\nwork_ns 12 13\nlate_ns 0 7\n';

test('the command, its values and its lists', t => {
  t.deepEqual(parseCompute(whole, 'a'), {
    ok: true,
    value: {
      command: 'pace',
      words: {count: '2', wall_ns: '1000', check: '00ff'},
      lists: {work_ns: [12, 13], late_ns: [0, 7]},
    },
  });
});

test('what is cut off, or is another thing, is no report', t => {
  const found = (text: string) => {
    const read = parseCompute(text, 'a');
    return read.ok ? 'read' : read.error.found;
  };
  t.is(found(''), 'nothing');
  t.not(found(whole.slice(0, -3)), 'read');
  t.is(found('sh: compute: not found\n'), 'compute:');
  t.is(found('pace\n'), 'pace');
  t.is(found('pace count=1\nwork_ns 12 -nan\n'), '-nan');
  t.is(found('pace count=1 count=2\n'), 'count=2');
  t.is(found('pace count=1\nwork_ns 12\nwork_ns 1\n'), 'a second one');
});

test('a value that is missing, or no number, is told and never 0', t => {
  const read = parseCompute(whole, 'a');
  if (!read.ok) return t.fail();
  t.deepEqual(countIn(read.value, 'count', 'a'), {ok: true, value: 2});
  t.deepEqual(countIn(read.value, 'units', 'a'), {
    ok: false,
    error: {artefact: 'a', path: 'units', expected: 'a whole number', found: 'nothing'},
  });
  t.false(countIn(read.value, 'check', 'a').ok);
});
