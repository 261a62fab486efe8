import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Token, TokenFailure } from '../relay/ports.ts';
import { TokenHolder } from './token-holder.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const wrongSecret: TokenFailure = {
  kind: 'failure',
  error: 'invalid_client',
  codes: [7000215],
  description: 'Invalid client secret provided',
};

/** Entra as the holder sees it: counts requests, and gives tokens of an hour or the failure that it was told. */
function setUp() {
  const clock = { time: 0, now: () => clock.time, wait: () => new Promise<void>(() => {}) };
  const entra = {
    requests: 0,
    lifeMs: hour,
    failure: undefined as TokenFailure | undefined,
    inFlight: 0,
    mostInFlight: 0,
  };
  const holder = new TokenHolder({
    clock,
    async acquire() {
      entra.requests += 1;
      entra.inFlight += 1;
      entra.mostInFlight = Math.max(entra.mostInFlight, entra.inFlight);
      await Promise.resolve();
      entra.inFlight -= 1;
      return entra.failure ?? nextToken();
    },
  });
  function nextToken(): Token {
    const expiresAt = clock.time + entra.lifeMs;
    return { kind: 'token', accessToken: `token-${entra.requests}`, expiresAt };
  }
  async function token(): Promise<Token> {
    const got = await holder.token();
    if (got.kind === 'failure') throw new Error(`No token: ${got.error}`);
    return got;
  }
  return { clock, entra, holder, token };
}

/** Lets a request in the background end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

describe('TokenHolder.token()', () => {
  test('makes one request for ten calls at once', async () => {
    const { entra, holder } = setUp();
    const tokens = await Promise.all(Array.from({ length: 10 }, () => holder.token()));
    expect(new Set(tokens).size).toBe(1);
    expect(entra.requests).toBe(1);
  });

  test('makes no request before half of the life of the token', async () => {
    const { clock, entra, token } = setUp();
    const first = await token();
    clock.time = hour / 2 - 1;
    expect(await token()).toBe(first);
    expect(entra.requests).toBe(1);
  });

  test('asks in the background at half of the life, and hands out the present one meanwhile', async () => {
    const { clock, entra, token } = setUp();
    const first = await token();
    clock.time = hour / 2;
    expect(await token()).toBe(first);
    await settle();
    expect((await token()).accessToken).toBe('token-2');
    expect(entra.requests).toBe(2);
  });

  test('hands out the last good token while Entra is down, until a minute before its end', async () => {
    const { clock, entra, holder, token } = setUp();
    const first = await token();
    entra.failure = wrongSecret;
    for (clock.time = hour / 2; clock.time < hour - minute; clock.time += second) {
      expect(await holder.token()).toBe(first);
    }
    expect(await holder.token()).toBe(wrongSecret);
  });

  test('bounds the requests of a storm of messages with a wrong secret', async () => {
    const { clock, entra, holder } = setUp();
    entra.failure = wrongSecret;
    for (clock.time = 0; clock.time < hour; clock.time += second) {
      expect(await holder.token()).toBe(wrongSecret);
      expect(await holder.token()).toBe(wrongSecret);
    }
    // At 0, 5, 15, 35, 75, 155, 315 and 615 s, then every 300 s.
    expect(entra.requests).toBe(17);
  });

  test('takes up a repaired credential after the rest', async () => {
    const { clock, entra, holder } = setUp();
    entra.failure = wrongSecret;
    await holder.token();
    entra.failure = undefined;
    clock.time = 5 * second;
    expect(await holder.token()).toMatchObject({ kind: 'token' });
  });

  test('rests as long as Entra asks for', async () => {
    const { clock, entra, holder } = setUp();
    entra.failure = { ...wrongSecret, error: 'temporarily_unavailable', retryAfterMs: 10 * minute };
    await holder.token();
    clock.time = 10 * minute - 1;
    await holder.token();
    expect(entra.requests).toBe(1);
    clock.time = 10 * minute;
    await holder.token();
    expect(entra.requests).toBe(2);
  });

  test('does not hand out a token that ends within a minute, nor asks for one each time', async () => {
    const { entra, holder } = setUp();
    entra.lifeMs = minute;
    expect(await holder.token()).toMatchObject({ kind: 'failure', error: 'short_token' });
    expect(await holder.token()).toMatchObject({ kind: 'failure', error: 'short_token' });
    expect(entra.requests).toBe(1);
  });

  test('does not stay at rest when the clock is set back by two days', async () => {
    const { clock, entra, holder } = setUp();
    clock.time = 48 * hour;
    entra.failure = wrongSecret;
    await holder.token();
    entra.failure = undefined;
    clock.time = 0;
    expect(await holder.token()).toMatchObject({ kind: 'token' });
  });
});

describe('TokenHolder.reject()', () => {
  test('makes the next token() ask for another at once', async () => {
    const { entra, holder, token } = setUp();
    holder.reject(await token());
    expect((await token()).accessToken).toBe('token-2');
    expect(entra.requests).toBe(2);
  });

  test('drops a token once, however many requests it was refused for', async () => {
    const { entra, holder, token } = setUp();
    const first = await token();
    holder.reject(first);
    const next = await token();
    holder.reject(first);
    holder.reject(first);
    expect(await token()).toBe(next);
    expect(entra.requests).toBe(2);
  });

  test('bounds the requests when each fresh token is refused, too', async () => {
    const { clock, entra, holder } = setUp();
    const errors = new Set<string>();
    for (clock.time = 0; clock.time < hour; clock.time += second) {
      const got = await holder.token();
      if (got.kind === 'token') holder.reject(got);
      else errors.add(got.error);
    }
    expect(errors).toEqual(new Set(['refused_token']));
    // At 0 and at once again, then after rests of 5, 10 … 300 s.
    expect(entra.requests).toBe(18);
  });

  test('lets a token be refused at once again when the last refusal was long ago', async () => {
    const { clock, holder, token } = setUp();
    holder.reject(await token());
    clock.time = hour / 3;
    holder.reject(await token());
    expect((await token()).kind).toBe('token');
  });
});

test('TokenHolder never hands out a refused or ending token, and never has two requests under way', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 2 * hour }) }),
    fc.record({ kind: fc.constant('ask' as const), times: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant('reject' as const) }),
    fc.record({ kind: fc.constant('entra' as const), up: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, entra, holder } = setUp();
      const rejected = new Set<string>();
      let last: Token | undefined;
      for (const { kind, ...what } of steps) {
        if ('ms' in what) clock.time += what.ms;
        if ('up' in what) entra.failure = what.up ? undefined : wrongSecret;
        if (kind === 'reject' && last) {
          holder.reject(last);
          rejected.add(last.accessToken);
        }
        if (!('times' in what)) continue;
        const asked = Array.from({ length: what.times }, () => holder.token());
        for (const got of await Promise.all(asked)) {
          if (got.kind === 'failure') continue;
          expect(got.expiresAt - clock.time).toBeGreaterThan(minute);
          expect(rejected).not.toContain(got.accessToken);
          last = got;
        }
        expect(entra.mostInFlight).toBe(Math.min(entra.requests, 1));
      }
    }),
  );
});
