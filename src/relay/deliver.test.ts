import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { claimOf, createWorld, minuteMs, now, routeWith } from '../../test/support/deliveries.ts';
import type { DeliveryChange } from '../core/delivery.ts';
import { deferred, delivered, failed, unsure, type Outcome } from '../core/outcome.ts';

const secretExpired = deferred('4.7.0', {
  reason: 'credential',
  diagnostic: 'The secret has expired',
  hold: 'connection',
});
const busy = deferred('4.3.2', { reason: 'server', diagnostic: 'Busy' });
const noAnswer = unsure('4.4.2', { reason: 'timeout', diagnostic: 'No answer' });

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

  test('marks what was put back as untried, without the request of the other message', async () => {
    const remote = { code: 'AADSTS7000222', httpStatus: 401, requestId: 'r-1' };
    const { attempt, records } = createWorld([{ ...secretExpired, remote }]);
    await attempt(claimOf());
    await attempt(claimOf({ id: 'q2-1' }));
    const [met, held] = records.map(({ attempt: { outcome } }) => outcome);
    expect(met).toMatchObject({ remote });
    expect(met).not.toHaveProperty('isUntried');
    expect(held).toMatchObject({ isUntried: true });
    expect(held?.remote).toEqual({ code: 'AADSTS7000222', httpStatus: 401 });
  });

  test('does not look for what may have been sent while its connection is held', async () => {
    const { attempt, looks } = createWorld([secretExpired]);
    await attempt(claimOf());
    const change = await attempt(claimOf({ id: 'q2-1', attempts: 2, lookUps: 1 }, true));
    expect(change).toMatchObject({ state: 'unsure', lookUps: 1, hold: 'connection' });
    expect(looks).toEqual([]);
  });

  test('counts look-ups in their lane, and waits for room with the doubt that there is', async () => {
    const requests = {
      measure: 'requests',
      amount: 7,
      windowMs: 600_000,
      key: 'limits.requestsPer10Minutes',
    } as const;
    const { attempt, looks, sends } = createWorld([], { pace: [requests] });
    for (const id of ['q1-1', 'q2-1']) await attempt(claimOf({ id, attempts: 2 }, true));
    const change = await attempt(claimOf({ id: 'q3-1', attempts: 2, lookUps: 1 }, true));
    expect(looks).toEqual(['q1-1', 'q2-1']);
    expect(change).toMatchObject({ state: 'unsure', attempts: 1, lookUps: 1 });
    expect(change.pauseLaneUntil).toBeGreaterThan(now + 600_000);
    await attempt(claimOf({ id: 'q4-1' }));
    await attempt(claimOf({ id: 'q5-1' }));
    expect(sends).toEqual(['q4-1']);
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

  test('parts for the next connection only what is as it has just recorded it', async () => {
    const sizes = { main: 500, spare: 500 };
    const { attempt, replaced } = createWorld([busy], { sizes, recipientsPerSend: 1 });
    const forwardPaths = [address('bob@example.com'), address('carol@example.com')];
    const route = { ...routeWith(['spare']), forwardPaths };
    const claim = claimOf({ attempts: 4, route });
    expect(await attempt({ ...claim, fence: 4 })).toMatchObject({ state: 'deferred' });
    expect(replaced).toMatchObject([
      ['q1-1', [{ connection: 'spare' }, { connection: 'spare' }], { fence: 4, state: 'deferred' }],
    ]);
  });

  test('delivers what it finds, and sends nothing', async () => {
    const { attempt, sends } = createWorld([], { lookUp: { kind: 'sent' } });
    expect(await attempt(claimOf({ attempts: 2 }, true))).toMatchObject({ state: 'delivered' });
    expect(sends).toEqual([]);
  });

  test('looks first where its connection takes less by now, and fails after that', async () => {
    const found = createWorld([], { lookUp: { kind: 'sent' }, sizes: { main: 50 } });
    expect(await found.attempt(claimOf({ attempts: 2 }, true))).toMatchObject({
      state: 'delivered',
    });
    const notFound = createWorld([], { sizes: { main: 50 } });
    const last = claimOf({ attempts: 2, lookUps: 2 }, true);
    expect(await notFound.attempt(last)).toMatchObject({ state: 'failed', mayHaveBeenSent: true });
    expect([found.looks.length, notFound.looks.length, notFound.sends.length]).toEqual([1, 1, 0]);
  });

  test('hands what is too large for its connection by now to the next that takes it', async () => {
    const { attempt, records, sends } = createWorld([], {
      sizes: { main: 50, small: 60, spare: 500 },
    });
    const route = routeWith(['small', 'spare']);
    const change = await attempt(claimOf({ route }));
    expect(change).toMatchObject({ state: 'ready', dueAt: now, move: { connection: 'spare' } });
    expect(records[0]?.attempt.outcome).toMatchObject({ kind: 'failed', reason: 'tooLarge' });
    expect(sends).toEqual([]);
  });

  test('hands on, too, what the next hop itself finds too large', async () => {
    const outcome = failed('5.3.4', { reason: 'tooLarge', diagnostic: '552', remote: {} });
    const { attempt } = createWorld([outcome], { sizes: { main: 500, spare: 500 } });
    const change = await attempt(claimOf({ route: routeWith(['spare']) }));
    expect(change).toMatchObject({ state: 'ready', move: { connection: 'spare' } });
  });

  test('keeps what is too large for one that takes it, and whose breaker is open', async () => {
    const { attempt, breakers } = createWorld([], { sizes: { main: 500, spare: 50 } });
    breakers.end('main', secretExpired);
    const change = await attempt(claimOf({ connection: 'spare', route: routeWith(['spare']) }));
    expect(change).toMatchObject({ dueAt: now + minuteMs, move: { connection: 'main' } });
  });

  test('fails what no connection of its route takes', async () => {
    const { attempt } = createWorld([], { sizes: { main: 50, spare: 60 } });
    const change = await attempt(claimOf({ route: routeWith(['spare']) }));
    expect(change).toMatchObject({ state: 'failed' });
  });

  test('tells a breaker nothing of messages whose fault is their own', async () => {
    const { attempt, breakers, sends } = createWorld([]);
    const claim = claimOf();
    const client = { ...claim.message.client, senders: [] };
    for (let number = 1; number <= 6; number++) {
      const message = { ...claim.message, client };
      const change = await attempt({ ...claim, message });
      expect(change).toMatchObject({ state: 'deferred', hold: 'message' });
    }
    expect([breakers.isOpen('main'), sends.length]).toEqual([false, 0]);
  });

  test('tells a breaker nothing of what was found to have been sent', async () => {
    const { attempt, breakers } = createWorld([], { lookUp: { kind: 'sent' } });
    for (let number = 1; number <= 4; number++) breakers.end('main', busy);
    await attempt(claimOf({ attempts: 2 }, true));
    breakers.end('main', busy);
    expect(breakers.isOpen('main')).toBe(true);
  });

  test('tells the breaker of a connection that is gone', async () => {
    const { attempt, breakers } = createWorld([]);
    await attempt(claimOf({ connection: 'gone' }));
    expect(breakers.isOpen('gone')).toBe(true);
  });

  test.each<[string, Outcome, Partial<DeliveryChange>]>([
    ['age goes on where it was trouble', busy, { agesFrom: now }],
    [
      'age stands still where an administrator must mend it',
      secretExpired,
      { agesFrom: now + minuteMs, hold: 'connection' },
    ],
  ])('puts back what finds the breaker open: %s', async (_, trouble, change) => {
    const { attempt, breakers, sends } = createWorld([]);
    for (let number = 1; number <= 5; number++) breakers.end('main', trouble);
    const claim = claimOf({ route: routeWith(['gone']) });
    expect(await attempt(claim)).toMatchObject({
      state: 'deferred',
      attempts: 0,
      dueAt: now + minuteMs,
      ...change,
    });
    expect(sends).toEqual([]);
  });

  test('ends what finds the breaker open until its time is over, and says so', async () => {
    const { attempt, breakers, records, told } = createWorld([]);
    for (let number = 1; number <= 5; number++) breakers.end('main', busy);
    const old = { attempts: 5, agesFrom: now - 86_400_000, route: routeWith(['gone']) };
    expect(await attempt(claimOf(old))).toMatchObject({ state: 'failed' });
    expect(records.at(-1)?.attempt.outcome).toMatchObject({ status: '5.4.7', reason: 'expired' });
    expect(told).toEqual(['breakerChanged', 'attempted']);
  });
});
