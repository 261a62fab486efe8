import { describe, expect, test } from 'vitest';
import {
  figures,
  hostile,
  sandboxMessage,
  setUpAdmin as setUp,
  storeAway,
  token,
  withToken,
} from '../../test/support/admin-app.ts';
import { assetUrl, type AssetName } from './page/assets.ts';

describe('createAdminApp()', () => {
  test('answers only to its own names', async () => {
    const { app } = setUp();
    for (const [host, status] of [
      ['relay.example.com', 200],
      ['evil.example.net', 421],
    ] as const) {
      for (const path of ['/', '/api/v1/status', assetUrl('page.css')]) {
        expect((await app.request(path, { headers: { Host: host } })).status).toBe(status);
      }
    }
  });

  test('takes no form from another site', async () => {
    const { post } = setUp(withToken);
    const answer = await post('/login', `token=${token}`, { Origin: 'http://localhost:3000' });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('Set-Cookie')).toBeNull();
  });

  test.each(['/', '/messages', '/api/v1/status', '/nothing', '/sandbox/s1'])(
    'puts the security headers on %s',
    async (path) => {
      const { headers } = await setUp().get(path);
      expect(headers.get('Content-Security-Policy')).toMatch(
        /^default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;.* frame-ancestors 'none'$/,
      );
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Referrer-Policy')).toBe('same-origin');
      expect(headers.get('Cache-Control')).toBe('no-store');
    },
  );
});

describe('access', () => {
  test.each(['/api/v1/status', '/api/v1/messages', '/api/v1/nothing'])(
    'to %s needs the bearer token',
    async (path) => {
      const { get } = setUp(withToken);
      const refused = await get(path);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('WWW-Authenticate')).toBe('Bearer realm="graphpost"');
      expect(refused.headers.get('Content-Type')).toBe('application/problem+json');
      expect((await get(path, { Authorization: `Bearer ${token}` })).status).not.toBe(401);
    },
  );

  test('to the pages is asked for by a form', async () => {
    const { get } = setUp(withToken);
    for (const path of ['/', '/sandbox/s1']) {
      const answer = await get(path);
      const page = await answer.text();
      expect(answer.status).toBe(401);
      expect(page).toContain('action="/login"');
      expect(page).not.toContain('Quarterly');
    }
    expect((await get(assetUrl('page.css'))).status).toBe(200);
  });

  test('by a session ends with the logout', async () => {
    const { get, post, logIn } = setUp(withToken);
    const session = await logIn();
    const page = await (await get('/', session)).text();
    expect(page).toContain('action="/logout"');
    expect(page).not.toContain(token);
    expect((await get('/api/v1/status', session)).status).toBe(200);
    expect((await post('/logout', '', session)).status).toBe(303);
    expect((await get('/', session)).status).toBe(401);
  });

  test('is refused with a wrong token, which is logged without it', async () => {
    const { post, notices } = setUp(withToken);
    const answer = await post('/login', 'token=guess-4711');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('Set-Cookie')).toBeNull();
    expect(await answer.text()).toContain('That is not the token.');
    expect(notices).toEqual([
      {
        level: 'warn',
        event: 'admin.loginRefused',
        text: 'A wrong admin token was given, from 192.0.2.1',
      },
    ]);
  });

  test('is slow for who goes on guessing, and for nobody else', async () => {
    const { get, post, waits, notices, logIn } = setUp(withToken);
    for (const path of ['/api/v1/status', '/', '/api/v1/nothing']) {
      await get(path, { Authorization: 'Bearer guess' });
      await get(path);
    }
    expect(waits).toEqual([]);
    await get('/api/v1/status', { Authorization: 'Bearer guess' });
    await post('/login', 'token=guess');
    await get('/', { Authorization: 'Bearer guess' });
    expect(waits).toEqual([250, 500, 1_000]);
    await get('/', await logIn());
    await get('/api/v1/status', { Authorization: `Bearer ${token}` });
    expect([waits.length, notices.length]).toEqual([3, 1]);
  });

  test('does not read forms without end', async () => {
    const { post } = setUp(withToken);
    expect((await post('/login', `token=${'x'.repeat(5_000)}`)).status).toBe(413);
  });

  test('needs no token while nothing leaves the machine', async () => {
    const { get } = setUp();
    expect((await get('/')).status).toBe(200);
    expect((await get('/api/v1/status')).status).toBe(200);
  });
});

describe('the API', () => {
  test('/status tells figures, listeners and connections by name', async () => {
    expect(await (await setUp().get('/api/v1/status')).json()).toEqual({
      version: '0.1.0',
      hostname: 'relay.example.com',
      summary: { tone: 'good', text: '2 messages wait, the oldest for 1 minute.' },
      ready: { ok: true, reasons: [] },
      queue: {
        deliveries: figures.deliveries,
        bodyBytes: 42,
        oldestReceivedAt: '2026-11-22T11:59:00.000Z',
        oldestByState: { deferred: '2026-11-22T11:59:00.000Z' },
      },
      listeners: [{ name: 'apps', host: '127.0.0.1', port: 2525 }],
      connections: [{ name: 'play', type: 'sandbox' }],
      sandbox: true,
    });
  });

  test('/status answers while the store is away', async () => {
    const { get } = setUp({ store: storeAway });
    const status: { queue?: unknown; summary: { tone: string } } = JSON.parse(
      await (await get('/api/v1/status')).text(),
    );
    expect(status.queue).toBeUndefined();
    expect(status.summary.tone).toBe('bad');
  });

  test('/messages?state= gives that state alone, and refuses one that there is not', async () => {
    const { get } = setUp();
    const all = await readList(setUp(), '/api/v1/messages');
    const states = all.messages.map(({ state }) => state);
    for (const state of new Set(states)) {
      const list = await readList(setUp(), `/api/v1/messages?state=${state}`);
      expect(list.messages.map((message) => message.state)).toEqual(
        states.filter((one) => one === state),
      );
    }
    expect((await get('/api/v1/messages?state=lost')).status).toBe(400);
  });

  test('/messages gives each delivery with its last attempt', async () => {
    const list = await readList(setUp(), '/api/v1/messages?limit=1');
    expect(list.messages).toEqual([
      {
        id: 'q1-1',
        messageId: 'q1',
        receivedAt: '2026-11-22T11:58:59.000Z',
        client: 'erp',
        reversePath: 'app@example.com',
        from: 'app@example.com',
        subject: 'Quarterly 1',
        sizeBytes: 17,
        forwardPaths: ['someone@example.com'],
        route: 'default',
        connection: 'play',
        lane: 'connection play',
        state: 'deferred',
        attempts: 1,
        dueAt: '2026-11-22T12:00:30.000Z',
        lastAttempt: {
          number: 1,
          connection: 'play',
          startedAt: '2026-11-22T11:59:59.000Z',
          endedAt: '2026-11-22T12:00:00.000Z',
          outcome: {
            kind: 'deferred',
            status: '4.4.2',
            reason: 'timeout',
            diagnostic: `No answer ${hostile}`,
          },
        },
      },
    ]);
  });

  test.each(['/api/v1/messages', '/api/v1/sandbox/messages'])(
    '%s is read page by page without gap or overlap',
    async (path) => {
      const setup = setUp();
      const whole = await readList(setup, path);
      const ids: string[] = [];
      let next: string | undefined;
      do {
        const list = await readList(setup, `${path}?limit=2${next ? `&before=${next}` : ''}`);
        ids.push(...list.messages.map(({ id }) => id));
        next = list.next;
      } while (next !== undefined);
      expect(ids).toHaveLength(5);
      expect(ids).toEqual(whole.messages.map(({ id }) => id));
      expect(whole.next).toBeUndefined();
    },
  );

  test.each(['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'limit=', 'before='])(
    '/messages?%s is a problem',
    async (query) => {
      for (const path of ['messages', 'sandbox/messages']) {
        const answer = await setUp().get(`/api/v1/${path}?${query}`);
        expect(answer.status).toBe(400);
        expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
        expect(await answer.json()).toMatchObject({
          type: 'about:blank',
          title: 'Bad request',
          status: 400,
        });
      }
    },
  );

  test('/sandbox/messages/{id} gives the message without its bytes', async () => {
    const answer = await setUp().get('/api/v1/sandbox/messages/s1');
    const { raw: _, ...rest } = sandboxMessage('s1');
    expect(await answer.json()).toEqual({ ...rest, sentAt: '2026-11-22T12:00:00.000Z' });
  });

  test('/sandbox/messages/{id}/raw gives the bytes as an attachment', async () => {
    const answer = await setUp().get('/api/v1/sandbox/messages/s1/raw');
    expect(answer.headers.get('Content-Type')).toBe('message/rfc822');
    expect(answer.headers.get('Content-Disposition')).toBe('attachment; filename="s1.eml"');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(sandboxMessage('s1').raw);
  });

  test.each(['sandbox/messages/nobody', 'sandbox/messages/nobody/raw', 'nothing'])(
    'has a problem for /%s, which does not exist',
    async (path) => {
      for (const setup of [setUp(), setUp(withToken)]) {
        const headers = { Authorization: `Bearer ${token}` };
        const answer = await setup.get(`/api/v1/${path}`, headers);
        expect(answer.status).toBe(404);
        expect(await answer.json()).toMatchObject({ status: 404, title: 'Not found' });
      }
    },
  );

  test('says 503 while the store is away', async () => {
    const answer = await setUp({ store: storeAway }).get('/api/v1/messages');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ status: 503, title: 'Store not available' });
  });

  test('tells the log, and not the client, what went wrong', async () => {
    const broken = {
      ...storeAway,
      list: () => Promise.reject(new TypeError('secret detail')),
    };
    const { get, faults } = setUp({ store: broken });
    const answer = await get('/api/v1/messages');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret detail');
    expect(faults).toEqual([{ where: 'http', error: new TypeError('secret detail') }]);
  });
});

describe('the pages', () => {
  test('escape whatever comes from outside', async () => {
    const { get } = setUp();
    for (const path of ['/', '/sandbox/s1']) {
      const page = await (await get(path)).text();
      expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;');
      expect(page).not.toContain('<script>alert');
    }
  });

  test('have no script and no style of their own inside', async () => {
    const { get } = setUp();
    const page = await (await get('/')).text();
    expect(page.match(/<script[^>]*>/g)).toEqual(
      (['page.js', 'uplot.js', 'charts.js'] as const).map(
        (name) => `<script src="${assetUrl(name)}" defer>`,
      ),
    );
    expect(page).not.toMatch(/ (style|on\w+)=/);
  });

  test('show nothing of a page that is not there', async () => {
    const answer = await setUp().get('/sandbox/nobody');
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('<h1>Not found</h1>');
  });

  test('come up while the store is away', async () => {
    const answer = await setUp({ store: storeAway }).get('/');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('The store cannot be read.');
  });

  test.each<[AssetName, string]>([
    ['page.css', 'text/css; charset=utf-8'],
    ['parts.css', 'text/css; charset=utf-8'],
    ['forms.css', 'text/css; charset=utf-8'],
    ['tables.css', 'text/css; charset=utf-8'],
    ['uplot.css', 'text/css; charset=utf-8'],
    ['page.js', 'text/javascript; charset=utf-8'],
    ['charts.js', 'text/javascript; charset=utf-8'],
    ['uplot.js', 'text/javascript; charset=utf-8'],
  ])('get %s as %s, for good', async (name, type) => {
    const { get } = setUp(withToken);
    const answer = await get(assetUrl(name));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe(type);
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  test('get no file by the name that it had in another version', async () => {
    const { get } = setUp();
    expect((await get('/assets/page.000000000000.css')).status).toBe(404);
    expect((await get('/assets/..%2fpackage.json')).status).toBe(404);
  });
});

async function readList(
  { get }: ReturnType<typeof setUp>,
  path: string,
): Promise<{ messages: { id: string; state: string }[]; next?: string }> {
  return JSON.parse(await (await get(path)).text());
}
