import { describe, expect, test } from 'vitest';
import { candidatesOf, isTooLargeForIt, laterCandidates, shouldPassOn } from './backup.ts';
import { deferred, failed, unsure, type Outcome, type Reason } from './outcome.ts';
import type { Action } from './route.ts';

const action: Action = { kind: 'send', via: 'main', backup: ['one', 'two'], priority: 'normal' };

test('candidatesOf() names the connection, then its backups', () => {
  expect(candidatesOf(action)).toEqual(['main', 'one', 'two']);
  expect(candidatesOf({ kind: 'drop' })).toEqual([]);
});

test.each([
  ['main', ['one', 'two']],
  ['one', ['two']],
  ['two', []],
  ['gone', ['one', 'two']],
])('laterCandidates() after %s', (current, expected) => {
  expect(laterCandidates(action, current)).toEqual(expected);
});

describe('shouldPassOn()', () => {
  const trouble = (reason: Reason, retryAfterMs?: number): Outcome =>
    deferred('4.0.0', {
      reason,
      diagnostic: 'x',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });

  test.each<[string, Outcome, number, boolean, boolean]>([
    ['a bad credential, at once', trouble('credential'), 1, false, true],
    ['a mailbox that is gone, at once', trouble('mailbox'), 1, false, true],
    ['a missing grant, at once', trouble('sendAsDenied'), 1, false, true],
    ['a throttle for long', trouble('throttled', 600_000), 1, false, true],
    ['a throttle for a moment: never', trouble('throttled', 1_000), 9, true, false],
    ['a 503: not at first', trouble('server'), 1, false, false],
    ['a 503 that came back', trouble('server'), 2, false, true],
    ['a 503 of a connection that is open', trouble('server'), 1, true, true],
    ['a fault of the gateway: never', trouble('internal'), 9, true, false],
    ['a message that is too large: never', trouble('tooLarge'), 9, true, false],
    [
      'a bad recipient: never',
      failed('5.1.1', { reason: 'recipients', diagnostic: 'x' }),
      9,
      true,
      false,
    ],
    [
      'a send in doubt: never',
      unsure('4.4.2', { reason: 'timeout', diagnostic: 'x' }),
      9,
      true,
      false,
    ],
  ])('%s', (_what, outcome, attempts, isOpen, expected) => {
    expect(shouldPassOn({ outcome, attempts, isOpen })).toBe(expected);
  });
});

test.each<[Reason, boolean]>([
  ['tooLarge', true],
  ['recipients', false],
])('isTooLargeForIt() of a failure for %s is %s', (reason, expected) => {
  expect(isTooLargeForIt(failed('5.3.4', { reason, diagnostic: 'x' }))).toBe(expected);
});
