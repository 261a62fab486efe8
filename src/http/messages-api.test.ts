import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectDeclared } from '../../test/support/checked-answers.ts';
import { address, createFakeQueue, fakeMessage } from '../../test/support/fake-queue.ts';
import { laneOf } from '../core/lane.ts';
import { deferred, failed, unsure } from '../core/outcome.ts';
import { StoreError } from '../relay/ports.ts';
import { createApi } from './api.ts';

const now = Date.UTC(2026, 10, 22, 12);
const raw = Buffer.from('Subject: Hello\r\n\r\nThe body, in more pieces than one.\r\n');

describe('GET /messages', () => {
  test('hands every filter to the store', async () => {
    const { get, queue } = setUp();
    const query = new URLSearchParams({
      state: 'failed',
      client: 'erp',
      route: 'default',
      connection: 'play',
      lane: 'Connection Play',
      address: 'ann@',
      subject: 'Rechnung',
      messageId: '1@example.com',
      since: '2026-11-22T10:00:00Z',
      until: '2026-11-22 11:00',
    });
    expect((await get(`/messages?${query.toString()}`)).status).toBe(200);
    expect(queue.asked).toEqual([
      {
        list: {
          state: 'failed',
          client: 'erp',
          route: 'default',
          connection: 'play',
          lane: 'connection play',
          address: 'ann@',
          subject: 'Rechnung',
          messageId: '<1@example.com>',
          receivedFrom: Date.UTC(2026, 10, 22, 10),
          receivedBefore: Date.UTC(2026, 10, 22, 11),
        },
      },
    ]);
  });

  test.each(['state=lost', 'since=yesterday', 'until=x', 'sate=failed', 'limit=0'])(
    'refuses ?%s',
    async (query) => {
      const { get, queue } = setUp();
      expect((await get(`/messages?${query}`)).status).toBe(400);
      expect(queue.asked).toEqual([]);
    },
  );
});

describe('GET /messages/{id}', () => {
  test('gives the message with its deliveries and their attempts', async () => {
    const { get } = setUp();
    const message = await (await get('/messages/q1')).json();
    expect(message).toMatchObject({
      id: 'q1',
      client: { name: 'erp', ip: '10.0.0.7', listener: 'apps' },
      reversePath: 'app@example.com',
      forwardPaths: ['someone@example.com'],
      messageId: '<q1@example.com>',
      bodyKept: true,
      deliveries: [
        {
          id: 'q1-1',
          state: 'deferred',
          action: { kind: 'send', via: 'play' },
          mayHaveBeenSent: false,
          history: [{ number: 1, startedAt: '2026-11-22T11:59:59.000Z' }],
        },
      ],
    });
    expect(JSON.stringify(message)).not.toContain('The body');
  });

  test('finds it by the id of a delivery, and says when there is none', async () => {
    const { get } = setUp();
    expect(await (await get('/messages/q2-1')).json()).toMatchObject({ id: 'q2' });
    expect((await get('/messages/nobody')).status).toBe(404);
    expect((await get('/messages/nobody/raw')).status).toBe(404);
  });

  test('/raw gives the bytes as they are stored, or says that they are gone', async () => {
    const { get } = setUp();
    const answer = await get('/messages/q1/raw');
    expect(answer.headers.get('Content-Type')).toBe('message/rfc822');
    expect(answer.headers.get('Content-Length')).toBe(String(raw.length));
    expect(answer.headers.get('Content-Disposition')).toBe('attachment; filename="q1.eml"');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(raw);
    expect((await get('/messages/q2/raw')).status).toBe(409);
  });
});

describe('an action on one message', () => {
  test.each([
    ['POST', '/messages/q1/retry', 'retry'],
    ['POST', '/messages/q1/hold', 'hold'],
    ['POST', '/messages/q1/release', 'release'],
    ['DELETE', '/messages/q1', 'remove'],
  ])('%s %s is done and told to the log', async (method, path, action) => {
    const { send, queue, acts } = setUp();
    const answer = await send(method, path);
    expect(await answer.json()).toEqual({ deliveries: 1 });
    expect(queue.asked).toEqual([{ [action]: { ids: ['q1'] } }]);
    expect(acts).toEqual([{ by: 'token', action, what: 'ids q1', deliveries: 1 }]);
  });

  test('that changes nothing says in which state it is', async () => {
    const { send, queue, acts } = setUp();
    queue.answers.deliveries = 0;
    const answer = await send('POST', '/messages/q1/release');
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      detail: 'To release it would change nothing: it is deferred',
    });
    expect((await send('POST', '/messages/nobody/release')).status).toBe(404);
    expect(acts).toEqual([]);
  });
});

describe('an action on many', () => {
  test.each([
    [{ filter: { state: 'failed', client: 'erp' } }, { state: 'failed', client: 'erp' }],
    [{ ids: ['q1', 'q2'] }, { ids: ['q1', 'q2'] }],
    [{ all: true }, {}],
  ])('for %j asks for %j', async (body, filter) => {
    const { send, queue, acts } = setUp();
    queue.answers.deliveries = 7;
    for (const action of ['retry', 'hold', 'release', 'remove']) {
      const answer = await send('POST', `/messages/${action}`, body);
      expect(await answer.json()).toEqual({ deliveries: 7 });
      expect(queue.asked.pop()).toEqual({ [action]: filter });
    }
    expect(acts).toHaveLength(4);
  });

  test.each([
    [undefined],
    [{}],
    [{ filter: {} }],
    [{ filter: { sate: 'failed' } }],
    [{ filter: { state: 'lost' } }],
    [{ filter: { address: '' } }],
    [{ filter: { address: 7 } }],
    [{ filter: { state: 'failed' }, all: true }],
    [{ ids: [] }],
    [{ ids: 'q1' }],
    [{ all: false }],
    [{ all: true, dryRun: 'yes' }],
    [{ all: true, forced: true }],
    [[]],
    ['not json'],
    [{ ids: ['x'.repeat(70_000)] }],
  ])('is refused for %j', async (body) => {
    const { send, queue } = setUp();
    for (const action of ['retry', 'remove', 'reroute']) {
      expect((await send('POST', `/messages/${action}`, body)).status).toBe(400);
    }
    expect(queue.asked).toEqual([]);
  });
});

describe('reroute', () => {
  test('without anything in the body is meant, and told to the log', async () => {
    const { send, queue, acts } = setUp();
    expect((await send('POST', '/messages/q1/reroute')).status).toBe(200);
    expect(queue.asked).toEqual([{ reroute: { ids: ['q1'] }, dryRun: false, force: false }]);
    expect(acts).toHaveLength(1);
  });

  test('as a dry run answers what would change, and is no deed', async () => {
    const { send, queue, acts } = setUp();
    queue.answers.reroute = {
      counts: { rerouted: 0, unchanged: 0, left: 1 },
      reroutings: [
        {
          deliveryId: 'q1-1',
          messageId: 'q1',
          route: 'default',
          connection: 'play',
          verdict: 'left',
          reason: 'It was delivered',
          instead: [],
        },
      ],
    };
    const answer = await send('POST', '/messages/reroute', {
      all: true,
      dryRun: true,
      force: true,
    });
    expect(await answer.json()).toMatchObject({
      left: 1,
      reroutings: [
        { deliveryId: 'q1-1', verdict: 'left', reason: 'It was delivered', instead: [] },
      ],
    });
    expect(queue.asked).toEqual([{ reroute: {}, dryRun: true, force: true }]);
    expect(acts).toEqual([]);
  });
});

describe('resend', () => {
  const to = { to: ['Ann@example.com', 'paul@example.com'] };

  test('gives the queue id of the new message', async () => {
    const { send, queue, acts } = setUp();
    queue.answers.resend = { kind: 'accepted', id: 'q9' };
    const answer = await send('POST', '/messages/q1/resend', to);
    expect([answer.status, await answer.json()]).toEqual([201, { id: 'q9' }]);
    expect(queue.asked).toEqual([{ resend: 'q1', forwardPaths: to.to }]);
    expect(acts).toEqual([
      {
        by: 'token',
        action: 'resend',
        what: 'ids q1 to Ann@example.com paul@example.com as q9',
        deliveries: 1,
      },
    ]);
  });

  test('says so where all of it was dropped', async () => {
    const { send, queue, acts } = setUp();
    queue.answers.resend = { kind: 'accepted', id: 'q9', isDropped: true };
    const answer = await send('POST', '/messages/q1/resend', to);
    expect([answer.status, await answer.json()]).toMatchObject([422, { title: 'Dropped' }]);
    expect(acts).toMatchObject([{ action: 'resend', deliveries: 0 }]);
  });

  test.each([
    [failed('5.7.1', { reason: 'rule', diagnostic: 'A rule refuses it' }), 'q1', 422],
    [deferred('4.3.1', { reason: 'internal', diagnostic: 'Full' }), 'q1', 503],
    [undefined, 'q2', 409],
    [undefined, 'nobody', 404],
  ])('tells %j of %s as %d', async (acceptance, id, status) => {
    const { send, queue, acts } = setUp();
    queue.answers.resend = acceptance;
    expect((await send('POST', `/messages/${id}/resend`, to)).status).toBe(status);
    expect(acts).toEqual([]);
  });

  test.each([[undefined], [{ to: [] }], [{ to: ['nobody'] }], [{ to: 'ann@example.com' }]])(
    'refuses %j',
    async (body) => {
      const { send, queue } = setUp();
      expect((await send('POST', '/messages/q1/resend', body)).status).toBe(400);
      expect(queue.asked).toEqual([]);
    },
  );
});

describe('GET /lanes', () => {
  test('tells what each has in flight, and until when it is paused', async () => {
    const lanes = (await (await setUp().get('/lanes')).json()) as unknown;
    expect(lanes).toMatchObject({
      lanes: [{ lane: 'connection play', pausedUntil: '2026-11-22T12:00:30.000Z', waiting: 3 }],
    });
  });
});

describe('POST /backup', () => {
  test('writes only a new file into a folder that is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graphpost-backup-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { send, queue } = setUp();
    const there = join(folder, 'there.db');
    await writeFile(there, '');
    for (const file of ['queue.db', there, join(folder, 'nowhere', 'queue.db'), '', undefined]) {
      expect((await send('POST', '/backup', { file })).status).toBe(400);
    }
    expect(queue.asked).toEqual([]);
  });

  test('says in a sentence why it cannot be where it is wanted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graphpost-backup-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { send, queue } = setUp();
    for (const [file, sentence] of [
      [join(folder, 'nul\0.db'), 'must be an absolute path'],
      [join(folder, 'x'.repeat(300)), 'too long'],
      ['/proc/queue.db', 'in which files can be made'],
      [folder, 'is there already'],
    ] as const) {
      const answer = await send('POST', '/backup', { file });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ detail: expect.stringContaining(sentence) });
    }
    expect(queue.asked).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('tells its size and the log; and why where it was not made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graphpost-backup-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'queue.db');
    const { send, acts } = setUp({ backup: (at) => writeFile(at, 'twelve bytes') });
    expect(await (await send('POST', '/backup', { file })).json()).toEqual({ file, sizeBytes: 12 });
    expect(acts).toEqual([{ by: 'token', action: 'backup', what: file, deliveries: 0 }]);
    const full = setUp({
      backup: () => Promise.reject(new StoreError('full', 'The disk is full')),
    });
    const answer = await full.send('POST', '/backup', { file: join(folder, 'second.db') });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ detail: 'The disk is full' });
  });
});

function setUp({ backup }: { readonly backup?: (file: string) => Promise<void> } = {}) {
  const [startedAt, endedAt] = [now - 1_000, now];
  const lost = unsure('4.4.2', { reason: 'timeout', diagnostic: 'No answer' });
  const lane = laneOf({ kind: 'connection', name: 'play' }, address('app@example.com'));
  const queue = createFakeQueue({
    lanes: [{ lane, concurrency: 4, sending: 1, waiting: 3, pausedUntil: now + 30_000 }],
    records: [
      fakeMessage({
        id: 'q1',
        receivedAt: now,
        raw,
        history: [{ number: 1, connection: 'play', startedAt, endedAt, outcome: lost }],
      }),
      fakeMessage({ id: 'q2', receivedAt: now, state: 'failed' }),
    ],
    figures: {
      deliveries: {
        ready: 0,
        sending: 0,
        unsure: 0,
        deferred: 1,
        held: 0,
        failed: 1,
        delivered: 0,
      },
      bodyBytes: 42,
    },
  });
  const acts: unknown[] = [];
  const api = createApi({
    version: '0.1.0',
    hostname: 'relay.example.com',
    listeners: [],
    connections: () => [],
    store: { ...queue.store, ...(backup && { backup }) },
    operator: queue.operator,
    ready: () => ({ ok: true, reasons: [] }),
    clock: { now: () => now },
    events: { operatorActed: (event) => acts.push(event) },
    who: () => 'token',
  });
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await api.request(path, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    await expectDeclared({ method, path: `/api/v1${path}` }, answer);
    return answer;
  };
  return { queue, acts, send, get: (path: string) => send('GET', path) };
}
