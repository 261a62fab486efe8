import { describe, expect, test } from 'vitest';
import { loadTracing } from './traces.ts';

const version = '1.2.3';

describe('loadTracing()', () => {
  test.each([
    ['no options', {}],
    ['empty ones', { NODE_OPTIONS: '' }],
    ['others', { NODE_OPTIONS: '--max-old-space-size=64 --no-warnings' }],
  ])('loads nothing with %s', async (_what, env) => {
    expect(await loadTracing(env, { version })).toBeUndefined();
  });

  test.each(['--import /otel.mjs', '--require=/otel.cjs', '--no-warnings -r /otel.cjs'])(
    'takes %s for an SDK, and goes on without one',
    async (options) => {
      const tracing = await loadTracing({ NODE_OPTIONS: options }, { version });
      const work = () => Promise.resolve('done');
      const facts = { id: 'a' };
      expect(await tracing?.traces.step('accept', { facts }, work)).toBe('done');
      expect(tracing?.traces.traceparent()).toBeUndefined();
      const trouble = new Error('no');
      const failing = tracing?.traces.step('attempt', { facts }, () => Promise.reject(trouble));
      await expect(failing).rejects.toBe(trouble);
    },
  );
});
