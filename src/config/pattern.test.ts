import { describe, expect, test } from 'vitest';
import { compilePattern, patternFault } from './pattern.ts';

describe('compilePattern()', () => {
  test.each([
    ['invoice', false, 'An INVOICE', true],
    ['invoice', true, 'An INVOICE', false],
    ['^invoice$', false, 'An invoice', false],
    ['rechnung|größe', false, 'GRÖSSE', false],
    ['rechnung|größe', false, 'GRÖßE', true],
    ['a.*b', false, 'xxaxxbxx', true],
  ])('%s (case: %s) against %j is %s', (source, caseSensitive, text, expected) => {
    expect(compilePattern(source, { caseSensitive }).test(text)).toBe(expected);
  });

  test('needs no more steps for a pattern that makes others hang', () => {
    const pattern = compilePattern('^(a+)+$', { caseSensitive: false });
    expect(pattern.test(`${'a'.repeat(2000)}!`)).toBe(false);
  });
});

test.each([
  ['inv[oice', 'missing closing ]'],
  ['(?=x)', 'invalid or unsupported Perl syntax'],
  ['(a)\\1', 'invalid escape sequence'],
  ['a+', undefined],
])('patternFault() of %s is %s, and does not quote it', (source, fault) => {
  expect(patternFault(source)).toBe(fault);
});
