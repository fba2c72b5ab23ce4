import type {LongTrial} from './trial.ts';

const trial: LongTrial = {
  proves: 'The live tests pass that scripts/test.sh has no time for (*.long.ts).',
  minutes: 6,
  run: stage =>
    stage.step('ava --config ava.long.config.js', async () => {
      const argv = ['node_modules/.bin/ava', '--config', 'ava.long.config.js', '--tap'] as const;
      const {stdout} = await stage.run(argv, {timeoutMs: 1_200_000});
      const passed = stdout.split('\n').filter(line => line.startsWith('ok '));
      if (passed.length === 0) throw new Error('no test ran');
      stage.saw('passed', passed.length);
    }),
};
export default trial;
