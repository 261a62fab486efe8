// `npm run test:fuzz -- --minutes 10 [--seed N]`: each law for so long, with other random values than the last time.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: 'random' },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0: "${values.minutes}"`);
const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'test/fuzz'];
const { status } = spawnSync(process.execPath, vitest, {
  stdio: 'inherit',
  env: {
    ...process.env,
    GRAPHPOST_TEST_FUZZ_MINUTES: String(minutes),
    GRAPHPOST_TEST_SEED: values.seed,
  },
});
process.exitCode = status ?? 1;
