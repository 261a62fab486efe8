import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { contentOf } from '../../test/support/content.ts';
import { laneOf } from '../core/lane.ts';
import type { Claim, FoundCopy, LookUp, StoredMessage, Submission } from './ports.ts';
import { wasSent, type DoubtfulSend } from './was-sent.ts';

const receivedAt = 1_800_000_000_000;
const [bob, cy] = [address('bob@example.com'), address('cy@example.com')];
const { signal } = new AbortController();

interface Doubt {
  readonly message?: Partial<StoredMessage>;
  readonly insteadOf?: boolean;
  readonly found?: LookUp;
  readonly digests?: readonly string[];
}

function doubt({ message = {}, insteadOf = false, found }: Doubt): DoubtfulSend {
  const lane = laneOf({ kind: 'connection', name: 'main' }, bob);
  const envelope = { reversePath: bob, forwardPaths: [bob, cy], smtpUtf8: false };
  const content = contentOf('');
  const stored: StoredMessage = {
    id: 'q1',
    receivedAt,
    client: { name: 'a', ip: '::1', listener: 'apps', ehlo: '', tls: false, senders: [] },
    envelope,
    sizeBytes: 0,
    headerBytes: 0,
    subject: '',
    messageId: '<1@device>',
    from: bob,
    fromWasMissing: false,
    bodyDigest: 'one',
    ...message,
  };
  const claim: Claim = {
    delivery: {
      id: 'q1-1',
      messageId: 'q1',
      route: {
        rule: 'default',
        action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
        forwardPaths: [bob, cy],
        ...(insteadOf && { insteadOf: [bob] }),
      },
      connection: 'main',
      lane,
      state: 'sending',
      attempts: 2,
      agesFrom: receivedAt,
      lookUps: 0,
    },
    message: stored,
    content,
    fence: 2,
    mayHaveBeenSent: true,
  };
  const submission: Submission = {
    deliveryId: 'q1-1',
    attempt: 2,
    sendAs: bob,
    envelope,
    messageId: stored.messageId,
    saveToSentItems: true,
    content,
  };
  return {
    claim,
    submission,
    connection: {
      name: 'main',
      laneIdentity: { kind: 'connection', name: 'main' },
      laneConcurrency: 4,
      sendAs: { kind: 'from' },
      saveToSentItems: true,
      transport: {
        maxMessageBytes: 1,
        send: async () => ({ kind: 'delivered', status: '2.0.0' }),
        ...(found && { lookUp: async () => found }),
      },
    },
  };
}

async function ask(given: Doubt): Promise<string> {
  const { digests = ['one'] } = given;
  const parts = { signal, store: { bodyDigestsOf: async () => digests } };
  return (await wasSent(doubt(given), parts)).result;
}

function copy(changes: Partial<FoundCopy> = {}): LookUp {
  const found = { id: 'c', recipients: ['Cy@example.com', bob], sentAt: receivedAt, ...changes };
  return { kind: 'copies', copies: [found] };
}

describe('wasSent()', () => {
  test.each<[string, LookUp]>([
    ['sent', { kind: 'sent' }],
    ['notFound', { kind: 'notFound' }],
    ['notPermitted', { kind: 'notPermitted', diagnostic: 'No' }],
    ['unknown', { kind: 'unknown', diagnostic: 'No answer' }],
  ])('is %s where the mailbox says so', async (answer, found) => {
    expect(await ask({ found })).toBe(answer);
  });

  test('is notPermitted where the connection cannot look', async () => {
    expect(await ask({})).toBe('notPermitted');
  });

  test('is proved by a copy with the same recipients', async () => {
    expect(await ask({ found: copy() })).toBe('sent');
  });

  test.each<[string, Doubt]>([
    ['other recipients', { found: copy({ recipients: [bob] }) }],
    ['a time before the message came', { found: copy({ sentAt: receivedAt - 3_600_000 }) }],
    [
      'an unknown time',
      { found: { kind: 'copies', copies: [{ id: 'c', recipients: [bob, cy] }] } },
    ],
    ['a redirect, whose siblings have the same recipients', { found: copy(), insteadOf: true }],
    ['a Message-ID that came with other content', { found: copy(), digests: ['one', 'two'] }],
    ['a message that the store does not know', { found: copy(), digests: [] }],
  ])('is not proved by a copy with %s', async (_, given) => {
    expect(await ask(given)).toBe('notFound');
  });

  test('is proved by any copy with its recipients where the Message-ID was made here', async () => {
    const message = { messageId: '<q1@relay.example.com>' };
    const found = copy({ sentAt: receivedAt - 3_600_000 });
    expect(await ask({ message, found, digests: [] })).toBe('sent');
    expect(await ask({ message, found, insteadOf: true })).toBe('notFound');
  });
});
