import { describe, expect, test } from 'vitest';
import { fakeMessage } from '../../test/support/fake-queue.ts';
import type { Attempt, DeliveryState } from '../core/delivery.ts';
import type { OpenTrouble } from '../core/open-troubles.ts';
import { deferred } from '../core/outcome.ts';
import type { QueueFigures } from '../relay/ports.ts';
import { summarize } from './summary.ts';

const now = 10_000_000;
const ready = { ok: true, reasons: [] };
const down = trouble(
  'connectionDown',
  'All mail over connection "main" waits: The client secret has expired (AADSTS7000222): create a new one',
  'At once after "graphpost queue retry --all"',
);
const timedOut: Attempt = {
  number: 1,
  connection: 'main',
  startedAt: now,
  endedAt: now,
  outcome: deferred('4.4.2', {
    reason: 'timeout',
    diagnostic: 'No answer came (ETIMEDOUT): see that the network works. Cause: x',
  }),
};

describe('summarize()', () => {
  test.each<[string, string, Partial<Record<DeliveryState, number>>]>([
    ['good', 'All is well: nothing waits.', { delivered: 7 }],
    ['good', '1 message waits, the oldest for 4 minutes.', { ready: 1 }],
    ['good', '3 messages wait, the oldest for 4 minutes.', { ready: 2, sending: 1 }],
    [
      'attention',
      '4 messages wait, the oldest for 4 minutes: 2 will be tried again, ' +
        '1 may have been sent and will be looked up, 1 held until an administrator acts.',
      { deferred: 2, unsure: 1, held: 1 },
    ],
    ['attention', 'Nothing waits. 1 message failed for good.', { failed: 1 }],
  ])('says, %s: %s', (tone, text, deliveries) => {
    const summary = summarize({ figures: figures(deliveries), readiness: ready, now });
    expect(summary).toEqual({ tone, text });
  });

  test('says first of all that mail is not taken', () => {
    const readiness = { ok: false, reasons: ['The disk is full', 'No listener is bound'] };
    const source = { figures: figures({ failed: 3 }), readiness, now };
    expect(summarize(source)).toEqual({
      tone: 'bad',
      text: 'New mail is not taken: The disk is full; No listener is bound.',
    });
    const full = trouble(
      'diskLow',
      'The disk has 1 % free (queue.full): no mail',
      'Make room on it',
    );
    const intake = { ...full, cause: 'intake', remedy: 'Clients try again' };
    expect(summarize({ ...source, troubles: [full, intake, down] })).toMatchObject({
      remedy: 'Clients try again.',
      others: [
        { text: full.text, remedy: full.remedy },
        { text: expect.stringMatching(/AADSTS7000222\)$/), remedy: expect.any(String) },
      ],
    });
  });

  test('names the cause and what to do, without what Microsoft says of it', () => {
    const text = `${down.text}. Microsoft says: AADSTS7000222: The provided keys are expired`;
    const troubles = [{ ...down, text }];
    const summary = summarize({
      figures: figures({ deferred: 2 }),
      readiness: ready,
      troubles,
      now,
    });
    expect(summary).toEqual({
      tone: 'bad',
      text:
        'All mail over connection "main" waits: The client secret has expired (AADSTS7000222). ' +
        '2 messages wait, the oldest for 4 minutes: 2 will be tried again.',
      remedy: 'Create a new one. At once after "graphpost queue retry --all".',
    });
  });

  test('says once that somebody has to sign in', () => {
    const signIn = { ...down, event: 'signInNeeded', text: 'Somebody has to sign in' } as const;
    const troubles = [down, signIn];
    const summary = summarize({ figures: figures({}), readiness: ready, troubles, now });
    expect(summary.text).toMatch(/^Somebody has to sign in\. /);
    expect(summary.others).toBeUndefined();
  });

  test('is not so bad where only one mailbox waits', () => {
    const troubles = [{ ...down, cause: 'connection main lane x app@contoso.com' }];
    const source = { figures: figures({}), readiness: ready, troubles, now };
    expect(summarize(source).tone).toBe('attention');
  });

  test('takes the newest message for an example where no cause is shared', () => {
    const record = fakeMessage({ id: 'q1', receivedAt: now, history: [timedOut] });
    const [newest] = record.deliveries;
    const examples = newest ? { deferred: newest } : {};
    const source = { figures: figures({ deferred: 1 }), readiness: ready, examples, now };
    expect(summarize(source)).toMatchObject({
      tone: 'attention',
      text: expect.stringMatching(/^Deferred last: No answer came\. 1 message waits/),
      remedy: 'See that the network works; its history: "graphpost why q1".',
    });
    expect(summarize({ ...source, troubles: [down] }).text).not.toContain('Deferred last');
  });

  test('speaks of no queue where there is none', () => {
    const source = { figures: figures({}), readiness: ready, isQueued: false, now };
    expect(summarize(source).text).toMatch(/^All is well: clients are answered/);
    expect(summarize({ ...source, troubles: [down] }).text).toMatch(/Nothing is kept here/);
  });

  test('says that the store cannot be read', () => {
    expect(summarize({ figures: undefined, readiness: ready, now }).tone).toBe('bad');
  });
});

function trouble(event: OpenTrouble['event'], text: string, remedy: string): OpenTrouble {
  return { event, cause: 'connection main', text, remedy, since: now };
}

function figures(deliveries: Partial<Record<DeliveryState, number>>): QueueFigures {
  const none = { ready: 0, sending: 0, unsure: 0, deferred: 0, held: 0, failed: 0, delivered: 0 };
  return {
    deliveries: { ...none, ...deliveries },
    bodyBytes: 0,
    oldestReceivedAt: now - 4 * 60_000,
  };
}

test.each(['hold', 'drop'] as const)('summarize() says that nothing leaves: %s', (sending) => {
  const nothing = figures({ ready: 1 });
  const summary = summarize({ figures: nothing, readiness: ready, sending, now });
  expect(summary.tone).toBe('attention');
  expect(summary.text).toContain(`"sending: ${sending}"`);
});
