import { describe, expect, test } from 'vitest';
import type { DeliveryState } from '../core/delivery.ts';
import type { QueueFigures } from '../relay/ports.ts';
import { summarize } from './summary.ts';

const now = 10_000_000;
const ready = { ok: true, reasons: [] };

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
    expect(summarize({ figures: figures({ failed: 3 }), readiness, now })).toEqual({
      tone: 'bad',
      text: 'New mail is not taken: The disk is full; No listener is bound.',
    });
  });

  test('says that the store cannot be read', () => {
    expect(summarize({ figures: undefined, readiness: ready, now }).tone).toBe('bad');
  });
});

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
