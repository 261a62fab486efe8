import { describe, expect, test } from 'vitest';
import { failed } from '../core/outcome.ts';
import { setUpAdmin as setUp, token, withToken } from '../../test/support/admin-app.ts';

describe('the page of a message', () => {
  test('shows its attempts and what can be done, and nothing of its body', async () => {
    const page = await (await setUp().get('/messages/q2')).text();
    for (const text of [
      '<code>q2</code>',
      '<span class="badge deferred">deferred</span>',
      'No answer came in time.',
      'value="retry"',
      'value="hold"',
      'value="remove"',
      'href="/messages/q2/reroute?delivery=q2-1"',
      'href="/api/v1/messages/q2/raw"',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain('value="release"');
    expect(page).not.toContain('body\r\n');
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;');
    expect(page).not.toContain('<script>');
  });

  test.each([
    ['retry', 'It is tried now.'],
    ['hold', 'It is held until somebody releases it.'],
    ['remove', 'It is deleted.'],
  ])('does "%s" with one delivery, says so and tells the log', async (action, words) => {
    const { post, get, queue, acts } = setUp();
    const answer = await post('/messages/q1', `delivery=q1-1&action=${action}`);
    expect(answer.status).toBe(303);
    expect(queue.asked).toEqual([{ [action]: { ids: ['q1-1'] } }]);
    expect(acts).toEqual([{ by: 'sandbox', action, what: 'ids q1-1', deliveries: 1 }]);
    const page = await (await get(answer.headers.get('Location') ?? '')).text();
    expect(page).toContain(words);
  });

  test('says when the state was another by then', async () => {
    const { post, queue } = setUp();
    queue.answers.deliveries = 0;
    const answer = await post('/messages/q1', 'delivery=q1-1&action=release');
    expect(answer.headers.get('Location')).toBe('/messages/q1?done=nothing');
  });

  test('leads to the list when the message is gone', async () => {
    const answer = await setUp().post('/messages/gone', 'delivery=gone-1&action=remove');
    expect(answer.headers.get('Location')).toBe('/messages');
  });

  test.each([
    '',
    'delivery=q1-1',
    'action=retry',
    'delivery=q1-1&action=explode',
    'x='.repeat(5_000),
  ])('takes no form with "%s"', async (form) => {
    const { post, queue } = setUp();
    expect((await post('/messages/q1', form)).status).toBe(400);
    expect(queue.asked).toEqual([]);
  });

  test('takes no form from another site, and none without a session', async () => {
    for (const [options, headers, status] of [
      [{}, { Origin: 'http://localhost:3000' }, 403],
      [withToken, {}, 401],
    ] as const) {
      const { post, queue } = setUp(options);
      const answer = await post('/messages/q1', 'delivery=q1-1&action=remove', headers);
      expect(answer.status).toBe(status);
      expect(queue.asked).toEqual([]);
    }
  });

  test('names a session in the log', async () => {
    const { post, logIn, acts } = setUp(withToken);
    await post('/messages/q1', 'delivery=q1-1&action=retry', await logIn());
    expect(acts).toMatchObject([{ by: 'session' }]);
  });

  test('sends it to others by a form, and leads to the new message', async () => {
    const { get, post, queue, acts } = setUp();
    expect(await (await get('/messages/q1')).text()).toContain('action="/messages/q1/resend"');
    queue.answers.resend = { kind: 'accepted', id: 'q2' };
    const form = new URLSearchParams({ to: 'ann@example.com, paul@example.com;' }).toString();
    const answer = await post('/messages/q1/resend', form);
    expect(answer.headers.get('Location')).toBe('/messages/q2?done=resend');
    expect(queue.asked).toEqual([
      { resend: 'q1', forwardPaths: ['ann@example.com', 'paul@example.com'] },
    ]);
    expect(acts).toMatchObject([{ action: 'resend' }]);
    expect(await (await get('/messages/q2?done=resend')).text()).toContain('the new message');
  });

  test('says so where it was dropped for the others', async () => {
    const { post, queue } = setUp();
    queue.answers.resend = { kind: 'accepted', id: 'q9', isDropped: true };
    const answer = await post('/messages/q1/resend', 'to=ann%40example.com');
    expect(answer.headers.get('Location')).toBeNull();
    expect(await answer.text()).toContain('it was dropped for these recipients');
  });

  test('says why it is not sent to others', async () => {
    const { post, queue, acts } = setUp();
    expect((await post('/messages/q1/resend', 'to=')).status).toBe(400);
    expect((await post('/messages/q1/resend', 'to=nobody')).status).toBe(400);
    expect((await post('/messages/gone/resend', 'to=ann%40example.com')).status).toBe(404);
    queue.answers.resend = failed('5.7.1', { reason: 'rule', diagnostic: 'A rule refuses it' });
    const answer = await post('/messages/q1/resend', 'to=ann%40example.com');
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('A rule refuses it'),
    ]);
    expect(acts).toEqual([]);
  });

  test('asks before it re-routes, and says what would change', async () => {
    const { get, post, queue } = setUp();
    const [before] = queue.records[0]?.deliveries ?? [];
    if (!before) throw new Error('The message has no delivery');
    const { delivery } = before;
    const about = { deliveryId: 'q1-1', messageId: 'q1', route: 'default', connection: 'play' };
    const instead = [
      {
        id: 'q1-x',
        connection: 'other',
        state: 'held' as const,
        route: {
          rule: 'billing',
          action: { kind: 'send', via: 'other', backup: [], priority: 'normal' } as const,
          forwardPaths: delivery.route.forwardPaths,
        },
      },
    ];
    queue.answers.reroute = {
      counts: { rerouted: 1, unchanged: 0, left: 0 },
      reroutings: [{ ...about, verdict: 'rerouted', instead }],
    };
    const page = await (await get('/messages/q1/reroute?delivery=q1-1')).text();
    expect(page).toContain('billing');
    expect(page).toContain('by other, held until somebody releases it');
    await post('/messages/q1', 'delivery=q1-1&action=reroute');
    expect(queue.asked).toEqual([
      { reroute: { ids: ['q1-1'] }, dryRun: true, force: false },
      { reroute: { ids: ['q1-1'] }, dryRun: false, force: false },
    ]);
    expect((await get('/messages/q1/reroute?delivery=q2-1')).status).toBe(404);
  });
});

describe('the search', () => {
  test('asks the store, keeps what was typed, and goes on with it', async () => {
    const { get, queue } = setUp();
    const page = await (await get('/messages?address=ann%40&subject=&state=deferred')).text();
    expect(queue.asked).toEqual([{ list: { address: 'ann@', state: 'deferred' } }]);
    expect(page).toContain('value="ann@"');
    expect(page).toMatch(/<option value="deferred" selected>/);
    expect(page).toContain('Messages found');
  });

  test.each([
    ['client', 'erp'],
    ['route', 'invoices'],
    ['connection', 'play'],
    ['since', '2026-11-22T14:00'],
  ])('by %s goes to the store, and the form keeps it', async (name, value) => {
    const { get, queue } = setUp();
    const page = await (await get(`/messages?${name}=${value}`)).text();
    const asked =
      name === 'since' ? { receivedFrom: Date.UTC(2026, 10, 22, 14) } : { [name]: value };
    expect(queue.asked).toEqual([{ list: asked }]);
    expect(page).toContain(`value="${value}"`);
  });

  test.each([
    ['state=lost', 'must be one of'],
    ['since=yesterday', 'must be times such as'],
  ])('for nonsense (%s) finds nothing, and says why', async (query, fault) => {
    const page = await (await setUp().get(`/messages?${query}`)).text();
    expect(page).toContain('No message is like that.');
    expect(page).toContain(fault);
  });
});

describe('what a message says', () => {
  test('is shown as text and exported where it may be, and the log tells', async () => {
    const { get, acts } = setUp();
    const page = await (await get('/messages/q1/source')).text();
    expect(page).toContain('From: a\r\n\r\nbody');
    expect((await get('/api/v1/messages/q1/raw')).status).toBe(200);
    expect(acts).toEqual([
      { by: 'sandbox', action: 'read', what: 'ids q1', deliveries: 0 },
      { by: 'sandbox', action: 'export', what: 'ids q1', deliveries: 0 },
    ]);
  });

  test('is kept from a session unless the configuration allows it', async () => {
    for (const [showBodies, status] of [
      [false, 403],
      [true, 200],
    ] as const) {
      const { get, logIn } = setUp({ ...withToken, showBodies });
      const session = await logIn();
      const page = await (await get('/messages/q1', session)).text();
      expect(page.includes('href="/messages/q1/source"')).toBe(showBodies);
      expect((await get('/messages/q1/source', session)).status).toBe(status);
      expect((await get('/api/v1/messages/q1/raw', session)).status).toBe(status);
    }
  });

  test('is open to scripts with the token', async () => {
    const { get } = setUp(withToken);
    const answer = await get('/api/v1/messages/q1/raw', { Authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
  });

  test('is not there for a message that is gone', async () => {
    expect((await setUp().get('/messages/gone/source')).status).toBe(404);
  });
});
