import { describe, expect, test } from 'vitest';
import { hostile, setUpAdmin, withToken } from '../../test/support/admin-app.ts';
import type { ExplainQuestion } from '../relay/ports.ts';

function setUp(options: Parameters<typeof setUpAdmin>[0] = {}) {
  const asked: ExplainQuestion[] = [];
  const admin = setUpAdmin({
    clients: () => ['erp', hostile],
    async explain(question) {
      asked.push(question);
      return question.client === 'nobody'
        ? { fault: `No client: ${hostile}` }
        : { report: { outcome: 'sent' }, text: `It is sent: ${hostile}` };
    },
    ...options,
  });
  const ask = (body: unknown) =>
    admin.post('/api/v1/explain', JSON.stringify(body), { 'Content-Type': 'application/json' });
  return { ...admin, asked, ask };
}

describe('POST /api/v1/explain', () => {
  test('gives the report of the message', async () => {
    const { ask, asked } = setUp();
    const question = { message: 'From: a', client: 'erp', rcpt: ['ann@example.com'], ehlo: 'x' };
    const answer = await ask(question);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ outcome: 'sent' });
    expect(asked).toEqual([question]);
  });

  test.each([
    [{ client: 'erp' }],
    [{ message: 'x' }],
    [{ message: 'x', client: 'erp', rcpt: 'ann@example.com' }],
    [{ message: 'x', client: 'nobody' }],
    ['no object'],
  ])('answers 400 to %j', async (question) => {
    const answer = await setUp().ask(question);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
  });

  test('needs the token', async () => {
    expect((await setUp(withToken).ask({ message: 'x', client: 'erp' })).status).toBe(401);
  });
});

describe('the explain page', () => {
  test('shows the form, then the answer and what was asked, and escapes all of it', async () => {
    const { get, post, asked } = setUp();
    expect(await (await get('/explain')).text()).toContain('<textarea');
    const fields = { message: hostile, client: 'erp', mailFrom: '', rcpt: 'a@x.org, b@x.org' };
    const answer = await post('/explain', new URLSearchParams(fields).toString());
    const page = await answer.text();
    expect(page).toContain('It is sent');
    expect(page).not.toContain(hostile);
    expect(asked).toEqual([{ message: hostile, client: 'erp', rcpt: ['a@x.org', 'b@x.org'] }]);
  });

  test('says what is wrong with the question', async () => {
    const { post } = setUp();
    const answer = await post('/explain', 'message=x&client=nobody');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('No client');
  });
});
