// The requests that go to Graph, held against Microsoft's own description of it, where that is at hand.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, test } from 'vitest';
import { contentOf } from '../support/content.ts';
import { startGraphSandbox, submissionOf } from '../support/graph-sandbox.ts';
import { readOpenApi, type ApiRequest } from '../support/openapi.ts';

const file =
  process.env['GRAPHPOST_TEST_OPENAPI'] ??
  join(import.meta.dirname, '../../../shared/reference/graph-openapi-extract.yaml');
const isThere = existsSync(file);
const reason = isThere ? '' : ` (skipped: there is no ${file}; GRAPHPOST_TEST_OPENAPI names it)`;

const mail = {
  from: 'Ann <ann@contoso.com>',
  to: 'Bob <bob@example.com>, c@example.com',
  cc: 'd@example.com',
  replyTo: 'Desk <desk@contoso.com>',
  subject: 'Übersicht',
  messageId: '<1@contoso.com>',
  inReplyTo: '<0@contoso.com>',
  priority: 'high',
  headers: { 'X-App': 'shop', 'Auto-Submitted': 'auto-generated' },
  html: '<p>Hello <img src="cid:logo@app"></p>',
} as const;
const logo = { filename: 'logo.png', content: Buffer.alloc(500, 1), cid: 'logo@app' };
const large = { filename: 'large.bin', content: Buffer.alloc(4_000_000, 1) };

/** All requests of a message in each of its forms. */
async function recorded(): Promise<readonly ApiRequest[]> {
  await using graph = await startGraphSandbox({ keepBodies: true });
  const transport = graph.createTransport();
  const { signal } = new AbortController();
  const send = async (attachments: readonly object[], changes: object) => {
    const message = new MailComposer({ ...mail, attachments: [...attachments] });
    const content = contentOf(await message.compile().build());
    return await transport.send(submissionOf(content, changes), { signal });
  };
  await send([logo], { deliveryId: 'd1' });
  await send([logo], { deliveryId: 'd2', saveToSentItems: false });
  await send([logo, large], { deliveryId: 'd3' });
  graph.sandbox.faults.next({ status: 403 }, { match: ({ path }) => path.endsWith('/send') });
  await send([large], { deliveryId: 'd4' });
  // Of the look-ups the description says nothing.
  return graph.sandbox.requests
    .filter(({ service, method }) => service === 'graph' && method !== 'GET')
    .map(({ method, path, headers, body }) => ({
      method,
      path: path.replace('/v1.0', '').replace(/\?.*/, ''),
      contentType: headers['content-type'],
      body: body ?? new Uint8Array(0),
    }));
}

describe.runIf(isThere)(`requests to Graph, by its OpenAPI description${reason}`, () => {
  test('have its paths, media types, and properties', async () => {
    const api = readOpenApi(file);
    const requests = await recorded();
    expect(
      new Set(requests.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)).size,
    ).toBeGreaterThan(5);
    expect(requests.flatMap((request) => api.faultsOf(request))).toEqual([]);
  });

  test.each([
    ['a name that it does not know', { message: {} }, ['$.message: not described']],
    [
      'a wrong type',
      { Message: { subject: 1, importance: 'huge' } },
      ['$.Message.subject: integer in place of string', '$.Message.importance: huge'],
    ],
  ])('are refused for %s', (_what, body, faults) => {
    const request = {
      method: 'POST',
      path: '/users/ann/sendMail',
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(body)),
    };
    expect(readOpenApi(file).faultsOf(request)).toEqual(faults);
  });
});
