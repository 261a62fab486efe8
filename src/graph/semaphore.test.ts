import { describe, expect, test } from 'vitest';
import { Semaphore } from './semaphore.ts';

const { signal: never } = new AbortController();

describe('Semaphore', () => {
  test('gives so many slots, and each again when it is given back', async () => {
    const semaphore = new Semaphore(2);
    const first = await semaphore.acquire({ signal: never });
    await semaphore.acquire({ signal: never });
    const order: string[] = [];
    const third = semaphore.acquire({ signal: never }).then(() => order.push('third'));
    order.push('before');
    first?.[Symbol.dispose]();
    await third;
    expect(order).toEqual(['before', 'third']);
  });

  test('serves who waits in turn', async () => {
    const semaphore = new Semaphore(1);
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (number) => {
        using slot = await semaphore.acquire({ signal: never });
        if (slot) order.push(number);
      }),
    );
    expect(order).toEqual([1, 2, 3]);
  });

  test('gives a slot back once, however often it is disposed of', async () => {
    const semaphore = new Semaphore(1);
    const slot = await semaphore.acquire({ signal: never });
    slot?.[Symbol.dispose]();
    slot?.[Symbol.dispose]();
    await semaphore.acquire({ signal: never });
    const cut = new AbortController();
    const waiting = semaphore.acquire(cut);
    cut.abort();
    expect(await waiting).toBeUndefined();
  });

  test('lets go of who is aborted, and passes over them', async () => {
    const semaphore = new Semaphore(1);
    expect(await semaphore.acquire({ signal: AbortSignal.abort() })).toBeUndefined();
    const slot = await semaphore.acquire({ signal: never });
    const cut = new AbortController();
    const impatient = semaphore.acquire(cut);
    const patient = semaphore.acquire({ signal: never });
    cut.abort();
    slot?.[Symbol.dispose]();
    expect(await impatient).toBeUndefined();
    expect(await patient).toBeDefined();
  });
});
