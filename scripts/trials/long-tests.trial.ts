import type {LongTrial, Stage} from './trial.ts';

const trial: LongTrial = {
  proves:
    'The live tests pass that scripts/test.sh has no time for (*.long.ts, and those of *.live.ts that are called long).',
  minutes: 20,
  async run(stage) {
    await pass(stage, 'passed', ['--config', 'ava.long.config.js']);
    await pass(stage, 'passed, called long', ['--config', 'ava.lab.config.js', '--match', 'long: *']);
  },
};

async function pass(stage: Stage, what: string, words: readonly string[]): Promise<void> {
  await stage.step(`ava ${words.join(' ')}`, async () => {
    const argv = ['node_modules/.bin/ava', ...words, '--tap'] as const;
    const {stdout} = await stage.run(argv, {timeoutMs: 1_200_000});
    const passed = stdout.split('\n').filter(line => line.startsWith('ok '));
    if (passed.length === 0) throw new Error('no test ran');
    stage.saw(what, passed.length);
  });
}

export default trial;
