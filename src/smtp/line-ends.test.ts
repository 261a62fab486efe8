import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineEnds } from './line-ends.ts';

function normalise(pieces: readonly Uint8Array[]): string {
  const lineEnds = createLineEnds();
  const all = [...pieces.map((piece) => lineEnds.push(piece)), lineEnds.end()];
  return Buffer.concat(all).toString('latin1');
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** Cuts `text` at the given places. */
function cut(text: string, places: readonly number[]): Uint8Array[] {
  const ends = [...places, text.length].toSorted((one, other) => one - other);
  return ends.map((end, index) => bytes(text.slice(ends[index - 1] ?? 0, end)));
}

describe('createLineEnds()', () => {
  test.each([
    ['', ''],
    ['a\r\nb\r\n', 'a\r\nb\r\n'],
    ['a\nb', 'a\r\nb'],
    ['a\rb', 'a\r\nb'],
    ['\r\r', '\r\n\r\n'],
    ['\n\n', '\r\n\r\n'],
    ['\r\r\n', '\r\n\r\n'],
    ['\r\n\n', '\r\n\r\n'],
    ['\n\r', '\r\n\r\n'],
    ['end\r', 'end\r\n'],
    ['no end', 'no end'],
  ])('turns %j into %j', (text, expected) => {
    expect(normalise([bytes(text)])).toBe(expected);
  });

  test('passes clean pieces on as they are, also when CRLF is cut in two', () => {
    const lineEnds = createLineEnds();
    const pieces = [bytes('one\r\ntwo\r'), bytes('\nthree\r\n'), bytes('')];
    for (const piece of pieces) expect(lineEnds.push(piece)).toBe(piece);
    expect(lineEnds.end()).toHaveLength(0);
  });

  test('makes the same of a text however it is cut, and leaves no lone CR or LF', () => {
    const anyText = fc.string({ unit: fc.constantFrom('\r', '\n', '.', 'a', '\0', 'ÿ') });
    const anyPlaces = fc.array(fc.nat(12), { maxLength: 6 });
    fc.assert(
      fc.property(anyText, anyPlaces, (text, places) => {
        const expected = text.replace(/\r\n|\r|\n/g, '\r\n');
        expect(
          normalise(
            cut(
              text,
              places.filter((place) => place <= text.length),
            ),
          ),
        ).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
  });
});
