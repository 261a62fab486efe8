import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPartDecoder } from './part-decoder.ts';

type Encoding = Parameters<typeof createPartDecoder>[0];

/** Decodes pieces that share one buffer, as a store may give them. */
function decode(encoding: Encoding, pieces: readonly string[]): string {
  const decoder = createPartDecoder(encoding);
  const shared = Buffer.alloc(Math.max(1, ...pieces.map((piece) => piece.length)));
  const decoded: Buffer[] = [];
  for (const piece of pieces) {
    const length = shared.write(piece, 'latin1');
    decoded.push(Buffer.from(decoder.write(shared.subarray(0, length))));
  }
  return Buffer.concat([...decoded, decoder.end()]).toString('latin1');
}

/** A text, and the same in pieces. */
function cutText(letters: readonly string[]) {
  const piece = fc.array(fc.constantFrom(...letters), { maxLength: 12 }).map((all) => all.join(''));
  return fc.array(piece, { maxLength: 8 });
}

describe('base64', () => {
  test.each([
    ['QUJD', 'ABC'],
    ['QUI=', 'AB'],
    ['QQ==', 'A'],
    ['QUJDRA', 'ABCD'],
    ['QUJDR', 'ABC'],
    ['QU\r\nJD \t\r\n', 'ABC'],
    ['QU-J_D!', 'ABC'],
    ['QQ==QUI=QUJD', 'AABABC'],
    ['====', ''],
    ['', ''],
  ])('%j is %j', (encoded, decoded) => {
    expect(decode('base64', [encoded])).toBe(decoded);
  });

  test('does not depend on where the pieces are cut', () => {
    fc.assert(
      fc.property(cutText(['QUJD', 'Q', 'Q', '=', '\r\n', ' ', '%']), (pieces) => {
        expect(decode('base64', pieces)).toBe(decode('base64', [pieces.join('')]));
      }),
    );
  });

  test('takes letters and nothing else, whatever lies between them', () => {
    const anything = ['QUJD', 'QUJDQUJDQUJD', 'Q', '\r\n', '\r', '\n', ' ', '-', '_', '\xe9', '\0'];
    fc.assert(
      fc.property(cutText(anything), (pieces) => {
        const letters = pieces.join('').replaceAll(/[^A-Za-z0-9+/]/g, '');
        const expected = Buffer.from(letters, 'base64').toString('latin1');
        expect(decode('base64', pieces)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test('decodes more than it takes at once', () => {
    const bytes = Buffer.alloc(100_000, 'any bytes');
    const text = bytes.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
    expect(decode('base64', [text])).toBe(bytes.toString('latin1'));
    expect(decode('base64', [text.replaceAll('\n', '\n ')])).toBe(bytes.toString('latin1'));
  });

  test('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\r\n');
        expect(decode('base64', [text])).toBe(Buffer.from(bytes).toString('latin1'));
      }),
    );
  });
});

describe('quoted-printable', () => {
  test.each([
    ['a=41b=c3=A9', 'aAb\xc3\xa9'],
    ['soft =\r\nline', 'soft line'],
    ['soft = \t\r\nline', 'soft line'],
    ['blanks \t\r\ngo', 'blanks\r\ngo'],
    ['blanks at the end \t', 'blanks at the end'],
    ['bare LF =\ngoes \nas well', 'bare LF goes\nas well'],
    ['a blank  inside', 'a blank  inside'],
    ['no escape =zz, =4, =', 'no escape =zz, =4, '],
    ['=4', '=4'],
    ['a= ', 'a'],
    ['a=', 'a'],
    ['=\r', ''],
    ['a \rb', 'a \rb'],
    ['=\rb', '=\rb'],
    ['', ''],
  ])('%j is %j', (encoded, decoded) => {
    expect(decode('quoted-printable', [encoded])).toBe(decoded);
  });

  test('takes more blanks than a line may have as they are', () => {
    const blanks = ' '.repeat(3_000);
    expect(decode('quoted-printable', [`a${blanks}\r\nb`])).toBe(`a${' '.repeat(2_994)}\r\nb`);
    expect(decode('quoted-printable', [`=${blanks}b`])).toBe(`=${blanks}b`);
  });

  test('does not depend on where the pieces are cut', () => {
    const letters = ['a', '=', '=', '4', '1', ' ', '\t', '\r', '\n', '\r\n', ' '.repeat(600)];
    fc.assert(
      fc.property(cutText(letters), (pieces) => {
        expect(decode('quoted-printable', pieces)).toBe(
          decode('quoted-printable', [pieces.join('')]),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test('is quick with many blanks, whatever the pieces', () => {
    const pieces = Array.from({ length: 2_000 }, () => ' \t'.repeat(500));
    expect(decode('quoted-printable', pieces)).toHaveLength(2_000 * 1_000 - (2_000_000 % 998));
  });
});

test('identity leaves everything as it is', () => {
  expect(decode('identity', ['a=41 ', '\r\nb'])).toBe('a=41 \r\nb');
});
