import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { collectGarbage, createRestWatch } from './memory-at-rest.ts';

/** How often it had cleared after each look, while so much CPU time went by before it. */
function clearings(usedMs: readonly number[], { ofClearingMs = 0 } = {}): number[] {
  let [cpuMs, cleared] = [1_000, 0];
  const look = createRestWatch({
    cpuMs: () => cpuMs,
    clear() {
      cleared += 1;
      cpuMs += ofClearingMs;
    },
  });
  return usedMs.map((used) => {
    cpuMs += used;
    look();
    return cleared;
  });
}

test('createRestWatch() clears once the start is over, and once for each busy time after it', () => {
  expect(clearings([900, 120, 10, 10, 10])).toEqual([0, 0, 1, 1, 1]);
  expect(clearings([10, 1_500, 1_500, 39, 10])).toEqual([1, 1, 1, 2, 2]);
});

test('createRestWatch() takes neither a message now and then nor its own clearing for a busy time', () => {
  expect(clearings([10, 199, 10, 150, 10])).toEqual([1, 1, 1, 1, 1]);
  expect(clearings([10, 10, 10, 10], { ofClearingMs: 300 })).toEqual([1, 1, 1, 1]);
});

test('collectGarbage() leaves nothing that nobody needs, and no name in this context', async () => {
  const needed = {};
  const [kept, lost] = [new WeakRef(needed), new WeakRef({})];
  // What a WeakRef was made of lives until the turn is over (ECMA-262 §9.9).
  await setImmediate();
  collectGarbage();
  expect(lost.deref()).toBeUndefined();
  expect(kept.deref()).toBe(needed);
  expect(globalThis.gc).toBeUndefined();
});
