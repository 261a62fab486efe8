import { defineConfig } from 'vitest/config';
import { MatrixReporter } from './test/peers/matrix-reporter.ts';

/** What is run by hand alone: `npm run test:clients`, `npm run test:fuzz` and `npm run test:shipping`. */
const isWhole = process.env['GRAPHPOST_TEST_CLIENTS'] === 'all';
const isFuzzing = process.env['GRAPHPOST_TEST_FUZZ_MINUTES'] !== undefined;
const isShipping = process.env['GRAPHPOST_TEST_SHIPPING'] === 'all';

const shared = {
  pool: 'forks' as const,
  // Each thread that runs TypeScript loads Node's type stripper, which is WebAssembly: V8 frees its wrappers while another
  // thread still compiles them, and the process dies by SIGSEGV (Node 24.21). With this budget they are never replaced.
  execArgv: ['--wasm-wrapper-tiering-budget=1000000000'],
  setupFiles: ['test/support/laws.ts'],
};

export default defineConfig({
  test: {
    ...(isWhole && { reporters: ['default', new MatrixReporter()] }),
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'], ...shared } },
      {
        test: {
          name: 'relay',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/peers/**',
            ...(isFuzzing ? [] : ['test/fuzz/by-hand/**']),
            ...(isShipping ? [] : ['test/shipping/by-hand/**']),
          ],
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
