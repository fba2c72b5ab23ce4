import test from 'ava';
import type {Progress} from '../../../harness/types.ts';
import {watchOn} from './progress.ts';

function played(
  isTTY: boolean,
  columns = 200,
): {out: string; play(seconds: number, event: Progress): void; tick(): void} {
  let ms = 0;
  let out = '';
  const watch = watchOn({isTTY, columns, write: text => (out += text)}, () => ms);
  return {
    get out() {
      return out;
    },
    play(seconds, event) {
      ms = seconds * 1000;
      watch.tell(event);
    },
    tick: watch.tick,
  };
}

const started = (slot: number, estimatedSeconds: number): Progress => ({
  kind: 'trial-started',
  slot,
  of: 2,
  scenario: 'storage/fio',
  profile: 'tuned',
  repetition: 1,
  estimatedSeconds,
});

test('plain lines tell trial, host, value and what is left at the pace seen', t => {
  const screen = played(false);
  screen.play(0, {kind: 'plan', trials: 2, estimatedSeconds: 40});
  screen.play(0, started(1, 20));
  screen.play(5, {kind: 'said', text: 'fio runs', host: 'n1'});
  screen.play(6, {kind: 'measured', metric: 'storage.latency', unit: 's', value: 0.0055, labels: {percentile: '99'}});
  screen.play(40, {kind: 'trial-ended', slot: 1, status: 'done', reason: '', durationSeconds: 40});
  screen.play(40, started(2, 20));
  screen.play(50, {kind: 'ended', status: 'aborted', reason: 'stopped'});
  t.deepEqual(screen.out.split('\n'), [
    '[0:00] 2 trials, about 0:40',
    '[0:00] trial 1/2 storage/fio tuned #1: about 0:20, about 0:40 left',
    '[0:05] n1: fio runs',
    '[0:40] trial 1/2 storage/fio tuned #1 done after 40 s, measured one value: Storage latency (99) 5.50 ms',
    '[0:40] trial 2/2 storage/fio tuned #1: about 0:20, about 0:40 left',
    '[0:50] run aborted: stopped',
    '',
  ]);
});

test('a terminal has one line at the bottom, as wide as it is, and finished trials above', t => {
  const screen = played(true, 60);
  screen.play(0, {kind: 'plan', trials: 2, estimatedSeconds: 40});
  screen.play(0, started(1, 20));
  screen.play(5, {kind: 'said', text: 'a long word '.repeat(20), host: 'n1'});
  const last = screen.out.split('\r\u001B[K').at(-1) ?? '';
  t.regex(last, /^1\/2 storage\/fio tuned #1 · 0:05 elapsed · about 0:35 left/);
  t.is(last.length, 59);
  screen.play(9, {kind: 'trial-ended', slot: 1, status: 'failed', reason: 'fio: no\nsuch file', durationSeconds: 9});
  t.true(screen.out.includes('\r\u001B[Ktrial 1/2 storage/fio tuned #1 failed after 9.0 s: fio: no such file\n'));
});

test('what a tool says cannot move the cursor', t => {
  const screen = played(false);
  screen.play(0, {kind: 'said', text: 'a\u001B[2Jb\u0007c\rd'});
  t.is(screen.out, '[0:00] ab c d\n');
});
