import { afterEach, describe, expect, test, vi } from 'vitest';
import { StoreError } from '../../relay/ports.ts';
import { ChunkPool } from './chunk-pool.ts';

afterEach(() => void vi.useRealTimers());

describe('ChunkPool', () => {
  test('take() gives as many buffers as there are, then makes callers wait for those that come back', async () => {
    const pool = new ChunkPool(2);
    const first = await pool.take(0);
    const second = await pool.take(0);
    expect([first.byteLength, second.byteLength]).toEqual([262_144, 262_144]);
    const order: string[] = [];
    const third = pool.take(0).then((buffer) => (order.push('third'), buffer));
    const fourth = pool.take(0).then((buffer) => (order.push('fourth'), buffer));
    pool.give(second);
    expect(await third).toBe(second);
    pool.give(first);
    expect(await fourth).toBe(first);
    expect(order).toEqual(['third', 'fourth']);
  });

  test('serves the body first that has most behind it, and of equals the one that waits longest', async () => {
    const pool = new ChunkPool(1);
    const buffer = await pool.take(0);
    const order: string[] = [];
    const served = [3, 7, 7, 1].map(async (chunksStored, index) => {
      const taken = await pool.take(chunksStored);
      order.push(`${index}: ${chunksStored}`);
      pool.give(taken);
    });
    pool.give(buffer);
    await Promise.all(served);
    expect(order).toEqual(['1: 7', '2: 7', '0: 3', '3: 1']);
  });

  test('lets no body be overtaken for long', async () => {
    vi.useFakeTimers();
    const pool = new ChunkPool(1);
    const buffer = await pool.take(0);
    const order: string[] = [];
    const waitFor = async (name: string, chunksStored: number): Promise<void> => {
      const taken = await pool.take(chunksStored);
      order.push(name);
      pool.give(taken);
    };
    const young = waitFor('young', 0);
    vi.advanceTimersByTime(5_001);
    const old = waitFor('old', 500);
    pool.give(buffer);
    await Promise.all([young, old]);
    expect(order).toEqual(['young', 'old']);
  });

  test('end() fails those that wait and those that come later', async () => {
    const pool = new ChunkPool(1);
    const taken = await pool.take(0);
    const waiting = pool.take(0);
    const error = new StoreError('away', 'The queue is closed');
    pool.end(error);
    await expect(waiting).rejects.toBe(error);
    pool.give(taken);
    await expect(pool.take(0)).rejects.toBe(error);
  });
});
