import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText } from './content-text.ts';

const plain = { charset: '', isFlowed: false, deletesSpace: false };
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe('decodeText()', () => {
  test.each([
    ['UTF-8', utf8('Grüße'), 'utf-8'],
    ['UTF-8 that says nothing of it', utf8('Grüße'), ''],
    ['UTF-8 that claims to be ASCII', utf8('Grüße'), 'us-ascii'],
    ['latin1', latin1('Gr\xfc\xdfe'), 'ISO-8859-1'],
    ['latin1 that claims to be UTF-8', latin1('Gr\xfc\xdfe'), 'utf-8'],
    ['latin1 of no known charset', latin1('Gr\xfc\xdfe'), 'x-nobody'],
    ['UTF-16', Buffer.from('Grüße', 'utf16le'), 'utf-16le'],
  ])('reads %s', (_what, bytes, charset) => {
    expect(decodeText(bytes, { ...plain, charset })).toBe('Grüße');
  });

  test('reads no UTF-7, which could hide anything', () => {
    expect(decodeText(latin1('+ADw-b'), { ...plain, charset: 'utf-7' })).toBe('+ADw-b');
  });

  test('leaves a character out that is cut at the end', () => {
    expect(decodeText(utf8('Grü').subarray(0, 3), { ...plain, charset: 'utf-8' })).toBe('Gr');
  });

  test('ends lines with LF', () => {
    expect(decodeText(latin1('a\r\nb\rc\nd'), plain)).toBe('a\nb\nc\nd');
  });

  test('joins flowed lines', () => {
    const text = latin1('your \r\ninvoice\r\nx');
    expect(decodeText(text, { ...plain, isFlowed: true })).toBe('your invoice\nx');
    expect(decodeText(text, { ...plain, isFlowed: true, deletesSpace: true })).toBe(
      'yourinvoice\nx',
    );
    expect(decodeText(text, plain)).toBe('your \ninvoice\nx');
  });

  test('never throws', () => {
    const charsets = fc.constantFrom(
      '',
      'utf-8',
      'us-ascii',
      'shift_jis',
      'iso-2022-jp',
      'gb18030',
    );
    fc.assert(
      fc.property(fc.uint8Array(), charsets, fc.boolean(), (bytes, charset, isFlowed) => {
        expect(decodeText(bytes, { ...plain, charset, isFlowed })).not.toContain('\r');
      }),
    );
  });
});
