import { describe, expect, test } from 'vitest';
import { createTurns } from './turns.ts';

describe('createTurns()', () => {
  test('runs so many at once, and the others in order', async () => {
    const turns = createTurns(2);
    const started: number[] = [];
    const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const runs = ends.map(({ promise }, index) =>
      turns.run(async () => {
        started.push(index);
        await promise;
        return index;
      }),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    ends[1]?.resolve();
    expect(await runs[1]).toBe(1);
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    for (const { resolve } of ends) resolve();
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3]);
  });

  test('goes on after a task that throws', async () => {
    const turns = createTurns(1);
    const broken = turns.run(() => Promise.reject(new Error('Broken')));
    const next = turns.run(() => Promise.resolve('next'));
    await expect(broken).rejects.toThrow('Broken');
    expect(await next).toBe('next');
  });
});
