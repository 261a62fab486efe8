import { describe, expect, test } from 'vitest';
import type { Attempt, DeliveryState } from '../core/delivery.ts';
import { deferred, delivered, failed, type Outcome } from '../core/outcome.ts';
import { toMessageJson } from '../http/message-json.ts';
import { fakeMessage, type FakeMessage } from '../../test/support/fake-queue.ts';
import { lifeOf } from './why-life.ts';

const receivedAt = Date.UTC(2026, 10, 22, 14, 0, 0);

function attempt(outcome: Outcome): Attempt {
  return {
    number: 1,
    connection: 'play',
    startedAt: receivedAt,
    endedAt: receivedAt + 80,
    outcome,
  };
}

function life(message: Partial<FakeMessage>) {
  const record = fakeMessage({ id: 'm', receivedAt, ...message });
  return lifeOf(toMessageJson(record));
}

const denied = deferred('4.7.1', {
  reason: 'sendAsDenied',
  diagnostic: 'The mailbox may not send as app@example.com',
  hold: 'originator',
  remote: { code: 'ErrorSendAsDenied', httpStatus: 403, requestId: 'r-1' },
});

describe('lifeOf()', () => {
  test('says how a message came, what was tried and what that means', () => {
    const history = [attempt(denied)];
    const { accepted, deliveries } = life({ history, dueAt: receivedAt + 300_000 });
    expect(accepted).toEqual({
      time: '2026-11-22T14:00:00.000Z',
      what: 'accepted from client "erp" (10.0.0.7; listener apps): MAIL FROM app@example.com, From app@example.com, 100 bytes, subject "Quarterly report"',
    });
    expect(deliveries).toMatchObject([
      {
        way: 'rule "default" sends it over connection "play" to someone@example.com',
        attempts: [
          {
            what: 'attempt 1 over "play" (80 ms): deferred, 4.7.1, HTTP 403, ErrorSendAsDenied, request-id r-1',
            meaning:
              'The mailbox may not send as this address. The mailbox may not send as app@example.com',
          },
        ],
        nextAt: '2026-11-22T14:05:00.000Z',
        remedy: expect.stringMatching(/^Grant Send As .*graphpost queue retry m-1$/),
      },
    ]);
  });

  test('gives what was put back no number, no time and no request', () => {
    const { deliveries } = life({ history: [attempt({ ...denied, isUntried: true, remote: {} })] });
    expect(deliveries[0]?.attempts[0]?.what).toBe('not tried over "play": deferred, 4.7.1');
  });

  test('says how a message went that did not go as it came', () => {
    const passage = { transport: 'draft', why: 'it is large', droppedFields: ['List-Id'] } as const;
    const sent = { ...attempt(delivered('2.0.0')), passage };
    const plain = { ...sent, passage: { transport: 'mime', why: 'it fits' } as const };
    const { deliveries } = life({ state: 'delivered', history: [sent, plain] });
    expect(deliveries[0]?.attempts.map(({ meaning }) => meaning)).toEqual([
      'It went as draft: it is large. May be missing there: List-Id',
      undefined,
    ]);
  });

  test.each<[DeliveryState, Partial<FakeMessage>, RegExp, RegExp | undefined]>([
    ['ready', {}, /waits for its turn/, undefined],
    ['sending', {}, /under way/, undefined],
    ['unsure', {}, /looked for in the mailbox/, undefined],
    ['deferred', {}, /tried again/, undefined],
    ['held', {}, /releases it/, /queue release m-1/],
    ['held', { mayHaveBeenSent: true }, /may have been sent/, /Sent Items/],
    [
      'failed',
      { history: [attempt(failed('5.1.1', { reason: 'recipients', diagnostic: 'x' }))] },
      /given up/,
      /^Correct the recipients, and send it anew$/,
    ],
    ['delivered', { history: [attempt(delivered('2.0.0'))] }, /next mail system/, /message trace/],
  ])('says what happens to one that is %s, and what to do', (state, more, next, remedy) => {
    const [delivery] = life({ state, ...more }).deliveries;
    expect(delivery?.next).toMatch(next);
    expect(delivery?.remedy ?? '').toMatch(remedy ?? /^$/);
  });
});
