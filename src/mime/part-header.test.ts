import { describe, expect, test } from 'vitest';
import { lines } from '../../test/support/content.ts';
import { readPartHeader, type PartHeader } from './part-header.ts';

function read(...fields: readonly string[]): PartHeader {
  return readPartHeader(Buffer.from(lines(...fields, ''), 'latin1'), { isInDigest: false });
}

describe('readPartHeader()', () => {
  test('reads what a part says of itself', () => {
    const header = read(
      'content-type: Text/Plain; charset="UTF-8"; format=flowed; boundary="a b ";',
      '\tname="=?utf-8?q?=C3=BC?="',
      'CONTENT-TRANSFER-ENCODING: Quoted-Printable',
      'Content-Disposition: Attachment',
      'Content-ID:  <a@b> ',
      'Content-Location: x',
    );
    expect(header).toEqual({
      contentType: 'text/plain',
      charset: 'UTF-8',
      encoding: 'quoted-printable',
      disposition: 'attachment',
      name: 'ü',
      contentId: 'a@b',
      hasContentLocation: true,
      isFlowed: true,
      smimeType: '',
      hasMethod: false,
      boundary: 'a b',
    });
  });

  test.each<[string, readonly string[], Partial<PartHeader>]>([
    ['no field', [], { contentType: 'text/plain', encoding: '', contentId: '', boundary: '' }],
    ['a type without a subtype', ['Content-Type: text'], { contentType: 'text/plain' }],
    ['a comment', ['Content-Type: a/b (c); boundary=d (e)'], { contentType: 'a/b', boundary: 'd' }],
    ['a boundary beyond ASCII', ['Content-Type: a/b; boundary=\xe9'], { boundary: '' }],
    ['S/MIME', ['Content-Type: a/b; smime-type=Signed-Data'], { smimeType: 'signed-data' }],
    ['iMIP', ['Content-Type: text/calendar; method=REQUEST'], { hasMethod: true }],
    ['a name in pieces', ["Content-Type: a/b; name*0*=utf-8''%C3; name*1*=%BC"], { name: 'ü' }],
    ['a name on two lines', ['Content-Type: a/b; name="a', ' =?utf-8?q?=0D?="'], { name: 'a' }],
  ])('reads %s', (_what, fields, expected) => {
    expect(read(...fields)).toMatchObject(expected);
  });

  test('takes a part of a digest for a message, unless it says otherwise', () => {
    const typeOf = (header: string) =>
      readPartHeader(Buffer.from(header), { isInDigest: true }).contentType;
    expect(typeOf('\r\n')).toBe('message/rfc822');
    expect(typeOf('Content-Type: text/plain\r\n\r\n')).toBe('text/plain');
  });

  test.each([
    ['Content-ID: a', '>', 'b'],
    ['Content-ID: ', '<', ''],
    ['Content-Type: a/b; name=', '=?utf-8?q?a?= ', ''],
    ['Content-Type: a/b; name="', '=?', ''],
    ['Content-Type: ', '(', ''],
    ['Content-Type: a/b', ';a*0=b', ''],
    ['Content-Type: a/b', ' ', 'c'],
    ['Content-Disposition: ', '\\', '"'],
    ['Content-Transfer-Encoding: ', '(', ')'],
  ])('ends with 512 KiB of %s%s', (start, piece, end) => {
    const field = `${start}${piece.repeat(Math.floor(524_288 / piece.length))}${end}`;
    expect(read(field).boundary).toBe('');
  });
});
