import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import {
  afterAttempt,
  afterLookUp,
  failureOf,
  putBack,
  waitForPace,
  type Delivery,
  type DeliveryChange,
  type LookUpResult,
} from './delivery.ts';
import { laneOf } from './lane.ts';
import { deferred, delivered, failed, unsure, type Deferred, type HoldScope } from './outcome.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const receivedAt = 1_800_000_000_000;
const schedule = { firstMs: 30_000, longestMs: hourMs, giveUpAfterMs: 5 * dayMs };
const common = { schedule, lookupAfterMs: minuteMs };

const delivery: Delivery = {
  id: '0000000000000000-1',
  messageId: '0000000000000000',
  route: {
    rule: 'default',
    action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
    forwardPaths: [address('bob@contoso.com')],
  },
  connection: 'main',
  lane: laneOf({ kind: 'connection', name: 'main' }, address('app@contoso.com')),
  state: 'sending',
  attempts: 3,
  lookUps: 0,
  agesFrom: receivedAt,
};
const triedOften: Delivery = { ...delivery, attempts: 5 };

function outage(detail: Partial<Deferred> = {}): Deferred {
  return deferred('4.3.2', { reason: 'server', diagnostic: 'Graph answered 503', ...detail });
}

function after(outcome: Parameters<typeof afterAttempt>[1], ageMs: number, chance = 1) {
  return afterAttempt(delivery, outcome, { now: receivedAt + ageMs, ...common, chance });
}

function afterMany(outcome: Parameters<typeof afterAttempt>[1], ageMs: number) {
  return afterAttempt(triedOften, outcome, { now: receivedAt + ageMs, ...common, chance: 1 });
}

describe('afterAttempt()', () => {
  test.each([
    ['delivered', { ...delivered('2.0.0'), retryAfterMs: 9_000 }],
    ['unsure', unsure('4.3.2', { reason: 'timeout', diagnostic: '504', retryAfterMs: 9_000 })],
  ])('leaves the lane alone after %s where that was asked for', (state, outcome) => {
    const pauseLaneUntil = receivedAt + minuteMs + 9_000;
    expect(after(outcome, minuteMs)).toMatchObject({ state, pauseLaneUntil });
  });

  test('ends a delivery that was delivered', () => {
    expect(after(delivered('2.0.0'), minuteMs)).toEqual({
      state: 'delivered',
      attempts: 3,
      agesFrom: receivedAt,
    });
  });

  test('ends a delivery that failed', () => {
    const outcome = failed('5.3.4', { reason: 'tooLarge', diagnostic: 'Too large' });
    expect(after(outcome, minuteMs)).toEqual({
      state: 'failed',
      attempts: 3,
      agesFrom: receivedAt,
    });
  });

  test.each([
    ['young', delivery, minuteMs],
    ['whose time is over', triedOften, 5 * dayMs],
  ])('looks for an unsure one that is %s before anything else', (_, tried, ageMs) => {
    const outcome = unsure('4.4.2', { reason: 'timeout', diagnostic: 'No answer' });
    const options = { now: receivedAt + ageMs, ...common, chance: 1 };
    expect(afterAttempt({ ...tried, lookUps: 3 }, outcome, options)).toEqual({
      state: 'unsure',
      attempts: tried.attempts,
      agesFrom: receivedAt,
      lookUps: 0,
      dueAt: receivedAt + ageMs + minuteMs,
    });
  });

  test('keeps the doubt of an earlier attempt where this one failed for good', () => {
    const outcome = failed('5.6.0', { reason: 'content', diagnostic: 'Not readable' });
    const options = { now: receivedAt, ...common, chance: 1, mayHaveBeenSent: true };
    expect(afterAttempt(delivery, outcome, options)).toMatchObject({
      state: 'failed',
      mayHaveBeenSent: true,
    });
  });

  test('counts no attempt where none was made for want of room, and lets nothing else wait', () => {
    const outcome = deferred('4.3.2', { reason: 'cancelled', waitedMs: 30_000, diagnostic: '' });
    const options = { now: receivedAt + minuteMs, ...common, chance: 1 };
    expect(afterAttempt(delivery, outcome, options)).toEqual({
      state: 'ready',
      attempts: delivery.attempts - 1,
      agesFrom: delivery.agesFrom + 40_000,
      dueAt: receivedAt + minuteMs + 10_000,
    });
  });

  test('does not give up after few attempts, however old a clock that was set makes it', () => {
    expect(after(outage(), 400 * dayMs).state).toBe('deferred');
  });

  test.each([
    ['deferred', outage()],
    ['throttled', outage({ reason: 'throttled', retryAfterMs: 60_000 })],
    ['held back', outage({ reason: 'credential', hold: 'connection' })],
  ])('keeps the doubt of an earlier attempt where this one was %s', (_, outcome) => {
    const options = { now: receivedAt, ...common, chance: 1 };
    const looked = { ...delivery, lookUps: 3 };
    const sure = afterAttempt(looked, outcome, options);
    const doubtful = afterAttempt(looked, outcome, { ...options, mayHaveBeenSent: true });
    expect(doubtful).toEqual({ ...sure, state: 'unsure', lookUps: 3 });
  });

  test('leaves a doubtful one whose time is over to an operator', () => {
    const now = receivedAt + 5 * dayMs;
    const options = { now, ...common, chance: 1, mayHaveBeenSent: true };
    expect(afterAttempt(triedOften, outage(), options)).toMatchObject({
      state: 'held',
      hold: 'message',
      mayHaveBeenSent: true,
    });
  });

  test('backs off from transient trouble', () => {
    expect(after(outage(), minuteMs)).toEqual({
      state: 'deferred',
      attempts: 3,
      agesFrom: receivedAt,
      dueAt: receivedAt + minuteMs + 120_000,
    });
  });

  test.each([
    ['a longer wish', 10 * minuteMs, 10 * minuteMs],
    ['a shorter wish', 1_000, 120_000],
  ])('waits at least as long as the next hop asks: %s', (_, retryAfterMs, delayMs) => {
    expect(after(outage({ retryAfterMs }), 0).dueAt).toBe(receivedAt + delayMs);
  });

  test.each([
    ['without a wish', undefined, 2 * hourMs],
    ['with a shorter one', minuteMs, 2 * hourMs],
    ['with a longer one', 6 * hourMs, 6 * hourMs],
  ])('waits hours for a quota %s', (_, retryAfterMs, delayMs) => {
    const outcome = outage({
      reason: 'quota',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    expect(after(outcome, 0)).toMatchObject({ state: 'deferred', dueAt: receivedAt + delayMs });
  });

  test.each([
    ['as long as it says', 90_500, 90_500],
    ['30 seconds where it says nothing', undefined, 30_000],
  ])('pauses the lane of a throttled one %s, and counts no attempt', (_, retryAfterMs, pauseMs) => {
    const outcome = outage({
      reason: 'throttled',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    expect(after(outcome, minuteMs)).toEqual({
      state: 'ready',
      attempts: 2,
      agesFrom: receivedAt,
      dueAt: receivedAt + minuteMs + pauseMs,
      pauseLaneUntil: receivedAt + minuteMs + pauseMs,
    });
  });

  test('ends what is throttled for ever: when its time is over, a throttle counts as an attempt', () => {
    const states: string[] = [];
    let tried: Delivery = { ...delivery, attempts: 1 };
    let now = receivedAt + 5 * dayMs;
    while (states.at(-1) !== 'failed') {
      const outcome = outage({ reason: 'throttled', retryAfterMs: minuteMs });
      const change = afterAttempt(tried, outcome, { now, ...common, chance: 1 });
      states.push(change.state);
      expect(change.pauseLaneUntil).toBe(now + minuteMs);
      now += minuteMs;
      tried = { ...tried, attempts: change.attempts + 1 };
    }
    expect(states).toEqual(['ready', 'ready', 'ready', 'ready', 'failed']);
  });

  test.each<[HoldScope]>([['connection'], ['lane'], ['originator'], ['message']])(
    'keeps what an administrator must mend, with its scope: %s',
    (hold) => {
      expect(after(outage({ reason: 'credential', hold }), minuteMs, 0)).toEqual({
        state: 'deferred',
        attempts: 3,
        agesFrom: receivedAt + 5 * minuteMs,
        dueAt: receivedAt + 6 * minuteMs,
        hold,
      });
    },
  );

  test('lets a held delivery neither age nor fail, however long the fault lasts', () => {
    const outcome = outage({ reason: 'credential', hold: 'connection' });
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 }),
        (luck) => {
          let held = delivery;
          let now = receivedAt + dayMs;
          for (const chance of luck) {
            const change = afterAttempt(held, outcome, { now, ...common, chance });
            expect(change.state).toBe('deferred');
            held = { ...held, agesFrom: change.agesFrom };
            now = change.dueAt ?? Number.NaN;
            expect(now - held.agesFrom).toBe(dayMs);
          }
        },
      ),
    );
  });

  test('lets a delivery that was held for longer than its time still be tried', () => {
    const outcome = outage({ reason: 'credential', hold: 'connection' });
    const released = afterAttempt(delivery, outcome, {
      now: receivedAt + 6 * dayMs,
      ...common,
      chance: 0,
    });
    expect(released.state).toBe('deferred');
  });

  test.each([
    ['just before its time is over', 5 * dayMs - 1, 'deferred'],
    ['when its time is over', 5 * dayMs, 'failed'],
  ])('gives up on trouble that lasts: %s', (_, ageMs, state) => {
    expect(afterMany(outage(), ageMs).state).toBe(state);
    expect(afterMany(outage({ reason: 'quota' }), ageMs).state).toBe(state);
  });

  test('says of one that is given up that nobody will claim it', () => {
    expect(afterMany(outage(), 5 * dayMs)).toEqual({
      state: 'failed',
      attempts: 5,
      agesFrom: receivedAt,
    });
  });

  test('spreads by chance what failed together', () => {
    expect(after(outage(), 0, 0).dueAt).toBe(receivedAt + 96_000);
    const held = outage({ hold: 'lane' });
    expect(after(held, 0, 0).dueAt).not.toBe(after(held, 0, 1).dueAt);
  });
});

describe('afterLookUp()', () => {
  const options = { now: receivedAt, ...common, chance: 1 };

  function looked(lookUps: number, result: LookUpResult, changes: Partial<Delivery> = {}) {
    return afterLookUp({ ...delivery, attempts: 2, lookUps, ...changes }, result, options);
  }

  test.each([
    [0, 2 * minuteMs],
    [1, 6 * minuteMs],
  ])('looks again after %i that found nothing, which was no attempt', (lookUps, waitMs) => {
    expect(looked(lookUps, 'notFound')).toEqual({
      state: 'unsure',
      attempts: 1,
      agesFrom: receivedAt,
      lookUps: lookUps + 1,
      dueAt: receivedAt + waitMs,
    });
  });

  test.each([2, 3])('sends again after %i that found nothing and this one', (lookUps) => {
    expect(looked(lookUps, 'notFound')).toBeUndefined();
  });

  test('sends again at once where it may not look and the back-off has passed', () => {
    expect(looked(0, 'notPermitted')).toBeUndefined();
  });

  test('waits for the rest of the back-off where it may not look', () => {
    const change = looked(0, 'notPermitted', { attempts: 5 });
    expect(change).toMatchObject({ state: 'unsure', attempts: 4, lookUps: 3 });
    expect(change?.dueAt).toBe(receivedAt + 240_000 - minuteMs);
    expect(looked(3, 'notPermitted', { attempts: 5 })).toBeUndefined();
  });

  test('never sends again, nor counts a look-up, while it cannot look', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3 }), fc.integer({ min: 2, max: 50 }), (lookUps, attempts) => {
        const change = looked(lookUps, 'unknown', { attempts });
        expect(change).toMatchObject({ state: 'unsure', attempts, lookUps });
        expect(change?.dueAt).toBeGreaterThan(receivedAt);
      }),
    );
  });

  test.each<[LookUpResult, number]>([
    ['notFound', 2],
    ['notPermitted', 0],
    ['unknown', 0],
  ])('leaves one whose time is over to an operator: %s', (result, lookUps) => {
    const old = { ...triedOften, agesFrom: receivedAt - 5 * dayMs, lookUps };
    expect(afterLookUp(old, result, options)).toMatchObject({
      state: 'held',
      hold: 'message',
      mayHaveBeenSent: true,
    });
  });
});

describe('putBack()', () => {
  const dueAt = receivedAt + 6 * minuteMs;
  const options = { now: receivedAt + minuteMs, dueAt, ...common, chance: 1 };

  test('neither counts an attempt nor lets it age, where an administrator must mend the fault', () => {
    expect(putBack(delivery, { ...options, hold: 'connection' })).toEqual({
      state: 'deferred',
      attempts: 2,
      agesFrom: receivedAt + 5 * minuteMs,
      dueAt,
      hold: 'connection',
    });
  });

  test('keeps the doubt', () => {
    const doubtful = { ...options, hold: 'lane', mayHaveBeenSent: true } as const;
    const change = putBack({ ...delivery, lookUps: 1 }, doubtful);
    expect(change).toMatchObject({ state: 'unsure', lookUps: 1, hold: 'lane' });
  });

  test('counts no attempt, and lets it age, where the trouble passes', () => {
    const change = { state: 'deferred', attempts: 2, agesFrom: receivedAt, dueAt };
    expect(putBack(delivery, options)).toEqual(change);
  });

  test('ends one that is put back for trouble until its time is over, with the back-off of attempts', () => {
    const waitsMs: number[] = [];
    let tried: Delivery = { ...delivery, attempts: 1 };
    let now = receivedAt + 5 * dayMs;
    for (;;) {
      const change = putBack(tried, { ...options, now, dueAt: now + minuteMs });
      if (change.state === 'failed') break;
      expect(change).toMatchObject({ state: 'deferred', agesFrom: receivedAt });
      waitsMs.push((change.dueAt ?? Number.NaN) - now);
      now = change.dueAt ?? Number.NaN;
      tried = { ...tried, attempts: change.attempts + 1 };
    }
    expect(waitsMs).toEqual([minuteMs, minuteMs, 2 * minuteMs, 4 * minuteMs]);
  });

  test('never ends one that an administrator keeps waiting', () => {
    const late = { ...options, now: receivedAt + 9 * dayMs, dueAt: receivedAt + 10 * dayMs };
    const change = putBack({ ...delivery, attempts: 99 }, { ...late, hold: 'connection' });
    expect(change).toMatchObject({ state: 'deferred', attempts: 98 });
  });
});

describe('waitForPace()', () => {
  test('counts no attempt and ends nothing, however old it is', () => {
    const dueAt = receivedAt + 90 * dayMs;
    const change = { attempts: 2, agesFrom: receivedAt, dueAt };
    expect(waitForPace(delivery, { dueAt })).toEqual({ state: 'ready', ...change });
    expect(waitForPace(delivery, { dueAt, mayHaveBeenSent: true })).toEqual({
      state: 'unsure',
      lookUps: 0,
      ...change,
    });
  });
});

describe('failureOf()', () => {
  const change = { attempts: 3, agesFrom: receivedAt } as const;
  const failedChange: DeliveryChange = { ...change, state: 'failed' };

  test('is the outcome that ended it', () => {
    const outcome = failed('5.6.0', { reason: 'content', diagnostic: 'Not readable' });
    expect(failureOf(failedChange, outcome)).toBe(outcome);
  });

  test('is 5.4.7, with the last trouble, for one whose time was over', () => {
    const outcome = outage({ remote: { httpStatus: 503 } });
    expect(failureOf(afterMany(outcome, 5 * dayMs), outcome)).toEqual({
      kind: 'failed',
      status: '5.4.7',
      reason: 'expired',
      diagnostic: 'Its time was over before it could be sent: Graph answered 503',
      remote: { httpStatus: 503 },
    });
  });

  test('is nothing for one that has not failed', () => {
    expect(failureOf(after(outage(), 0), outage())).toBeUndefined();
    expect(failureOf({ ...change, state: 'delivered' }, delivered('2.0.0'))).toBeUndefined();
  });
});
