import { expect, test } from 'vitest';
import { createIds } from './gateway-ids.ts';

test('createIds() gives ids that differ, in the order of time', () => {
  let now = Date.UTC(2026, 0, 1);
  const createId = createIds({ now: () => now });
  const atOnce = Array.from({ length: 1_000 }, createId);
  now += 1;
  expect(new Set(atOnce)).toHaveLength(1_000);
  expect(atOnce.every((id) => /^[0-9a-z]{16}$/.test(id) && id < createId())).toBe(true);
});
