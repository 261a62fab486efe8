import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { laneOf } from '../core/lane.ts';
import {
  deferred,
  delivered,
  failed,
  unsure,
  type Deferred,
  type HoldScope,
} from '../core/outcome.ts';
import { Holds, type HoldFacts, type HoldPass } from './holds.ts';
import type { Policy } from './policy.ts';

const minuteMs = 60_000;
const retryMs = 5 * minuteMs;

function laneFrom(mailbox: string) {
  return laneOf({ kind: 'graph', authority: 'a', tenant: 't', clientId: 'c' }, address(mailbox));
}

const ann: HoldFacts = { connection: 'main', lane: laneFrom('ann@contoso.com') };
const bob: HoldFacts = { connection: 'main', lane: laneFrom('bob@contoso.com') };
const elsewhere: HoldFacts = { connection: 'other', lane: laneFrom('cy@fabrikam.com') };
const shop = address('shop@contoso.com');

const sent = { outcome: delivered('2.0.0') };

function fault(hold: HoldScope): Deferred {
  return deferred('4.7.0', { reason: 'permission', diagnostic: `The ${hold} is at fault`, hold });
}

function createPolicy(): Policy {
  return {
    from: { force: 'never', defaults: [], replyTo: 'original' },
    rules: [],
    fallback: {
      name: 'default',
      action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
      bcc: [],
    },
    needsContent: false,
    connections: new Map(),
  };
}

function setUp({ chance = () => 0 } = {}) {
  const time = { now: 1_800_000_000_000, policy: createPolicy() };
  const told: string[] = [];
  const holds = new Holds({
    clock: { now: () => time.now, wait: async () => undefined },
    events: {
      holdBegan: ({ scope, connection, from = '' }) =>
        told.push(`began ${scope} ${connection} ${from}`.trim()),
      holdEnded: ({ scope, connection, cause }) => told.push(`${cause} ${scope} ${connection}`),
    },
    policy: () => time.policy,
    chance,
  });

  function enter(facts: HoldFacts, from = shop): HoldPass {
    const pass = holds.enter(facts);
    pass.setFrom(from);
    return pass;
  }

  return {
    holds,
    time,
    told,
    enter,
    /** What an attempt of a small message is told before it goes. */
    ask: (facts: HoldFacts, from = shop) => {
      const pass = enter(facts, from);
      const held = pass.ask(['connection', 'lane', 'originator']);
      pass.leave();
      return held;
    },
    /** An attempt that may go, to its end. */
    meet: (hold: HoldScope, facts: HoldFacts, from = shop) => {
      const pass = enter(facts, from);
      pass.ask(['connection', 'lane', 'originator', 'largeMessages']);
      pass.leave({ outcome: fault(hold), dueAt: time.now + retryMs });
    },
    succeed: (facts: HoldFacts, from = shop) => {
      const pass = enter(facts, from);
      const held = pass.ask(['connection', 'lane', 'originator']);
      pass.leave(held ? undefined : sent);
      return held === undefined;
    },
  };
}

describe('Holds', () => {
  test('holds what shares a cause until one may try, and says the cause', () => {
    const { ask, meet, time } = setUp();
    meet('connection', ann);
    expect(ask(bob)).toEqual({
      cause: fault('connection'),
      dueAt: time.now + retryMs + 5_000,
    });
    time.now += retryMs;
    expect(ask(bob)).toBeUndefined();
  });

  test.each<[HoldScope, HoldFacts, string]>([
    ['connection', elsewhere, 'shop@contoso.com'],
    ['lane', bob, 'shop@contoso.com'],
    ['originator', ann, 'other@contoso.com'],
    ['originator', bob, 'shop@contoso.com'],
    ['message', ann, 'shop@contoso.com'],
    ['largeMessages', ann, 'shop@contoso.com'],
  ])('of scope %s holds no more than that: %#', (scope, facts, from) => {
    const { ask, meet } = setUp();
    meet(scope, ann);
    expect(ask(facts, address(from))).toBeUndefined();
  });

  test('knows a From address in any case', () => {
    const { ask, meet } = setUp();
    meet('originator', ann);
    expect(ask(ann, address('Shop@Contoso.com'))).toMatchObject({ cause: { hold: 'originator' } });
  });

  test('holds the messages of a lane that need a draft, until one of them was sent by a draft', () => {
    const { enter, meet, succeed, time } = setUp();
    meet('largeMessages', ann);
    expect(enter(ann).ask(['largeMessages'])).toMatchObject({ cause: { hold: 'largeMessages' } });
    expect(enter(bob).ask(['largeMessages'])).toBeUndefined();
    succeed(ann);
    expect(enter(ann).ask(['largeMessages'])).toBeDefined();
    time.now += retryMs;
    const probe = enter(ann);
    expect(probe.ask(['largeMessages'])).toBeUndefined();
    probe.leave({ ...sent, passage: { transport: 'draft', why: 'it is large' } });
    expect(enter(ann).ask(['largeMessages'])).toBeUndefined();
  });

  test('lets one try while the others wait, and frees all when it succeeds', () => {
    const { ask, enter, meet, time } = setUp();
    meet('connection', ann);
    time.now += retryMs;
    const probe = enter(bob);
    expect(probe.ask(['connection'])).toBeUndefined();
    expect(ask(ann)?.dueAt).toBe(time.now + 10_000);
    expect(probe.ask(['connection'])).toBeUndefined();
    probe.leave(sent);
    expect(ask(ann)).toBeUndefined();
  });

  test('goes on when the one that tries meets the fault again, and tells that it began only once', () => {
    const { ask, meet, time, told } = setUp();
    meet('connection', ann);
    meet('connection', bob);
    time.now += retryMs;
    meet('connection', bob);
    expect(ask(ann)?.dueAt).toBe(time.now + retryMs + 5_000);
    expect(told).toEqual(['began connection main']);
  });

  test('lets another one try soon where the first showed nothing', () => {
    const { ask, enter, meet, time } = setUp();
    meet('connection', ann);
    time.now += retryMs;
    const probe = enter(bob);
    probe.ask(['connection']);
    probe.leave({ outcome: unsure('4.4.2', { reason: 'network', diagnostic: 'No answer' }) });
    expect(ask(ann)).toBeDefined();
    time.now += 30_000;
    expect(ask(ann)).toBeUndefined();
  });

  test('lets another one try at once where the first made no attempt', () => {
    const { ask, enter, meet, time } = setUp();
    meet('connection', ann);
    time.now += retryMs;
    const held = enter(bob);
    held.ask(['connection']);
    held.leave();
    expect(ask(ann)).toBeUndefined();
  });

  test('takes back the right to try from what a narrower fault holds', () => {
    const { enter, meet, time } = setUp();
    meet('originator', ann);
    time.now += minuteMs;
    meet('connection', bob);
    time.now += retryMs - 1;
    const held = enter(ann);
    held.ask(['connection', 'lane']);
    time.now += 1;
    const [first, second] = [enter(ann), enter(bob)];
    expect(first.ask(['connection', 'lane'])).toBeUndefined();
    expect(first.ask(['originator'])).toBeUndefined();
    expect(second.ask(['connection'])).toBeDefined();
    first.leave();
    expect(second.ask(['connection'])).toBeUndefined();
  });

  test.each<[HoldScope, HoldScope, boolean]>([
    ['connection', 'lane', true],
    ['connection', 'originator', true],
    ['connection', 'largeMessages', true],
    ['connection', 'message', false],
    ['lane', 'originator', true],
    ['lane', 'connection', false],
    ['lane', 'largeMessages', false],
    ['originator', 'lane', false],
    ['largeMessages', 'originator', false],
  ])(
    'of scope %s, met by an attempt that fails for the %s: mended is %s',
    (scope, other, isMended) => {
      const { meet, time, told } = setUp();
      meet(scope, ann);
      time.now += retryMs;
      meet(other, ann);
      expect(told.includes(`mended ${scope} main`)).toBe(isMended);
    },
  );

  test('takes an answer about the message, or to a look-up, for a sign that the connection works', () => {
    const { enter, meet, told } = setUp();
    const remote = { httpStatus: 400 };
    const outcome = failed('5.6.0', { reason: 'content', diagnostic: 'Not readable', remote });
    meet('connection', ann);
    enter(ann).leave({ outcome });
    meet('lane', ann);
    meet('connection', ann);
    enter(ann).leave({ ...sent, onlyReached: true });
    expect(told).toEqual([
      'began connection main',
      'mended connection main',
      'began lane main',
      'began connection main',
      'mended connection main',
    ]);
  });

  test('forgets all at a reload, and does not believe an attempt that began before it', () => {
    const { ask, enter, meet, time, told } = setUp();
    meet('connection', ann);
    const late = enter(elsewhere);
    time.policy = createPolicy();
    expect(ask(bob)).toBeUndefined();
    late.leave({ outcome: fault('connection'), dueAt: time.now + retryMs });
    expect(ask(elsewhere)).toBeUndefined();
    expect(told).toEqual(['began connection main', 'reloaded connection main']);
  });

  test('forgets a hold for which nothing has tried for long', () => {
    const { ask, meet, time, told } = setUp();
    meet('originator', ann);
    time.now += retryMs + 29 * minuteMs;
    ask(bob);
    expect(told).toEqual(['began originator main shop@contoso.com']);
    time.now += 2 * minuteMs;
    ask(bob);
    expect(told.at(-1)).toBe('abandoned originator main');
  });

  test('lets one try at once when an administrator asks for it', () => {
    const { holds, enter, meet, time } = setUp();
    meet('connection', ann);
    time.now += 2 * minuteMs;
    holds.tryNow();
    expect(enter(ann).ask(['connection'])).toBeUndefined();
    expect(enter(bob).ask(['connection'])).toBeDefined();
  });

  test('lets a lane alone that meets a fault of the connection again which others do not meet', () => {
    const { ask, meet, succeed, time } = setUp();
    meet('connection', ann);
    time.now += retryMs;
    expect(succeed(bob)).toBe(true);
    for (let times = 0; times < 5; times++) {
      time.now += retryMs;
      meet('connection', ann);
      expect(ask(bob)).toBeUndefined();
    }
    time.now += 16 * minuteMs;
    meet('connection', ann);
    expect(ask(bob)).toMatchObject({ cause: { hold: 'connection' } });
  });

  test('lets few through while a fault lasts, and all when it is mended, whatever comes when', () => {
    const arrival = fc.record({ afterMs: fc.nat({ max: 20_000 }), isAnn: fc.boolean() });
    const chance = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 200 }), chance, (arrivals, luck) => {
        const { enter, time, told } = setUp({ chance: () => luck.next().value });
        const beganAt = time.now;
        let tries = 0;
        const waiting = arrivals.map(({ afterMs, isAnn }) => ({
          dueAt: beganAt + afterMs,
          facts: isAnn ? ann : bob,
        }));
        const mendedAt = beganAt + 60 * minuteMs;
        while (waiting.length > 0) {
          waiting.sort((one, other) => one.dueAt - other.dueAt);
          const [next] = waiting;
          if (!next) break;
          time.now = Math.max(time.now, next.dueAt);
          const pass = enter(next.facts);
          const held = pass.ask(['connection', 'lane', 'originator']);
          if (held) {
            if (held.dueAt <= time.now) throw new Error('Put back into the past');
            next.dueAt = held.dueAt;
            pass.leave();
          } else if (time.now < mendedAt) {
            tries += 1;
            next.dueAt = time.now + retryMs;
            pass.leave({ outcome: fault('connection'), dueAt: next.dueAt });
          } else {
            pass.leave(sent);
            waiting.shift();
          }
        }
        expect(tries).toBeLessThanOrEqual(13);
        expect(told.length).toBeLessThanOrEqual(2);
        expect(time.now).toBeLessThanOrEqual(mendedAt + retryMs + 2 * minuteMs);
      }),
      { numRuns: 50 },
    );
  });

  test('lets attempts try where a clock that was ahead, and was set back, would hold them for days', () => {
    const { ask, meet, succeed, time, told } = setUp();
    meet('connection', ann);
    expect(ask(bob)).toBeDefined();
    time.now -= 30 * 24 * 60 * minuteMs;
    expect(succeed(bob)).toBe(true);
    expect(told).toEqual(['began connection main', 'abandoned connection main']);
  });

  test('forgets soon who was alone with a fault by such a clock', () => {
    const { ask, meet, succeed, time } = setUp();
    meet('connection', ann);
    time.now += retryMs;
    succeed(bob);
    time.now -= 30 * 24 * 60 * minuteMs;
    meet('connection', ann);
    expect(ask(bob)).toMatchObject({ cause: { hold: 'connection' } });
  });
});
