// The admin server over a gateway that is made up: the same at each start, for tests of the pages and for their pictures.
import { randomBytes } from 'node:crypto';
import type { AdminOptions } from '../../../src/http/admin-app.ts';
import { createFakeQueue } from '../fake-queue.ts';
import { now, shownMessages, shownSandboxMessages } from './messages.ts';
import { shownTroubles, shownViews } from './views.ts';

const explanation = `client erp (10.0.0.7), listener apps
  rule "invoices": matches, subject contains "invoice"
    send via main as billing@contoso.example, to ann@northwind.example
    From: shop@contoso.example → Contoso Billing <billing@contoso.example>
    X-Route: invoices (set)
  transport: MIME, 2,311 bytes; 1 request: POST /v1.0/users/billing@contoso.example/sendMail`;

/** Real connections at night. */
export function nightOptions(): AdminOptions {
  const queue = createFakeQueue({
    records: shownMessages(120),
    figures: {
      deliveries: {
        ready: 11,
        sending: 1,
        unsure: 2,
        deferred: 217,
        held: 3,
        failed: 4,
        delivered: 48_213,
      },
      bodyBytes: 81_000_000,
      oldestReceivedAt: now - 14 * 60_000,
      oldestByState: {
        unsure: now - 60_000,
        deferred: now - 14 * 60_000,
        held: now - 9 * 60_000,
        failed: now - 3 * 86_400_000,
      },
    },
  });
  return {
    version: '0.1.0',
    hostname: 'relay.contoso.example',
    host: '127.0.0.1',
    listeners: [
      { name: 'apps', host: '0.0.0.0', port: 2525, mode: 'queued', tls: 'optional' },
      { name: 'printers', host: '10.0.0.5', port: 25, mode: 'queued' },
    ],
    connections: () => [
      { name: 'main', type: 'graph' },
      { name: 'marketing', type: 'graph' },
      { name: 'personal', type: 'graph' },
      { name: 'smarthost', type: 'smtp' },
    ],
    clients: () => ['cluster', 'wordpress', 'erp'],
    ...{ store: queue.store, operator: queue.operator, views: shownViews },
    troubles: () => shownTroubles,
    explain: () => Promise.resolve({ report: {}, text: explanation }),
    tester: {
      send: () => Promise.resolve(testReport),
      look: () => Promise.resolve(testReport),
    },
    signIns: { start: () => Promise.resolve(shownSignIn), look: () => shownSignIn },
    ready: () => ({ ok: true, reasons: [] }),
    clock: { now: () => now, wait: () => Promise.resolve() },
    addressOf: () => '192.0.2.1',
    access: { tokenNeeded: false },
    events: { notice: () => undefined, fault: () => undefined, operatorActed: () => undefined },
    random: randomBytes,
  };
}

/** The first minute of a newcomer: the sandbox alone, and no mail yet. */
export function newcomerOptions(): AdminOptions {
  const none = { ready: 0, sending: 0, unsure: 0, deferred: 0, held: 0, failed: 0, delivered: 0 };
  const { store, operator } = createFakeQueue({
    records: [],
    figures: { deliveries: none, bodyBytes: 0 },
  });
  const { troubles: _, ...night } = nightOptions();
  const noPoints = shownViews.figures('hour').points.map(({ at }) => ({
    at,
    ...{ accepted: 0, delivered: 0, failed: 0, deferred: 0 },
  }));
  return {
    ...night,
    ...{ store, operator },
    listeners: [{ name: 'smtp-2525', host: '127.0.0.1', port: 2525, mode: 'queued' }],
    connections: () => [{ name: 'main', type: 'sandbox' }],
    views: {
      ...shownViews,
      connections: () => Promise.resolve([]),
      clients: () => [],
      figures: (window) => ({ ...shownViews.figures(window), points: noPoints }),
    },
    trySender: 'app@example.com',
    forcedOutcomes: [
      { localPart: 'throttled', what: 'The mailbox is throttled for a while' },
      { localPart: 'denied', what: 'Send As is denied' },
    ],
    sandbox: { list: () => [], get: () => Promise.resolve(undefined) },
  };
}

/** The sandbox beside a real connection, with mail in it. */
export function sandboxOptions(): AdminOptions {
  const messages = shownSandboxMessages(12);
  return {
    ...nightOptions(),
    connections: () => [
      { name: 'main', type: 'graph' },
      { name: 'play', type: 'sandbox' },
    ],
    sandbox: {
      list: () => messages,
      get: (wanted) => Promise.resolve(messages.find(({ id }) => id === wanted)),
    },
  };
}

/** Nothing is kept. */
export function directOptions(): AdminOptions {
  return {
    ...newcomerOptions(),
    isQueued: false,
    listeners: [{ name: 'sidecar', host: '127.0.0.1', port: 2525, mode: 'direct' }],
    views: shownViews,
  };
}

const shownSignIn = {
  state: 'underWay' as const,
  account: 'someone@outlook.example',
  endsAt: now + 14 * 60_000,
  step: {
    kind: 'code' as const,
    url: 'https://microsoft.com/devicelogin',
    userCode: 'A1B2C3D4E',
  },
};

const testReport = {
  state: 'undelivered' as const,
  id: '01jd9x7k00009999',
  steps: [
    { time: now - 2_100, what: 'Listener "apps" greeted' },
    { time: now - 2_000, what: 'It was accepted: 250 2.0.0 queued as 01jd9x7k00009999' },
    { time: now - 1_000, what: 'Rule "default" sends it over connection "main"' },
  ],
  error: {
    explained:
      'The client secret has expired (AADSTS7000222): create a new secret for the app, or use a certificate',
    raw: 'HTTP 401 invalid_client: AADSTS7000222: The provided client secret keys for app are expired.',
  },
  next: 'It is tried again in 5 minutes',
};
