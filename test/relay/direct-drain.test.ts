// What becomes of sends under way when direct mode stops, or when the next hop takes longer than clients wait.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { deferred, delivered, unsure, type Outcome } from '../../src/core/outcome.ts';
import { mime } from '../../src/mime/mime.ts';
import { messageParts } from '../../src/mime/part-port.ts';
import { BodyMemory } from '../../src/relay/body-memory.ts';
import { Direct } from '../../src/relay/direct.ts';
import type { Policy } from '../../src/relay/policy.ts';
import type { Clock, LookUp, Transaction, Transport } from '../../src/relay/ports.ts';
import { createEvents } from '../../src/telemetry/events.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { address, pattern } from '../support/addresses.ts';

/** Real time, but a thousand times as fast: patience of 55 s ends after 55 ms. */
const fastClock: Clock = {
  now: () => Date.now(),
  async wait(delayMs, { signal }) {
    await delay(delayMs / 1_000, undefined, { signal }).catch(() => undefined);
  },
};

interface NextHop {
  /** What it says of a send that was cut short. */
  readonly whenCut: Outcome;
  readonly lookUp?: LookUp;
}

/** A next hop that answers when it is told to, and a direct mode in front of it. */
function createDirect({ whenCut, lookUp = { kind: 'notFound' } }: NextHop, clock: Clock) {
  const answer = Promise.withResolvers<Outcome>();
  const began = Promise.withResolvers<void>();
  const transport: Transport = {
    maxMessageBytes: 1_000_000,
    async send(_, { signal }) {
      began.resolve();
      const cut = Promise.withResolvers<Outcome>();
      signal.addEventListener('abort', () => cut.resolve(whenCut));
      return await Promise.race([answer.promise, cut.promise]);
    },
    lookUp: async () => lookUp,
  };
  const log: string[] = [];
  const direct = new Direct({
    ...quietParts(log),
    clock,
    policy: () => policyOf(transport),
    bodies: new BodyMemory({ maxBytes: 1_000_000 }),
    lookUpAfterMs: () => 0,
    report: async () => undefined,
  });
  return { direct, answer, began: began.promise, log };
}

function quietParts(lines: string[]) {
  const write = (line: string): void => void lines.push(line);
  const log = createLog({
    level: 'info',
    format: 'json',
    addresses: 'full',
    isTerminal: false,
    clock: fastClock,
    stream: { write },
  });
  const none = { listeners: [], clients: [], connections: [], routes: [], sandboxConnections: 0 };
  const metrics = createMetrics({
    names: none,
    version: '0',
    clock: fastClock,
    figures: () => Promise.reject(new Error('No store')),
    diskSpace: async () => undefined,
  });
  let count = 0;
  return {
    events: createEvents({ log, metrics }),
    mime,
    messageParts,
    contents: { open: () => Promise.reject(new Error('No rule asks')) as never },
    hostname: 'relay.example.com',
    createId: () => `id${++count}`,
  };
}

function policyOf(transport: Transport): Policy {
  const sendAs = { kind: 'from' } as const;
  const send = { kind: 'send', via: 'main', backup: [], priority: 'normal' } as const;
  const laneIdentity = { kind: 'connection', name: 'main' } as const;
  const main = { name: 'main', laneIdentity, laneConcurrency: 1, sendAs, saveToSentItems: true };
  return {
    from: { force: 'never', defaults: [], replyTo: 'never' },
    rules: [],
    fallback: { name: 'default', action: send, bcc: [] },
    needsContent: false,
    connections: new Map([['main', { ...main, transport }]]),
  };
}

function createTransaction(): Transaction {
  const from = address('app@contoso.com');
  return {
    client: {
      name: 'app',
      ip: '127.0.0.1',
      listener: 'sidecar',
      ehlo: 'app',
      tls: false,
      senders: [pattern('*')],
    },
    envelope: { reversePath: from, forwardPaths: [address('ann@example.com')], smtpUtf8: false },
    content: content(),
    refusal: () => undefined,
  };
}

async function* content(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('From: app@contoso.com\r\nSubject: x\r\n\r\nx\r\n');
}

const cutShort = deferred('4.3.2', { reason: 'cancelled', diagnostic: 'Cut short' });
const mayBeSent = unsure('4.3.2', { reason: 'cancelled', diagnostic: 'Cut after it was given' });

test('Direct.stop() lets a send run to its end, and takes nothing more', async () => {
  const { direct, answer, began } = createDirect({ whenCut: cutShort }, fastClock);
  const accepting = direct.accept(createTransaction());
  await began;
  const stopping = direct.stop({ graceMs: 10_000_000 });
  const late = await direct.accept(createTransaction());
  expect(late).toMatchObject({ status: '4.3.2', reply: 'Shutting down; try again later' });
  answer.resolve(delivered('2.0.0'));
  expect(await accepting).toMatchObject({ kind: 'accepted' });
  await stopping;
});

test('Direct.stop() cuts what lasts longer than its grace, and the client may send it again', async () => {
  const { direct, began } = createDirect({ whenCut: cutShort }, fastClock);
  const accepting = direct.accept(createTransaction());
  const waiting = direct.accept(createTransaction());
  await began;
  await direct.stop({ graceMs: 10 });
  expect(await accepting).toMatchObject({
    status: '4.3.2',
    reply: expect.stringMatching(/^Shutt/),
  });
  expect(await waiting).toMatchObject({ kind: 'deferred' });
});

test('Direct.accept() answers before its client gives up, and says that the next hop was too slow', async () => {
  const { direct, log } = createDirect({ whenCut: cutShort }, fastClock);
  const answer = await direct.accept(createTransaction());
  expect(answer).toMatchObject({ status: '4.4.5', reason: 'timeout' });
  expect(log.join('')).not.toContain('message.accepted');
});

test.each<[string, LookUp, object]>([
  ['found', { kind: 'sent' }, { kind: 'accepted' }],
  ['not found', { kind: 'notFound' }, { status: '4.4.2' }],
  ['not to be looked for', { kind: 'notPermitted', diagnostic: 'No' }, { status: '4.4.2' }],
  ['not known', { kind: 'unknown', diagnostic: 'Away' }, { status: '4.4.2' }],
])(
  'Direct.accept() of a send that was cut after it was given, and is %s',
  async (_, lookUp, expected) => {
    const { direct, log } = createDirect({ whenCut: mayBeSent, lookUp }, fastClock);
    expect(await direct.accept(createTransaction())).toMatchObject(expected);
    expect(log.some((line) => line.includes('possibleDuplicate'))).toBe(lookUp.kind !== 'sent');
  },
);
