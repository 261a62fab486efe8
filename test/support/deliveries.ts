// Deliveries that are attempted, with connections whose answers the test says, and a store that keeps what is recorded.
import { mime } from '../../src/mime/mime.ts';
import { messageParts } from '../../src/mime/part-port.ts';
import type { Attempt, Delivery, DeliveryChange } from '../../src/core/delivery.ts';
import { laneOf } from '../../src/core/lane.ts';
import { delivered, type Outcome } from '../../src/core/outcome.ts';
import type { PaceLimit } from '../../src/core/pace.ts';
import type { Route } from '../../src/core/route.ts';
import { Breakers } from '../../src/relay/breakers.ts';
import { deliver, type DeliverParts } from '../../src/relay/deliver.ts';
import { Holds } from '../../src/relay/holds.ts';
import { Pace } from '../../src/relay/pace.ts';
import type { Policy } from '../../src/relay/policy.ts';
import type { Claim, Events, LookUp, Store } from '../../src/relay/ports.ts';
import { address, pattern } from './addresses.ts';
import { contentOf, lines } from './content.ts';

export const now = 1_800_000_000_000;
export const minuteMs = 60_000;
const app = address('app@contoso.com');
const bob = address('bob@example.com');
const header = lines('From: app@contoso.com', 'To: bob@example.com', 'Message-ID: <q1@here>', '');

/** The first delivery of a small message over the connection `main`, claimed. */
export function claimOf(changes: Partial<Delivery> = {}, mayHaveBeenSent = false): Claim {
  const senders = [pattern('*@contoso.com')];
  return {
    delivery: {
      id: 'q1-1',
      messageId: 'q1',
      route: routeWith([]),
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

export function routeWith(backup: readonly string[]): Route {
  const action = { kind: 'send', via: 'main', backup, priority: 'normal' } as const;
  return { rule: 'default', action, forwardPaths: [bob] };
}

interface World {
  readonly sends: string[];
  /** The connections that were asked, in order. */
  readonly asked: string[];
  readonly looks: string[];
  readonly breakers: Breakers;
  readonly parts: DeliverParts;
  readonly records: { readonly attempt: Attempt; readonly change: DeliveryChange }[];
  readonly told: string[];
  /** With what `Store.replace` was asked. */
  readonly replaced: Parameters<Store['replace']>[];
  readonly attempt: (claim: Claim) => Promise<DeliveryChange>;
}

export interface WorldOptions {
  /** Default: nothing is found. */
  readonly lookUp?: LookUp;
  /** What each connection takes, by name. Default: `main` takes any message. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Of all connections but `main`. Default: any number. */
  readonly recipientsPerSend?: number;
  /** Of each lane. Default: no limit. */
  readonly pace?: readonly PaceLimit[];
}

/** Connections that give these answers in turn, the last one for ever. */
export function createWorld(
  answers: readonly Outcome[],
  {
    lookUp = { kind: 'notFound' },
    sizes = { main: 1_000_000 },
    recipientsPerSend,
    pace = [],
  }: WorldOptions = {},
): World {
  const sends: string[] = [];
  const asked: string[] = [];
  const looks: string[] = [];
  const records: { attempt: Attempt; change: DeliveryChange }[] = [];
  const told: string[] = [];
  const replaced: World['replaced'] = [];
  const policy: Policy = {
    from: { force: 'never', defaults: [], replyTo: 'original' },
    rules: [],
    fallback: {
      name: 'default',
      action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
      bcc: [],
    },
    needsContent: false,
    connections: new Map(
      Object.entries(sizes).map(([name, maxMessageBytes]) => [
        name,
        {
          name,
          laneIdentity: { kind: 'connection', name },
          laneConcurrency: 4,
          sendAs: { kind: 'from' },
          saveToSentItems: true,
          pace,
          ...(name !== 'main' && recipientsPerSend !== undefined && { recipientsPerSend }),
          transport: {
            maxMessageBytes,
            async send({ deliveryId }) {
              asked.push(name);
              const answer = answers[Math.min(sends.push(deliveryId), answers.length) - 1];
              return answer ?? delivered('2.0.0');
            },
            async lookUp({ deliveryId }) {
              looks.push(deliveryId);
              return lookUp;
            },
          },
        },
      ]),
    ),
  };
  const store: Pick<Store, 'record' | 'replace' | 'bodyDigestsOf'> = {
    async record(_claim, attempt, change) {
      records.push({ attempt, change });
      return true;
    },
    async replace(...parts) {
      replaced.push(parts);
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
  const breakers = new Breakers({
    ...common,
    store: { breakers: async () => new Map(), saveBreaker: async () => undefined },
  });
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
    breakers,
  };
  return {
    sends,
    asked,
    looks,
    breakers,
    parts,
    records,
    told,
    replaced,
    async attempt(claim) {
      const made = await deliver(claim, parts, new AbortController());
      await made.record();
      const change = records.at(-1)?.change;
      if (!change) throw new Error('Nothing was recorded');
      return change;
    },
  };
}
