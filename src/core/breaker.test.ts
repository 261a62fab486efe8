import { describe, expect, test } from 'vitest';
import { afterOutcome, closedBreaker, isOwnTrouble, probing, stateOf } from './breaker.ts';
import {
  deferred,
  delivered,
  failed,
  unsure,
  type HoldScope,
  type Outcome,
  type Reason,
} from './outcome.ts';

const now = 1_000_000;

function trouble(
  reason: Reason,
  detail: { hold?: HoldScope; retryAfterMs?: number } = {},
): Outcome {
  return deferred('4.3.0', { reason, diagnostic: 'x', ...detail });
}

function after(outcomes: readonly Outcome[]) {
  return outcomes.reduce((breaker, outcome) => afterOutcome(breaker, outcome, now), closedBreaker);
}

describe('afterOutcome()', () => {
  test('opens after five attempts in a row that met trouble', () => {
    const four = after(Array.from({ length: 4 }, () => trouble('server')));
    expect(stateOf(four, now)).toBe('closed');
    const five = afterOutcome(four, trouble('network'), now);
    expect(stateOf(five, now)).toBe('open');
    expect(stateOf(five, now + 29_999)).toBe('open');
    expect(stateOf(five, now + 30_000)).toBe('halfOpen');
  });

  test('opens at once for a fault of the whole connection', () => {
    const opened = after([trouble('credential', { hold: 'connection' })]);
    expect(stateOf(opened, now)).toBe('open');
  });

  test('is due for a probe where a clock that was ahead, and was set back, has opened it', () => {
    const opened = after(Array.from({ length: 9 }, () => trouble('server')));
    expect(stateOf(opened, now)).toBe('open');
    expect(stateOf(opened, now - 86_400_000)).toBe('halfOpen');
  });

  test('tells a fault for an administrator from trouble that passes, by what was met last', () => {
    const opened = after([trouble('credential', { hold: 'connection' })]);
    expect(opened.isFault).toBe(true);
    expect(afterOutcome(opened, trouble('network'), now).isFault).toBeUndefined();
    expect(probing(opened, now).isFault).toBe(true);
  });

  test.each([
    ['delivered', delivered('2.0.0')],
    [
      'failed for the message',
      failed('5.1.1', { reason: 'recipients', diagnostic: 'x', remote: { httpStatus: 400 } }),
    ],
  ])('closes when an attempt was %s', (_name, outcome) => {
    const opened = after([trouble('credential', { hold: 'connection' })]);
    expect(afterOutcome(opened, outcome, now)).toEqual(closedBreaker);
  });

  test.each([
    ['refused here', failed('5.3.4', { reason: 'tooLarge', diagnostic: 'x' })],
    ['unsure', unsure('4.4.2', { reason: 'timeout', diagnostic: 'x' })],
    ['deferred for its own sake', trouble('internal')],
    ['held for its own sake', trouble('permission', { hold: 'message' })],
    ['throttled for a moment', trouble('throttled', { retryAfterMs: 30_000 })],
  ])('learns nothing from an attempt that was %s', (_name, outcome) => {
    const some = after([trouble('server'), trouble('server')]);
    expect(afterOutcome(some, outcome, now)).toEqual(some);
  });

  test('stays open longer after each probe that failed, ten minutes at most', () => {
    let breaker = after([trouble('credential', { hold: 'connection' })]);
    const lengths: (number | undefined)[] = [];
    for (let probe = 0; probe < 6; probe++) {
      breaker = afterOutcome(probing(breaker, now), trouble('server'), now);
      lengths.push(breaker.openForMs);
    }
    expect(lengths).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  });
});

test('probing() lets nothing else pass until the probe has told, or is lost', () => {
  const opened = after([trouble('credential', { hold: 'connection' })]);
  const due = now + 30_000;
  expect(stateOf(opened, due)).toBe('halfOpen');
  const probed = probing(opened, due);
  expect(stateOf(probed, due + 1)).toBe('open');
  expect(stateOf(probed, due + 120_000)).toBe('halfOpen');
});

test.each<[Reason, boolean]>([
  ['network', true],
  ['timeout', true],
  ['server', true],
  ['quota', true],
  ['credential', true],
  ['permission', true],
  ['mailbox', true],
  ['sendAsDenied', true],
  ['configuration', true],
  ['throttled', false],
  ['tooLarge', false],
  ['recipients', false],
  ['rule', false],
  ['content', false],
  ['expired', false],
  ['cancelled', false],
  ['internal', false],
])('isOwnTrouble() of a deferral for %s is %s', (reason, expected) => {
  expect(isOwnTrouble(trouble(reason))).toBe(expected);
});

test('isOwnTrouble() holds for a throttle of five minutes, and never while a send is in doubt', () => {
  expect(isOwnTrouble(trouble('throttled', { retryAfterMs: 300_000 }))).toBe(true);
  expect(isOwnTrouble(unsure('4.4.2', { reason: 'network', diagnostic: 'x' }))).toBe(false);
});
