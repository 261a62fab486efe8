import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { givenIdKey } from '../given-id.ts';
import { GivenIdFilter } from './given-id-filter.ts';

describe('GivenIdFilter', () => {
  test('knows every key that was added', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (keys) => {
        const filter = new GivenIdFilter();
        for (const key of keys) filter.add(key);
        expect(keys.every((key) => filter.mayHave(key))).toBe(true);
      }),
    );
  });

  test('takes few new keys for known ones', () => {
    const filter = new GivenIdFilter();
    for (let number = 0; number < 20_000; number++) filter.add(givenIdKey(`<${number}@known>`));
    const taken = Array.from({ length: 2_000 }, (_, number) => givenIdKey(`<${number}@new>`));
    expect(taken.filter((key) => filter.mayHave(key)).length).toBeLessThan(10);
    expect(filter.isWorn).toBe(false);
  });
});
