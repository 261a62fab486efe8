import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

const keys = ['tenant', 'clientId', 'to', 'cc', 'startsWith', 'main', 'spare'];

describe('didYouMean()', () => {
  test.each([
    ['tenent', 'tenant'],
    ['clientID', 'clientId'],
    ['clientd', 'clientId'],
    ['mian', 'main'],
    ['startWith', 'startsWith'],
    ['sparse', 'spare'],
  ])('takes %s for %s', (word, meant) => {
    expect(didYouMean(word, keys)).toBe(`did you mean "${meant}"?`);
  });

  test.each(['', 'tx', 'cd', 'smarthost', 'nothing'])('has no idea for %j', (word) => {
    expect(didYouMean(word, keys)).toBeUndefined();
  });

  test('finds a word again after two neighbouring letters were swapped', () => {
    const words = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(words, fc.nat(), (word, seed) => {
        const at = seed % (word.length - 1);
        const swapped = word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
        expect(didYouMean(swapped, [word])).toBe(`did you mean "${word}"?`);
      }),
    );
  });
});
