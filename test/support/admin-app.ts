// The admin server over a queue in memory, as a browser and a script meet it.
import { randomBytes } from 'node:crypto';
import { deferred } from '../../src/core/outcome.ts';
import { LiveSeries } from '../../src/core/live-series.ts';
import { createAdminApp, type AdminOptions } from '../../src/http/admin-app.ts';
import { viewFigures } from '../../src/http/figures-view.ts';
import type { AdminViews } from '../../src/http/views.ts';
import {
  StoreError,
  type MessageRecord,
  type QueueFigures,
  type SandboxMailbox,
  type SandboxMessage,
} from '../../src/relay/ports.ts';
import { expectDeclared } from './checked-answers.ts';
import { createFakeQueue, fakeMessage } from './fake-queue.ts';

export const now = Date.UTC(2026, 10, 22, 12);
export const token = 'token-4711';
export const hostile = `<script>alert("1")</script>'&`;

export const withToken: Partial<AdminOptions> = {
  access: { tokenNeeded: true, token: () => token },
};

export const figures: QueueFigures = {
  deliveries: { ready: 2, sending: 0, unsure: 0, deferred: 0, held: 0, failed: 0, delivered: 9 },
  bodyBytes: 42,
  oldestReceivedAt: now - 60_000,
  oldestByState: { deferred: now - 60_000 },
};

const away = () => Promise.reject(new StoreError('away', 'The file is gone'));
export const storeAway = { figures: away, list: away, find: away, lanes: away, backup: away };

/** Nothing was seen yet. */
export const fakeViews: AdminViews = {
  connections: () => Promise.resolve([]),
  lanes: () => Promise.resolve([]),
  clients: () => [],
  figures: (window) => viewFigures(new LiveSeries(), { window, now }),
};

function message(index: number): MessageRecord {
  return fakeMessage({
    id: `q${index}`,
    receivedAt: now - 60_000 - index * 1_000,
    subject: index === 2 ? hostile : `Quarterly ${index}`,
    dueAt: now + 30_000,
    raw: Buffer.from('From: a\r\n\r\nbody\r\n'),
    history: [
      {
        number: 1,
        connection: 'play',
        startedAt: now - 1_000,
        endedAt: now,
        outcome: deferred('4.4.2', { reason: 'timeout', diagnostic: `No answer ${hostile}` }),
      },
    ],
  });
}

export function sandboxMessage(id: string): SandboxMessage {
  return {
    id,
    sentAt: now,
    sendAs: 'app@example.com',
    from: hostile,
    recipients: ['someone@example.com'],
    subject: hostile,
    sizeBytes: 9,
    to: [hostile],
    cc: [],
    bcc: [],
    text: hostile,
    html: `<b>${hostile}</b>`,
    attachments: [{ name: hostile, contentType: 'text/x"y', sizeBytes: 1, sha256: 'ab' }],
    raw: Uint8Array.from([0, 255, 13, 10]),
  };
}

export function setUpAdmin(options: Partial<AdminOptions> = {}) {
  const waits: number[] = [];
  const clock = {
    time: now,
    now: () => clock.time,
    wait: (delayMs: number) => Promise.resolve(void waits.push(delayMs)),
  };
  const notices: unknown[] = [];
  const faults: unknown[] = [];
  const queue = createFakeQueue({ records: [1, 2, 3, 4, 5].map(message), figures });
  const acts: unknown[] = [];
  const sandbox: SandboxMailbox = {
    list: () => ['s1', 's2', 's3', 's4', 's5'].map(sandboxMessage),
    get: (id) => Promise.resolve(/^s\d$/.test(id) ? sandboxMessage(id) : undefined),
  };
  const app = createAdminApp({
    version: '0.1.0',
    hostname: 'relay.example.com',
    host: '127.0.0.1',
    listeners: [{ name: 'apps', host: '127.0.0.1', port: 2525 }],
    connections: () => [{ name: 'play', type: 'sandbox' }],
    store: queue.store,
    operator: queue.operator,
    views: fakeViews,
    sandbox,
    ready: () => ({ ok: true, reasons: [] }),
    clock,
    addressOf: () => '192.0.2.1',
    access: { tokenNeeded: false },
    events: {
      notice: (event) => notices.push(event),
      fault: (event) => faults.push(event),
      operatorActed: (event) => acts.push(event),
    },
    random: randomBytes,
    ...options,
  });
  const here = { Host: 'localhost:8025' };
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await app.request(path, { headers: { ...here, ...headers } });
    if (path.startsWith('/api/v1/')) await expectDeclared({ method: 'GET', path }, answer);
    return answer;
  };
  const post = (path: string, body: string, headers: Record<string, string> = {}) => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    return app.request(path, { method: 'POST', body, headers: { ...here, ...form, ...headers } });
  };
  const logIn = async () => {
    const answer = await post('/login', `token=${token}`);
    return { Cookie: answer.headers.get('Set-Cookie')?.split(';')[0] ?? '' };
  };
  return { app, clock, waits, notices, faults, acts, queue, get, post, logIn };
}
