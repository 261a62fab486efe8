import { defineConfig } from 'vitest/config';

const forks = { pool: 'forks' } as const;

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'], ...forks } },
      {
        test: {
          name: 'relay',
          include: ['test/**/*.test.ts'],
          exclude: ['test/peers/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          ...forks,
        },
      },
      {
        test: {
          name: 'peers',
          include: ['test/peers/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          ...forks,
        },
      },
    ],
  },
});
