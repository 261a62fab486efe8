import { expect, test } from 'vitest';
import { keepAlive } from './keep-alive.ts';

test('keepAlive() asks for a token at once and each day, until it is told to end', async () => {
  const ending = new AbortController();
  const asked: number[] = [];
  const clock = {
    time: 0,
    now: () => clock.time,
    wait(delayMs: number) {
      clock.time += delayMs;
      if (clock.time > 3 * 86_400_000) ending.abort();
      return Promise.resolve();
    },
  };
  const tokens = {
    token() {
      asked.push(clock.time / 86_400_000);
      return Promise.resolve({ kind: 'token', accessToken: 't', expiresAt: Infinity } as const);
    },
    reject() {},
  };
  await keepAlive(tokens, { clock, signal: ending.signal });
  expect(asked).toEqual([0, 1, 2, 3]);
});
