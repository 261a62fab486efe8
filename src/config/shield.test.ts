import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shieldReferences, unshield } from './shield.ts';

const yamlLike = fc.string({ unit: fc.constantFrom('$', '{', '}', '[', ',', 'a', ':', '\n', ' ') });

describe('shieldReferences()', () => {
  test('keeps the structure of flow collections', () => {
    const shielded = shieldReferences('{ key: ${file:/run/x}, list: [${A:-b,c}] }');
    expect(shielded.match(/[{}[\],]/g)).toEqual(['{', ',', '[', ']', '}']);
  });

  test('leaves what is no reference alone', () => {
    expect(shieldReferences('a: { b: $c, d: ${e\n}')).toBe('a: { b: $c, d: ${e\n}');
  });

  test('keeps every position', () => {
    fc.assert(
      fc.property(yamlLike, (text) => {
        expect(shieldReferences(text)).toHaveLength(text.length);
      }),
    );
  });

  test('is undone by unshield()', () => {
    fc.assert(
      fc.property(yamlLike, (text) => {
        expect(unshield(shieldReferences(text))).toBe(text);
      }),
    );
  });
});
