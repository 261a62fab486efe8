import { Hono } from 'hono';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Access } from './access.ts';
import { sessionLifeMs } from './sessions.ts';

const token = 'token-4711';

describe('Access', () => {
  test.each([
    [`Bearer ${token}`, 200],
    [`bearer  ${token}`, 200],
    ['Bearer wrong', 401],
    [`Bearer ${token}x`, 401],
    [`Bearer ${token.slice(0, -1)}`, 401],
    [`Basic ${token}`, 401],
    ['Bearer', 401],
    [token, 401],
    ['', 401],
  ])('answers Authorization %j with %d', async (authorization, status) => {
    const { ask } = setUp();
    expect((await ask({ Authorization: authorization })).status).toBe(status);
  });

  test('takes a session until the end of its life', async () => {
    const { ask, logIn, clock } = setUp();
    const session = { Cookie: cookieOf(await logIn(token)) };
    expect((await ask(session)).status).toBe(200);
    clock.time += sessionLifeMs;
    expect((await ask(session)).status).toBe(401);
  });

  test('does not let a session make up for a wrong bearer token', async () => {
    const { ask, logIn } = setUp();
    const session = { Cookie: cookieOf(await logIn(token)) };
    expect((await ask({ ...session, Authorization: 'Bearer wrong' })).status).toBe(401);
  });

  test.each(['graphpost_session=', 'graphpost_session=AAAA', 'other=1'])(
    'takes no session from Cookie %j',
    async (cookie) => {
      expect((await setUp().ask({ Cookie: cookie })).status).toBe(401);
    },
  );

  test('gives a cookie that no script and no other site can use', async () => {
    const { logIn } = setUp();
    expect((await logIn(token)).headers.get('Set-Cookie')).toMatch(
      /^graphpost_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const behindTls = await logIn(token, { Origin: 'https://localhost:8025' });
    expect(behindTls.headers.get('Set-Cookie')).toMatch(/; Secure/);
  });

  test('takes up another token, and ends the sessions of the one before', async () => {
    const { ask, logIn, rule } = setUp();
    const session = { Cookie: cookieOf(await logIn(token)) };
    rule.token = 'another-token';
    expect((await ask(session)).status).toBe(401);
    expect((await ask({ Authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await ask({ Authorization: 'Bearer another-token' })).status).toBe(200);
    expect((await ask({ Cookie: cookieOf(await logIn('another-token')) })).status).toBe(200);
  });

  test('gives every login a session of its own, and none for a wrong token', async () => {
    const { logIn } = setUp();
    expect(cookieOf(await logIn(token))).not.toBe(cookieOf(await logIn(token)));
    expect((await logIn('wrong')).headers.get('Set-Cookie')).toBeNull();
  });
});

function setUp() {
  const clock = { time: 1_000, now: () => clock.time };
  const rule = { token };
  const access = new Access(
    { tokenNeeded: true, token: () => rule.token },
    { clock, random: randomBytes },
  );
  const app = new Hono();
  app.get('/', (c) => c.body(null, access.isAllowed(c) ? 200 : 401));
  app.post('/', async (c) => c.body(null, access.logIn(c, await c.req.text()) ? 200 : 401));
  return {
    clock,
    rule,
    ask: async (headers: Record<string, string>) => app.request('/', { headers }),
    logIn: async (body: string, headers: Record<string, string> = {}) =>
      app.request('/', { method: 'POST', body, headers }),
  };
}

function cookieOf(answer: Response): string {
  return answer.headers.get('Set-Cookie')?.split(';')[0] ?? '';
}
