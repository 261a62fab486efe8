import { afterEach, describe, expect, test, vi } from 'vitest';
import { StoreError } from '../../relay/ports.ts';
import { ChunkPool, type BodyProgress } from './chunk-pool.ts';

const fresh: BodyProgress = { chunksStored: 0, waitedMs: 0 };

afterEach(() => void vi.useRealTimers());

describe('ChunkPool', () => {
  test('take() gives as many buffers as there are, then makes callers wait for those that come back', async () => {
    const pool = new ChunkPool(2);
    const first = await pool.take(fresh);
    const second = await pool.take(fresh);
    expect([first.byteLength, second.byteLength]).toEqual([262_144, 262_144]);
    const order: string[] = [];
    const third = pool.take(fresh).then((buffer) => (order.push('third'), buffer));
    const fourth = pool.take(fresh).then((buffer) => (order.push('fourth'), buffer));
    pool.give(second);
    expect(await third).toBe(second);
    pool.give(first);
    expect(await fourth).toBe(first);
    expect(order).toEqual(['third', 'fourth']);
  });

  /** The bodies in the order in which they are served, all of which wait for one buffer. */
  async function served(bodies: Readonly<Record<string, BodyProgress>>): Promise<string[]> {
    const pool = new ChunkPool(1);
    const buffer = await pool.take(fresh);
    const order: string[] = [];
    const waiting = Object.entries(bodies).map(async ([name, body]) => {
      const taken = await pool.take(body);
      order.push(name);
      pool.give(taken);
    });
    pool.give(buffer);
    await Promise.all(waiting);
    return order;
  }

  test('serves small bodies, then the one that has most behind it, and of equals who came first', async () => {
    const large = (chunksStored: number): BodyProgress => ({ chunksStored, waitedMs: 0 });
    const bodies = {
      a: large(30),
      b: large(70),
      c: large(70),
      d: large(10),
      e: large(7),
      f: fresh,
    };
    expect(await served(bodies)).toEqual(['e', 'f', 'b', 'c', 'a', 'd']);
  });

  test('lets nobody be overtaken who has waited for long, for this buffer and those before', async () => {
    const bodies = {
      small: fresh,
      ahead: { chunksStored: 500, waitedMs: 4_000 },
      behind: { chunksStored: 10, waitedMs: 5_001 },
    };
    expect(await served(bodies)).toEqual(['behind', 'small', 'ahead']);
  });

  test('counts the time that a body waits', async () => {
    vi.useFakeTimers();
    const pool = new ChunkPool(1);
    const buffer = await pool.take(fresh);
    const behind = pool.take({ chunksStored: 10, waitedMs: 4_000 });
    vi.advanceTimersByTime(1_001);
    const ahead = pool.take({ chunksStored: 500, waitedMs: 0 });
    pool.give(buffer);
    expect(await Promise.race([behind.then(() => 'behind'), ahead.then(() => 'ahead')])).toBe(
      'behind',
    );
  });

  test('end() fails those that wait and those that come later', async () => {
    const pool = new ChunkPool(1);
    const taken = await pool.take(fresh);
    const waiting = pool.take(fresh);
    const error = new StoreError('away', 'The queue is closed');
    pool.end(error);
    await expect(waiting).rejects.toBe(error);
    pool.give(taken);
    await expect(pool.take(fresh)).rejects.toBe(error);
  });
});
