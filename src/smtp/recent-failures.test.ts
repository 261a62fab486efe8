import { describe, expect, test } from 'vitest';
import { RecentFailures } from './recent-failures.ts';

describe('RecentFailures', () => {
  test('counts those of the last minute, by key', () => {
    const failures = new RecentFailures();
    expect([failures.add('a', 0), failures.add('a', 30_000), failures.add('b', 30_000)]).toEqual([
      1, 2, 1,
    ]);
    expect(failures.count('a', 59_999)).toBe(2);
    expect(failures.count('a', 60_000)).toBe(1);
    expect(failures.count('a', 90_000)).toBe(0);
    expect(failures.count('unknown', 0)).toBe(0);
  });

  test('forgets the oldest of ten thousand keys for a new one', () => {
    const failures = new RecentFailures();
    for (let key = 0; key < 10_000; key++) failures.add(`key ${key}`, 0);
    failures.add('key 0', 1);
    failures.add('one more', 1);
    expect(failures.count('key 0', 1)).toBe(2);
    expect(failures.count('key 1', 1)).toBe(0);
    expect(failures.count('key 2', 1)).toBe(1);
  });
});
