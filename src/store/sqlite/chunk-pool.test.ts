import { describe, expect, test } from 'vitest';
import { StoreError } from '../../relay/ports.ts';
import { ChunkPool } from './chunk-pool.ts';

describe('ChunkPool', () => {
  test('take() gives as many buffers as there are, then makes callers wait for those that come back', async () => {
    const pool = new ChunkPool(2);
    const first = await pool.take();
    const second = await pool.take();
    expect([first.byteLength, second.byteLength]).toEqual([262_144, 262_144]);
    const order: string[] = [];
    const third = pool.take().then((buffer) => (order.push('third'), buffer));
    const fourth = pool.take().then((buffer) => (order.push('fourth'), buffer));
    pool.give(second);
    expect(await third).toBe(second);
    pool.give(first);
    expect(await fourth).toBe(first);
    expect(order).toEqual(['third', 'fourth']);
  });

  test('end() fails those that wait and those that come later', async () => {
    const pool = new ChunkPool(1);
    const taken = await pool.take();
    const waiting = pool.take();
    const error = new StoreError('away', 'The queue is closed');
    pool.end(error);
    await expect(waiting).rejects.toBe(error);
    pool.give(taken);
    await expect(pool.take()).rejects.toBe(error);
  });
});
