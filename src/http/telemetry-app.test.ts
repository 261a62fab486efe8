import { describe, expect, test } from 'vitest';
import { createTelemetryApp } from './telemetry-app.ts';

const metrics = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  render: () => Promise.resolve('graphpost_queue_bytes 1\n'),
};

describe('createTelemetryApp()', () => {
  test('gives the metrics at /metrics', async () => {
    const answer = await create().request('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe(metrics.contentType);
    expect(await answer.text()).toBe('graphpost_queue_bytes 1\n');
  });

  test('is alive at /healthz although it is not ready', async () => {
    const answer = await create({ ok: false, reasons: ['The disk is full'] }).request('/healthz');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('ok\n');
  });

  test.each([
    [200, { ok: true, reasons: [] }],
    [503, { ok: false, reasons: ['The disk is full'] }],
  ])('answers /readyz with %d for %j', async (status, readiness) => {
    const answer = await create(readiness).request('/readyz');
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual(readiness);
  });

  test('is not ready where nobody can tell', async () => {
    const app = createTelemetryApp({
      metrics,
      ready: () => Promise.reject(new Error('secret detail')),
    });
    const answer = await app.request('/readyz');
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('secret detail');
  });

  test('tells nothing of an error that it meets', async () => {
    const app = createTelemetryApp({
      metrics: { ...metrics, render: () => Promise.reject(new Error('secret detail')) },
      ready: () => ({ ok: true, reasons: [] }),
    });
    const answer = await app.request('/metrics');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret detail');
  });

  test.each(['/', '/admin', '/api/v1/status'])('has nothing at %s', async (path) => {
    expect((await create().request(path)).status).toBe(404);
  });
});

function create(readiness: { ok: boolean; reasons: string[] } = { ok: true, reasons: [] }) {
  return createTelemetryApp({ metrics, ready: () => readiness });
}
