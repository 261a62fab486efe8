// What monitoring asks over HTTP: metrics and probes.
import { Hono } from 'hono';
import type { Metrics } from '../telemetry/metrics.ts';
import { readinessOf, type CheckReadiness } from './readiness.ts';

export interface TelemetryOptions {
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>;
  readonly ready: CheckReadiness;
}

export function createTelemetryApp({ metrics, ready }: TelemetryOptions): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
  });
  app.get('/metrics', async (c) =>
    c.body(await metrics.render(), 200, { 'Content-Type': metrics.contentType }),
  );
  app.get('/healthz', (c) => c.text('ok\n'));
  app.get('/readyz', async (c) => {
    const readiness = await readinessOf(ready);
    return c.json(readiness, readiness.ok ? 200 : 503);
  });
  app.notFound((c) => c.text('Not found: try /metrics, /healthz or /readyz\n', 404));
  app.onError((_error, c) => c.text('The metrics cannot be told\n', 500));
  return app;
}
