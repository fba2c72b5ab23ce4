// Live tests that scripts/test.sh has no time for: `npm run trials -- long-tests`. They need what the live tests need.
import lab from './ava.lab.config.js';

export default {...lab, files: ['{harness,reports,suites,scripts}/**/*.long.ts'], timeout: '15m', match: []};
