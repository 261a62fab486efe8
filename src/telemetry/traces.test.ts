import { trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { afterEach, describe, expect, test } from 'vitest';
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

describe('an SDK that fails', () => {
  afterEach(() => trace.disable());

  const fails = (): never => {
    throw new Error('of the SDK');
  };
  const span = trace.wrapSpanContext({
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    traceFlags: 1,
  });
  const tracerOf = (startSpan: Tracer['startSpan']): TracerProvider => ({
    getTracer: () => ({ startSpan, startActiveSpan: fails }),
  });

  test.each<[string, TracerProvider]>([
    ['begins no span', tracerOf(fails)],
    [
      'takes no attributes',
      tracerOf(() => Object.assign(Object.create(span), { setAttribute: fails })),
    ],
    ['ends no span', tracerOf(() => Object.assign(Object.create(span), { end: fails }))],
  ])('takes back nothing of what was done: it %s', async (_what, provider) => {
    trace.setGlobalTracerProvider(provider);
    const tracing = await loadTracing({ NODE_OPTIONS: '--import /otel.mjs' }, { version });
    let times = 0;
    const work = () => Promise.resolve((times += 1));
    const options = { facts: { id: 'a' }, resultOf: () => ({ kind: 'accepted' }) };
    expect(await tracing?.traces.step('accept', options, work)).toBe(1);
    expect(times).toBe(1);
  });
});
