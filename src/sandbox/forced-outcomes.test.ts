import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { forcedOutcomes } from './forced-outcomes.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { connectionLost, mail, TestClient, type Reply } from './test-client.ts';

const start = Date.UTC(2026, 0, 1, 10);
let now: number;
let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  now = start;
  sandbox = await createSandbox({ now: () => now, limits: { slowMs: 1 } });
  client = new TestClient(sandbox);
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

function sendTo(localPart: string): Promise<Reply> {
  return client.sendMime(mail({ fields: `Bcc: ${localPart}@example.com\r\n` }));
}

function sendFrom(localPart: string): Promise<Reply> {
  const from = `${localPart}@contoso.com`;
  return client.sendMime(mail({ from }), from);
}

const refusals = [
  ['throttled', 429, 'ApplicationThrottled', '2'],
  ['unavailable', 503, 'ErrorMailboxStoreUnavailable', '2'],
  ['broken', 503, 'UnknownError', undefined],
  ['denied', 403, 'ErrorAccessDenied', undefined],
  ['sendas-denied', 403, 'ErrorSendAsDenied', undefined],
  ['missing', 404, 'ErrorInvalidUser', undefined],
  ['toolarge', 413, 'ErrorMessageSizeExceeded', undefined],
  ['never', 400, 'ErrorMimeContentInvalid', undefined],
  ['quota', 429, 'ErrorExceededMessageLimit', undefined],
] as const;

describe('forcedOutcomes', () => {
  test('lists all of them, each with a sentence', () => {
    const localParts = forcedOutcomes.map(({ localPart }) => localPart);
    expect(localParts.toSorted()).toEqual(
      [...refusals.map(([name]) => name), 'cut', 'slow'].toSorted(),
    );
    for (const { what } of forcedOutcomes) expect(what).toMatch(/^[A-Z\d].*[^.]$/);
  });
});

describe('a recipient', () => {
  test.each(refusals)('%s@ is answered %i %s', async (localPart, status, code, retryAfter) => {
    const reply = await sendTo(localPart);
    expect(reply).toMatchObject({ status, code });
    expect(reply.headers['retry-after']).toBe(retryAfter);
    expect(sandbox.mailbox.list()).toEqual([]);
  });

  test('slow@ is sent, and answered late', async () => {
    expect((await sendTo('slow')).status).toBe(202);
    expect(sandbox.mailbox.list()).toHaveLength(1);
  });

  test('cut@ is sent, and not answered the first time', async () => {
    await expect(sendTo('cut')).rejects.toThrow(connectionLost);
    expect(sandbox.mailbox.list()).toHaveLength(1);
    expect((await sendTo('cut')).status).toBe(202);
  });

  test('forces its outcome whatever its case and its domain', async () => {
    expect((await sendTo('Denied')).status).toBe(403);
    expect((await client.sendMime(mail({ to: 'denied@fabrikam.com' }))).status).toBe(403);
  });

  test('of another name forces nothing', async () => {
    expect((await sendTo('denied2')).status).toBe(202);
  });
});

describe('a mailbox', () => {
  test.each(refusals)('%s@ is answered %i %s', async (localPart, status, code) => {
    expect(await sendFrom(localPart)).toMatchObject({ status, code });
    expect(sandbox.mailbox.list()).toEqual([]);
  });

  test.each([
    ['denied', 403],
    ['missing', 404],
    ['throttled', 200],
  ])('%s@ is answered %i when its messages are listed', async (localPart, status) => {
    expect((await client.graph(`/v1.0/users/${localPart}@contoso.com/messages`)).status).toBe(
      status,
    );
  });
});

describe('a message', () => {
  test('to throttled@ goes once its wait is over', async () => {
    await sendTo('throttled');
    now += 2_000;
    expect((await sendTo('throttled')).status).toBe(202);
    expect(sandbox.violations).toEqual([]);
  });

  test('to throttled@ that comes again at once is a violation', async () => {
    await sendTo('throttled');
    now += 400;
    await sendTo('throttled');
    expect(sandbox.violations).toEqual([
      expect.stringContaining('came again within its Retry-After'),
    ]);
  });

  test('to broken@ goes the third time', async () => {
    const statuses = [await sendTo('broken'), await sendTo('broken'), await sendTo('broken')];
    expect(statuses.map(({ status }) => status)).toEqual([503, 503, 202]);
  });

  test('to unavailable@ never goes', async () => {
    for (let attempt = 0; attempt < 4; attempt++) {
      expect((await sendTo('unavailable')).status).toBe(503);
      now += 2_000;
    }
    expect(sandbox.violations).toEqual([]);
  });

  test('does not use up the outcome of another', async () => {
    await sendTo('broken');
    const other = mail({ to: 'broken@example.com' }).replace('<1@', '<2@');
    expect((await client.sendMime(other)).status).toBe(503);
    expect((await client.sendMime(other)).status).toBe(503);
    expect((await client.sendMime(other)).status).toBe(202);
    expect((await sendTo('broken')).status).toBe(503);
  });
});
