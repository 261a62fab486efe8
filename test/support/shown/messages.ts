// A queue as an operator meets it at night: every state, long addresses, hostile texts, errors in Microsoft's words.
import type { Attempt, DeliveryState } from '../../../src/core/delivery.ts';
import { deferred, delivered, failed, unsure, type Outcome } from '../../../src/core/outcome.ts';
import type { Route } from '../../../src/core/route.ts';
import type { MessageRecord, SandboxMessage } from '../../../src/relay/ports.ts';
import { address, fakeMessage } from '../fake-queue.ts';

export const now = Date.UTC(2026, 10, 22, 14, 3, 22);
const requestId = '5c9b2ad1-6b0e-4cf1-9b43-0f9a1e6f0b77';

const outcomes: Readonly<Partial<Record<DeliveryState, Outcome>>> = {
  delivered: delivered('2.0.0', { httpStatus: 202, requestId }),
  deferred: deferred('4.7.0', {
    reason: 'credential',
    hold: 'connection',
    diagnostic:
      "The client secret has expired (AADSTS7000222): create a new secret for the app, or use a certificate. Microsoft says: AADSTS7000222: The provided client secret keys for app '01234567-89ab-cdef-0123-456789abcdef' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security.",
    remote: { httpStatus: 401, code: 'AADSTS7000222', requestId },
  }),
  failed: failed('5.1.1', {
    reason: 'recipients',
    diagnostic:
      'A recipient was refused (ErrorInvalidRecipients): correct the address. Microsoft says: At least one recipient is not valid.',
    remote: { httpStatus: 400, code: 'ErrorInvalidRecipients', requestId },
  }),
  unsure: unsure('4.4.2', {
    reason: 'timeout',
    diagnostic: 'No answer came within 60 s (ETIMEDOUT): it is looked for before it is sent again',
  }),
};

const source =
  'From: erp@contoso.example\r\nTo: ann@northwind.example\r\nSubject: Invoice\r\n\r\nDear Ann,\r\n\r\nattached.\r\n';

const subjects = [
  'Invoice 2026-11-0412 of Contoso Manufacturing GmbH & Co. KG, due on 6 December',
  '[Alerting] 3 of 12 pods of "checkout" are not ready (namespace shop-production-eu-west-1)',
  'Scan from MFP-3rd-floor',
  '',
  'Ihre Bestellung ist unterwegs 🚚',
  'Re: Angebot für die Erweiterung des Hochregallagers – überarbeitete Fassung vom 20. November mit allen Anlagen',
  '<script>alert("1")</script>',
  'Backup of db-07 finished in 41 minutes',
];
const recipients = [
  ['ann.example@northwind.example'],
  ['accounting-invoices-inbox+contoso@very-long-subdomain.of.the.northwind-traders.example'],
  [
    'ops@contoso.example',
    'oncall@contoso.example',
    'night@contoso.example',
    'cto@contoso.example',
    'x@contoso.example',
  ],
];
const senders = [
  'erp@contoso.example',
  'alerts-of-the-cluster@monitoring.contoso.example',
  'scan@contoso.example',
];
const clients = ['erp', 'cluster', 'printers', 'wordpress'];
const states: readonly DeliveryState[] = [
  'deferred',
  'delivered',
  'delivered',
  'held',
  'delivered',
  'failed',
  'delivered',
  'ready',
  'unsure',
  'delivered',
  'sending',
];

function attempt(number: number, outcome: Outcome, endedAt: number): Attempt {
  return {
    number,
    connection: 'main',
    startedAt: endedAt - 830 - number * 170,
    endedAt,
    outcome,
    ...(outcome.kind === 'delivered' && {
      passage: { transport: 'mime', why: 'It is small enough for one request' },
    }),
  };
}

function historyOf(state: DeliveryState, receivedAt: number): readonly Attempt[] {
  const outcome = outcomes[state];
  if (!outcome) return [];
  const earlier = deferred('4.4.1', {
    reason: 'network',
    diagnostic: 'The host cannot be reached (ECONNREFUSED): see that the network works',
  });
  const last = attempt(state === 'delivered' ? 1 : 2, outcome, receivedAt + 31_000);
  return state === 'delivered' ? [last] : [attempt(1, earlier, receivedAt + 1_000), last];
}

const invoices: Omit<Route, 'forwardPaths'> = {
  rule: 'invoices',
  action: { kind: 'send', via: 'main', backup: ['smarthost'], priority: 'high' },
  from: {
    force: 'always',
    address: address('billing@contoso.example'),
    name: 'Contoso Billing',
    defaults: [],
    replyTo: 'original',
  },
  headers: { set: { 'X-Route': 'invoices' }, add: {}, remove: ['X-Internal-Ticket'] },
};

/** One every 47 seconds, newest first. */
export function shownMessages(count: number): readonly MessageRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const state = states[index % states.length] ?? 'delivered';
    const receivedAt = now - 40_000 - index * 47_000;
    const forwardPaths = (recipients[index % recipients.length] ?? []).map(address);
    const isWaiting = state === 'deferred' || state === 'unsure' || state === 'ready';
    const record = fakeMessage({
      id: `01jd9x7k${String(9_999 - index).padStart(8, '0')}`,
      receivedAt,
      subject: subjects[index % subjects.length] ?? '',
      state,
      forwardPaths,
      history: historyOf(state, receivedAt),
      ...(isWaiting && { dueAt: now + 250_000 + index * 1_000 }),
      ...(state !== 'delivered' && { raw: Buffer.from(source) }),
      ...(index % 4 === 0 && { route: { ...invoices, forwardPaths } }),
    });
    const from = senders[index % senders.length] ?? '';
    const client = clients[index % clients.length] ?? '';
    const sizeBytes = 2_311 + ((index * 7_919) % 90_000);
    return {
      ...record,
      message: {
        ...record.message,
        from: address(from),
        sizeBytes,
        client: { ...record.message.client, name: client },
      },
      deliveries: record.deliveries.map((delivery) => ({
        ...delivery,
        ...{ from, client, sizeBytes, connection: 'main' },
      })),
    };
  });
}

export function shownSandboxMessages(count: number): readonly SandboxMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `s${index}`,
    sentAt: now - 20_000 - index * 61_000,
    sendAs: 'noreply@contoso.example',
    from: 'Contoso <noreply@contoso.example>',
    recipients: recipients[index % recipients.length] ?? [],
    subject: subjects[index % subjects.length] ?? '',
    sizeBytes: 4_200 + index * 911,
    to: recipients[index % recipients.length] ?? [],
    cc: [],
    bcc: ['archive@contoso.example'],
    text: 'Dear Ann,\n\nattached is the invoice.\n\nContoso',
    html: '<p>Dear Ann,</p><p>attached is the <b>invoice</b>.</p>',
    attachments: [
      {
        name: 'Invoice 2026-11-0412 Contoso Manufacturing.pdf',
        contentType: 'application/pdf',
        sizeBytes: 81_213,
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      },
    ],
    raw: Uint8Array.from([13, 10]),
  }));
}
