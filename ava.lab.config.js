// Live tests: they need root and the Debian packages that scripts/test.sh installs. One at a time; each has its own deadline.
// Those whose title begins with "long: " take part in `npm run trials -- long-tests`: scripts/test.sh has no time for them.
export default {
  extensions: ['ts', 'js'],
  files: ['{harness,reports,suites,scripts}/**/*.live.ts'],
  workerThreads: false,
  concurrency: 1,
  serial: true,
  timeout: '10m',
  match: ['!long: *'],
};
