import { defineConfig } from 'vitest/config';
import { MatrixReporter } from './test/peers/matrix-reporter.ts';

/** What is run by hand alone: `npm run test:clients` and `npm run test:fuzz`. */
const isWhole = process.env['GRAPHPOST_TEST_CLIENTS'] === 'all';
const isFuzzing = process.env['GRAPHPOST_TEST_FUZZ_MINUTES'] !== undefined;

const shared = { pool: 'forks' as const, setupFiles: ['test/support/laws.ts'] };

export default defineConfig({
  test: {
    ...(isWhole && { reporters: ['default', new MatrixReporter()] }),
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'], ...shared } },
      {
        test: {
          name: 'relay',
          include: ['test/**/*.test.ts'],
          exclude: ['test/peers/**', ...(isFuzzing ? [] : ['test/fuzz/by-hand/**'])],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          ...shared,
        },
      },
      {
        test: {
          name: 'peers',
          include: ['test/peers/**/*.test.ts'],
          exclude: isWhole ? [] : ['test/peers/whole/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          ...shared,
        },
      },
    ],
  },
});
