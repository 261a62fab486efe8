import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import { contentOf, lines } from '../../test/support/content.ts';
import type { Attempt, Delivery, DeliveryChange } from '../core/delivery.ts';
import { laneOf } from '../core/lane.ts';
import { deferred, delivered, failed, unsure, type Outcome } from '../core/outcome.ts';
import { mime } from '../mime/mime.ts';
import { messageParts } from '../mime/part-port.ts';
import { deliver, type DeliverParts } from './deliver.ts';
import { Breakers } from './breakers.ts';
import { Holds } from './holds.ts';
import { Pace } from './pace.ts';
import type { Policy } from './policy.ts';
import type { Claim, Events, LookUp, Store } from './ports.ts';

const now = 1_800_000_000_000;
const minuteMs = 60_000;
const app = address('app@contoso.com');
const bob = address('bob@example.com');
const header = lines('From: app@contoso.com', 'To: bob@example.com', 'Message-ID: <q1@here>', '');

const secretExpired = deferred('4.7.0', {
  reason: 'credential',
  diagnostic: 'The secret has expired',
  hold: 'connection',
});
const noAnswer = unsure('4.4.2', { reason: 'timeout', diagnostic: 'No answer' });

function claimOf(changes: Partial<Delivery> = {}, mayHaveBeenSent = false): Claim {
  const action = { kind: 'send', via: 'main', backup: [], priority: 'normal' } as const;
  const senders = [pattern('*@contoso.com')];
  return {
    delivery: {
      id: 'q1-1',
      messageId: 'q1',
      route: { rule: 'default', action, forwardPaths: [bob] },
      connection: 'main',
      lane: laneOf({ kind: 'connection', name: 'main' }, app),
      state: 'sending',
      attempts: 1,
      agesFrom: now,
      lookUps: 0,
      ...changes,
    },
    message: {
      id: 'q1',
      receivedAt: now,
      client: { name: 'a', ip: '::1', listener: 'l', ehlo: '', tls: false, senders },
      envelope: { reversePath: app, forwardPaths: [bob], smtpUtf8: false },
      sizeBytes: header.length,
      headerBytes: header.length,
      subject: '',
      messageId: '<q1@here>',
      from: app,
      fromWasMissing: false,
    },
    content: contentOf(header),
    fence: 1,
    mayHaveBeenSent,
  };
}

interface World {
  readonly sends: string[];
  readonly looks: string[];
  readonly records: { readonly attempt: Attempt; readonly change: DeliveryChange }[];
  readonly told: string[];
  readonly attempt: (claim: Claim) => Promise<DeliveryChange>;
}

/** A connection that gives these answers in turn, the last one for ever. */
function createWorld(answers: readonly Outcome[], lookUp: LookUp = { kind: 'notFound' }): World {
  const sends: string[] = [];
  const looks: string[] = [];
  const records: { attempt: Attempt; change: DeliveryChange }[] = [];
  const told: string[] = [];
  const policy: Policy = {
    from: { force: 'never', defaults: [], replyTo: 'original' },
    rules: [],
    fallback: {
      name: 'default',
      action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
      bcc: [],
    },
    needsContent: false,
    connections: new Map([
      [
        'main',
        {
          name: 'main',
          laneIdentity: { kind: 'connection', name: 'main' },
          laneConcurrency: 4,
          sendAs: { kind: 'from' },
          saveToSentItems: true,
          transport: {
            maxMessageBytes: 1_000_000,
            async send({ deliveryId }) {
              const answer = answers[Math.min(sends.push(deliveryId), answers.length) - 1];
              return answer ?? delivered('2.0.0');
            },
            async lookUp({ deliveryId }) {
              looks.push(deliveryId);
              return lookUp;
            },
          },
        },
      ],
    ]),
  };
  const store: Pick<Store, 'record' | 'bodyDigestsOf'> = {
    async record(_claim, attempt, change) {
      records.push({ attempt, change });
      return true;
    },
    bodyDigestsOf: async () => [],
  };
  const events = new Proxy({} as Events, {
    get: (_target, name) => () => void told.push(String(name)),
  });
  const common = {
    clock: { now: () => now, wait: async () => undefined },
    events,
    policy: () => policy,
    chance: () => 1,
  };
  const parts: DeliverParts = {
    ...common,
    // A test of delivery needs no more of the store than this.
    store: store as Store,
    mime,
    schedule: () => ({ firstMs: 30_000, longestMs: 3_600_000, giveUpAfterMs: 86_400_000 }),
    lookupAfterMs: () => minuteMs,
    holds: new Holds(common),
    messageParts,
    pace: new Pace(),
    breakers: new Breakers({
      ...common,
      store: { breakers: async () => new Map(), saveBreaker: async () => undefined },
    }),
  };
  return {
    sends,
    looks,
    records,
    told,
    async attempt(claim) {
      const made = await deliver(claim, parts, new AbortController());
      await made.record();
      const change = records.at(-1)?.change;
      if (!change) throw new Error('Nothing was recorded');
      return change;
    },
  };
}

describe('deliver()', () => {
  test('puts back what a fault of others holds, without a request, an attempt or a line in the log', async () => {
    const { attempt, records, sends, told } = createWorld([secretExpired]);
    await attempt(claimOf());
    const change = await attempt(claimOf({ id: 'q2-1', attempts: 1 }));
    expect(sends).toEqual(['q1-1']);
    expect(told).toEqual(['holdBegan', 'breakerChanged', 'attempted']);
    expect(change).toMatchObject({ state: 'deferred', hold: 'connection', attempts: 0 });
    expect(now - change.agesFrom).toBe(now - (change.dueAt ?? 0));
    expect(records.at(-1)?.attempt.outcome).toMatchObject({
      kind: 'deferred',
      hold: 'connection',
      diagnostic: 'Not tried, since another message has met this: The secret has expired',
    });
  });

  test('does not look for what may have been sent while its connection is held', async () => {
    const { attempt, looks } = createWorld([secretExpired]);
    await attempt(claimOf());
    const change = await attempt(claimOf({ id: 'q2-1', attempts: 2, lookUps: 1 }, true));
    expect(change).toMatchObject({ state: 'unsure', lookUps: 1, hold: 'connection' });
    expect(looks).toEqual([]);
  });

  test('looks three times before it sends again, and tells of the possible duplicate', async () => {
    const { attempt, looks, sends, told } = createWorld([noAnswer, delivered('2.0.0')]);
    let change = await attempt(claimOf());
    const dueAts = [change.dueAt];
    while (change.state === 'unsure') {
      const { attempts, lookUps = 0 } = change;
      change = await attempt(claimOf({ attempts: attempts + 1, lookUps }, true));
      dueAts.push(change.dueAt);
    }
    expect(dueAts).toEqual([now + minuteMs, now + 2 * minuteMs, now + 6 * minuteMs, undefined]);
    expect(change).toMatchObject({ state: 'delivered', attempts: 2 });
    expect([looks.length, sends.length]).toEqual([3, 2]);
    expect(told).toEqual(['attempted', 'lookedFor', 'lookedFor', 'possibleDuplicate', 'attempted']);
  });

  test.each<[string, Outcome, Partial<DeliveryChange>]>([
    [
      'deferred',
      deferred('4.3.2', { reason: 'server', diagnostic: 'Busy' }),
      { state: 'unsure', lookUps: 3 },
    ],
    [
      'refused for good',
      failed('5.6.0', { reason: 'content', diagnostic: 'Not readable' }),
      { state: 'failed', mayHaveBeenSent: true },
    ],
    ['unsure again', noAnswer, { state: 'unsure', lookUps: 0 }],
  ])('keeps the doubt of the first send where the second is %s', async (_, outcome, change) => {
    const { attempt } = createWorld([outcome]);
    expect(await attempt(claimOf({ attempts: 2, lookUps: 2 }, true))).toMatchObject(change);
  });

  test('delivers what it finds, and sends nothing', async () => {
    const { attempt, sends } = createWorld([], { kind: 'sent' });
    expect(await attempt(claimOf({ attempts: 2 }, true))).toMatchObject({ state: 'delivered' });
    expect(sends).toEqual([]);
  });
});
