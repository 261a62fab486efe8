import { describe, expect, test } from 'vitest';
import type { Address } from '../core/address.ts';
import type { DeliveryState } from '../core/delivery.ts';
import { deferred, delivered, failed, unsure, type Outcome } from '../core/outcome.ts';
import { reportOfTest, type ToldDelivery } from './test-mail-report.ts';

const message = {
  id: 'q1',
  receivedAt: 1_000,
  messageId: '<q1@relay.example.com>',
  client: {
    ...{ name: 'app', ip: '127.0.0.1', listener: 'apps', ehlo: 'x', tls: false, senders: [] },
  },
};

function deliveryOf(state: DeliveryState, outcome?: Outcome): ToldDelivery {
  const attempt = { number: 1, connection: 'main', startedAt: 2_000, endedAt: 2_500 };
  return {
    ...{ route: 'default', connection: 'main', forwardPaths: ['a@x.com' as Address], state },
    history: outcome === undefined ? [] : [{ ...attempt, outcome }],
  };
}

const throttled = deferred('4.3.2', {
  reason: 'throttled',
  diagnostic: 'Too much (HTTP 429): wait',
});
const never = failed('5.6.0', {
  reason: 'content',
  diagnostic: 'Malformed (X, HTTP 400): mend it. Microsoft says: Bad MIME',
  remote: { code: 'X', httpStatus: 400 },
});
const lost = unsure('4.4.2', { reason: 'timeout', diagnostic: 'No answer' });

describe('reportOfTest()', () => {
  test.each<[string, ToldDelivery[], object]>([
    ['one that waits', [deliveryOf('ready')], { state: 'underWay' }],
    ['one under way again', [deliveryOf('sending', throttled)], { state: 'underWay' }],
    ['one that arrived', [deliveryOf('delivered', delivered('2.0.0'))], { state: 'delivered' }],
    [
      'one of two that arrived',
      [deliveryOf('delivered', delivered('2.0.0')), deliveryOf('ready')],
      { state: 'underWay' },
    ],
    [
      'one that was throttled',
      [deliveryOf('ready', throttled)],
      { state: 'undelivered', next: expect.stringContaining('graphpost queue rm q1') },
    ],
    [
      'one that failed',
      [deliveryOf('failed', never)],
      {
        state: 'undelivered',
        error: { explained: 'Malformed (X, HTTP 400): mend it', raw: 'HTTP 400, X, Bad MIME' },
      },
    ],
    [
      'one that may have been sent',
      [deliveryOf('unsure', lost)],
      { state: 'undelivered', next: expect.stringContaining('may have been sent') },
    ],
    ['one that a rule holds', [deliveryOf('held')], { state: 'undelivered' }],
  ])('of %s', (_name, deliveries, expected) => {
    expect(reportOfTest({ message, deliveries })).toMatchObject({ id: 'q1', ...expected });
  });

  test('counts no attempt where it was held with others', () => {
    const held = deferred('4.7.1', {
      ...{ reason: 'permission', diagnostic: 'Not tried', hold: 'lane', isUntried: true },
    } as const);
    const { steps } = reportOfTest({ message, deliveries: [deliveryOf('deferred', held)] });
    expect(steps.at(-1)?.what).toBe('Not tried over "main": deferred, 4.7.1');
  });

  test('says that all mail is held', () => {
    const told = { message, deliveries: [deliveryOf('ready')] };
    expect(reportOfTest(told, { sending: 'hold' }).error).toEqual({
      explained: 'All mail is held here (sending: hold)',
    });
  });
});
