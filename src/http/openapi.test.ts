import { describe, expect, test } from 'vitest';
import { createFakeQueue } from '../../test/support/fake-queue.ts';
import { fakeViews, figures } from '../../test/support/admin-app.ts';
import { createApi } from './api.ts';
import { describeApi } from './openapi.ts';
import { apiRoutes } from './routes.ts';

const now = Date.UTC(2026, 10, 22, 12);

/** With everything that it can have. */
function createWholeApi() {
  const queue = createFakeQueue({ records: [], figures });
  return createApi({
    version: '1.2.3',
    hostname: 'relay.example.com',
    listeners: [],
    connections: () => [],
    store: queue.store,
    operator: queue.operator,
    views: fakeViews,
    explain: () => Promise.resolve({ fault: 'Nobody asks' }),
    tester: {
      send: () => Promise.resolve({ fault: 'Nothing is sent' }),
      look: () => Promise.resolve(undefined),
    },
    signIns: {
      start: () => Promise.resolve({ refused: 'notHere', why: 'Nobody signs in' }),
      look: () => undefined,
    },
    ready: () => ({ ok: true, reasons: [] }),
    clock: { now: () => now },
    events: { operatorActed() {} },
    who: () => 'token',
  });
}

describe('openapi.json', () => {
  test('has every route that is served, and no other', async () => {
    const api = createWholeApi();
    const served = api.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const { paths } = JSON.parse(await (await api.request('/openapi.json')).text());
    const told = Object.entries(paths as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(told.toSorted()).toEqual([...new Set(served)].toSorted());
  });

  test('points only to components that it has, and has none that nothing points to', () => {
    const api = describeApi({ version: '1.2.3', routes: apiRoutes });
    const text = JSON.stringify(api);
    const pointers = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name = '']) => name,
    );
    const { schemas } = api['components'] as { readonly schemas: object };
    expect([...new Set(pointers)].toSorted()).toEqual(Object.keys(schemas).toSorted());
    expect(text).not.toMatch(/\$defs|"\$schema"|"id":"[A-Z]/);
  });

  test('gives each operation a name of its own', () => {
    const names = JSON.stringify(describeApi({ version: '1.2.3', routes: apiRoutes })).match(
      /"operationId":"\w+"/g,
    );
    expect(new Set(names).size).toBe(apiRoutes.length);
  });

  test('says what a request takes, and what it may be told', () => {
    const { paths } = describeApi({ version: '1.2.3', routes: apiRoutes });
    expect(paths).toMatchObject({
      '/messages/{id}/resend': {
        post: {
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { to: { type: 'array', minItems: 1, maxItems: 500 } },
                  required: ['to'],
                  additionalProperties: false,
                },
                example: { to: ['ann@example.com'] },
              },
            },
          },
          responses: {
            201: { content: { 'application/json': {} } },
            401: { content: { 'application/problem+json': {} } },
            403: {},
            422: {},
          },
        },
      },
      '/messages': {
        get: {
          parameters: expect.arrayContaining([
            {
              ...{ name: 'limit', in: 'query', required: false },
              schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
            },
          ]),
        },
      },
    });
  });

  test.each(apiRoutes.flatMap(({ path, body }) => (body ? [{ path, body }] : [])))(
    'has an example that $path takes',
    ({ body }) => {
      expect(body.schema.safeParse(body.example).success).toBe(true);
    },
  );
});
