import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fieldsNamed,
  isMboxLine,
  joinHeader,
  nameOf,
  scanHeader,
  unfoldedValue,
} from './header-scan.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('scanHeader()', () => {
  test('keeps continuation lines with their field', () => {
    const { fields, rest } = scanHeader(
      bytes('From: "A\r\n B"\r\n\t<a@b>\r\nTo: c@d\r\n\r\nFrom: body'),
    );
    expect(fields.map(({ raw }) => raw)).toEqual(['From: "A\r\n B"\r\n\t<a@b>\r\n', 'To: c@d\r\n']);
    expect(rest).toBe('\r\nFrom: body');
  });

  test.each([
    ['From: x', 'from', 'From', ' x'],
    ['From : x', 'from', 'From', ' x'],
    ['FROM\t:x', 'from', 'FROM', 'x'],
    ['__proto__: x', '__proto__', '__proto__', ' x'],
    ['Gr\xfc\xdfe: x', 'gr\xfc\xdfe', 'Gr\xfc\xdfe', ' x'],
    ['X-Empty:', 'x-empty', 'X-Empty', ''],
  ])('takes %j for a field', (line, key, name, value) => {
    const [field] = scanHeader(bytes(`${line}\r\n\r\n`)).fields;
    if (!field) throw new Error('no field');
    expect([field.key, nameOf(field), unfoldedValue(field)]).toEqual([key, name, value]);
  });

  test.each(['no colon', 'two words: x', ': x', ' From: x', 'From a@b: x'])(
    'takes %j for a line that is no field',
    (line) => {
      expect(scanHeader(bytes(`${line}\r\n\r\n`)).fields[0]?.key).toBe('');
    },
  );

  test('stops at nothing but CRLF', () => {
    const { fields } = scanHeader(bytes('Subject: a\nBcc: b\rCc: c\r\n\r\n'));
    expect(fields.map(({ key }) => key)).toEqual(['subject']);
  });

  test('joinHeader() gives every byte back', () => {
    const piece = fc.constantFrom('From', ':', ' ', '\t', '\r\n', '\r', '\n', 'x', '\xe9', '\0');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const header = bytes(pieces.join(''));
        expect(Buffer.from(joinHeader(scanHeader(header))).equals(header)).toBe(true);
      }),
    );
  });
});

test('fieldsNamed() ignores case', () => {
  const { fields } = scanHeader(bytes('to: a\r\nTO: b\r\nTo-Do: c\r\n\r\n'));
  expect(fieldsNamed(fields, 'To').map(unfoldedValue)).toEqual([' a', ' b']);
});

test.each([
  ['From app@host Sun Nov 22 17:31:00 2026', true],
  ['>From app@host Sun Nov 22 17:31:00 2026', true],
  ['From : app@host', false],
  ['Fromage', false],
])('isMboxLine() of %j is %j', (line, expected) => {
  const [field] = scanHeader(bytes(`${line}\r\n\r\n`)).fields;
  expect(field && isMboxLine(field)).toBe(expected);
});
