import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeWords, encodeWords } from './encoded-word.ts';

describe('decodeWords()', () => {
  test.each([
    ['plain text', 'Hello', 'Hello'],
    ['Q encoding', '=?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=', 'Grüße an alle'],
    ['B encoding', '=?UTF-8?B?R3LDvMOfZQ==?=', 'Grüße'],
    ['another character set', '=?iso-8859-1?q?Gr=FC=DFe?=', 'Grüße'],
    ['a language', '=?utf-8*de?q?Hallo?=', 'Hallo'],
    ['blanks between two words', '=?utf-8?q?a?= =?utf-8?q?b?= c', 'ab c'],
    ['an unknown character set', '=?x-klingon?q?a?=', '=?x-klingon?q?a?='],
    ['line breaks within', '=?utf-8?b?eA0KQmNjOiBl?=', 'x Bcc: e'],
  ])('reads %s', (_, value, text) => {
    expect(decodeWords(value)).toBe(text);
  });
});

describe('encodeWords()', () => {
  test('leaves plain text as it is', () => {
    expect(encodeWords('Hello, world')).toBe('Hello, world');
  });

  test('makes words of at most 75 letters, which decode to the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const printable = text.replace(/[\p{Cc}\p{Cs}]/gu, '');
        const encoded = encodeWords(`${printable}é`);
        for (const word of encoded.split('\r\n ')) expect(word.length).toBeLessThanOrEqual(75);
        expect(decodeWords(encoded.replaceAll('\r\n', ''))).toBe(`${printable}é`);
      }),
    );
  });
});
