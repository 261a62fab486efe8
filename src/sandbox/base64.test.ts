import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Base64Decoder, decodeBase64 } from './base64.ts';

describe('Base64Decoder', () => {
  test('gives back the bytes, however their text is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (bytes, cuts) => {
          const text = Buffer.from(Buffer.from(bytes).toString('base64'));
          const decoder = new Base64Decoder(text.length);
          for (let start = 0; start < text.length;) {
            const end = start + (cuts.next().value ?? 1);
            decoder.write(text.subarray(start, end));
            start = end;
          }
          expect(decoder.end()).toEqual(Buffer.from(bytes));
        },
      ),
    );
  });

  test('refuses text that goes on after its padding, in whichever piece', () => {
    const decoder = new Base64Decoder(8);
    decoder.write(Buffer.from('QQ=='));
    decoder.write(Buffer.from('QUJD'));
    expect(decoder.end()).toBeUndefined();
  });
});

describe('decodeBase64()', () => {
  test.each([
    ['a line break', 'QUJD\r\nQUJD'],
    ['a blank', 'QU JD'],
    ['a letter of the URL alphabet', 'QUJ_'],
    ['a foreign letter', 'QUJ?'],
    ['a letter that is the right one modulo 256', `QUJ${String.fromCharCode(0x144)}`],
    ['padding in the middle', 'QQ==QUJD'],
    ['too little padding', 'QUI'],
    ['too much padding', 'QUJD===='],
    ['padding alone', '===='],
    ['a last letter with bits that mean nothing', 'QR=='],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  test('takes nothing for no bytes', () => {
    expect(decodeBase64('')).toEqual(Buffer.alloc(0));
  });
});
