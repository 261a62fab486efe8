import { describe, expect, test } from 'vitest';
import { startPatience } from './direct-patience.ts';
import type { Clock } from './ports.ts';

/** Its times come when they are told to. */
function createClock() {
  const sleepers: { readonly delayMs: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    now: () => 1_000,
    async wait(delayMs) {
      await new Promise<void>((wake) => sleepers.push({ delayMs, wake }));
    },
  };
  return { clock, sleepers };
}

function start(sizeBytes = 0) {
  const [stopped, gone] = [new AbortController(), new AbortController()];
  const { clock, sleepers } = createClock();
  const options = { clock, stopped: stopped.signal, gone: gone.signal };
  return { stopped, gone, sleepers, patience: startPatience(sizeBytes, options) };
}

describe('startPatience()', () => {
  test.each([
    [0, 45_000],
    [20_000_000, 85_000],
    [150_000_000, 215_000],
  ])('gives the send of %i bytes %i ms, and keeps ten seconds for a look-up', (size, sendMs) => {
    const { patience, sleepers } = start(size);
    expect(patience.until).toBe(1_000 + sendMs);
    expect(sleepers.map(({ delayMs }) => delayMs)).toEqual([sendMs, sendMs + 10_000]);
  });

  test('ends the send first, and the look-up at its end', async () => {
    const { patience, sleepers } = start();
    const send = patience.startSend();
    sleepers[0]?.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect([send.signal.aborted, patience.signal.aborted, patience.isOver]).toEqual([
      true,
      false,
      true,
    ]);
    sleepers[1]?.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(patience.signal.aborted).toBe(true);
  });

  test('lets a client that goes cut its send until the request is given, and not after', () => {
    const [early, late] = [start(), start()];
    const sends = [early.patience.startSend(), late.patience.startSend()];
    sends[1]?.onGiven();
    early.gone.abort();
    late.gone.abort();
    expect(sends.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(early.patience.waiting.aborted).toBe(true);
    expect(early.patience.signal.aborted).toBe(false);
  });

  test('begins no send for a client that has gone', () => {
    const { gone, patience } = start();
    gone.abort();
    expect(patience.startSend().signal.aborted).toBe(true);
  });

  test('ends all when the gateway stops', () => {
    const { patience, stopped } = start();
    const send = patience.startSend();
    send.onGiven();
    stopped.abort();
    expect([send.signal, patience.signal, patience.waiting].map(({ aborted }) => aborted)).toEqual([
      true,
      true,
      true,
    ]);
    expect(patience.isOver).toBe(false);
  });
});
