import { describe, expect, test } from 'vitest';
import { setUpAdmin, token, withToken } from '../../test/support/admin-app.ts';

const { app, logIn } = setUpAdmin({
  ...withToken,
  explain: () => Promise.resolve({ fault: 'Nobody asks' }),
  checks: () => Promise.resolve([]),
  tester: {
    send: () => Promise.resolve({ fault: 'Nothing is sent' }),
    look: () => Promise.resolve(undefined),
  },
});

/** Everything that is served, but what somebody needs who has yet to log in. */
const guarded = app.routes
  .filter(({ method, path }) => method !== 'ALL' && !/^\/(login|logout|assets\/.*)$/.test(path))
  .map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+/g, 'q1').replace('*', 'q1') }));
const changing = guarded.filter(({ method }) => method !== 'GET');
const here = { Host: 'localhost:8025', Origin: 'http://localhost:8025' };
const bearer = { Authorization: `Bearer ${token}` };

const ask = async (
  { method, path }: { readonly method: string; readonly path: string },
  headers: Record<string, string>,
) => (await app.request(path, { method, headers })).status;

describe('the admin server', () => {
  test('has pages and an API to guard', () => {
    const paths = guarded.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/', '/api/v1/status', '/api/v1/openapi.json']));
    expect(changing.length).toBeGreaterThan(10);
  });

  test.each(guarded)('$method $path is nobody’s without the token', async (route) => {
    expect(await ask(route, here)).toBe(401);
    expect(await ask(route, { ...here, Authorization: 'Bearer wrong' })).toBe(401);
    expect(await ask(route, { ...here, Cookie: 'graphpost_session=wrong' })).toBe(401);
    expect(await ask(route, { ...here, ...bearer })).not.toBe(401);
  });

  test.each(guarded)('$method $path is not to be had by another name', async (route) => {
    const rebound = { Host: 'evil.example.net', Origin: 'http://evil.example.net' };
    expect(await ask(route, { ...rebound, ...bearer })).toBe(421);
  });

  test.each(changing)('$method $path is not to be had from another site', async (route) => {
    const session = await logIn();
    for (const Origin of ['http://evil.example.net', 'http://localhost:9999', 'null']) {
      expect(await ask(route, { ...here, Origin, ...session })).toBe(403);
    }
    expect(await ask(route, { ...here, ...session })).not.toBe(403);
  });
});
