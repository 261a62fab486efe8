import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatMailboxField, formatTextField } from './encode.ts';
import { readHeader } from './header-facts.ts';

const readBack = (field: string) => readHeader(Buffer.from(`${field}\r\n`, 'latin1'));
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** One name, lines of legal length, no control character, no line break but folds with text after them. */
function expectOneField(field: string): void {
  expect(field).toMatch(/^[!-9;-~]+:[^\r\n]*(\r\n[ \t]+[^ \t\r\n][^\r\n]*)*\r\n$/);
  const lines = field.split('\r\n');
  expect(lines.filter((line) => line.length > 998)).toEqual([]);
  expect(lines.filter((line) => /\p{Cc}/u.test(asText(line)))).toEqual([]);
}

const asText = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        ' ',
        '  ',
        'a',
        'word',
        'ü',
        '漢字',
        '😀',
        '\r\n',
        '\n',
        '\t',
        '=?',
        '?=',
        '_',
        '=',
        '\r\nBcc: x@y',
        '"',
        '\\',
        ',',
        '@',
        '<',
        '\u2028',
        '\u0085',
        '\ud800',
        'l'.repeat(600),
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join('')),
);

const asLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();

describe('formatTextField()', () => {
  test.each([
    ['Hello you', 'Subject: Hello you\r\n'],
    ['', 'Subject:\r\n'],
    ['Grüße an alle', 'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= an alle\r\n'],
    ['to Zoë and Jörg now', 'Subject: to =?UTF-8?Q?Zo=C3=AB_and_J=C3=B6rg?= now\r\n'],
    ['漢字', 'Subject: =?UTF-8?B?5ryi5a2X?=\r\n'],
    ['=?utf-8?q?literal?=', 'Subject: =?UTF-8?Q?=3D=3Futf-8=3Fq=3Fliteral=3F=3D?=\r\n'],
    ['x\r\nBcc: evil@x.com', 'Subject: x Bcc: evil@x.com\r\n'],
    ['a\0b\x1b[31m', 'Subject: a b [31m\r\n'],
    [
      `${'word '.repeat(16)}end`,
      `Subject: ${'word '.repeat(13)}word\r\n${' word'.repeat(2)} end\r\n`,
    ],
  ])('of %j', (text, field) => {
    expect(formatTextField('Subject', text)).toBe(field);
  });

  test('is one field that reads back, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const field = formatTextField('Subject', text);
        expectOneField(field);
        expect(readBack(field).subject).toBe(asLine(text));
      }),
      { numRuns: 500 },
    );
  });

  test('folds at 78 what can be folded', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'é', '漢', '"'),
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        const lines = formatTextField('X-Test', words.join(' ')).split('\r\n');
        expect(lines.filter((line) => line.length > 78)).toEqual([]);
      }),
    );
  });

  test.each(['', 'X Y', 'X:', 'X\r\nBcc', 'Ü', 'a'.repeat(77)])(
    'throws for the name %.20j',
    (name) => {
      expect(() => formatTextField(name, 'x')).toThrow('Field name is not valid');
    },
  );
});

describe('formatMailboxField()', () => {
  const format = (name: string, address: string): string =>
    formatMailboxField('From', [{ name, address }]);

  test.each([
    ['', 'a@b.com', 'From: a@b.com\r\n'],
    ['Max Muster', 'a@b.com', 'From: Max Muster <a@b.com>\r\n'],
    ['Doe, John', 'a@b.com', 'From: "Doe, John" <a@b.com>\r\n'],
    ['John Q. Public', 'a@b.com', 'From: "John Q. Public" <a@b.com>\r\n'],
    ['c@d.com', 'a@b.com', 'From: "c@d.com" <a@b.com>\r\n'],
    ['A@b.com', 'a@b.com', 'From: a@b.com\r\n'],
    ['a "b" \\', 'a@b.com', 'From: "a \\"b\\" \\\\" <a@b.com>\r\n'],
    ['Jörg', 'a@b.com', 'From: =?UTF-8?Q?J=C3=B6rg?= <a@b.com>\r\n'],
    ['x\r\nBcc: evil@x.com', 'a@b.com', 'From: "x Bcc: evil@x.com" <a@b.com>\r\n'],
    ['', 'a@bücher.example', 'From: a@xn--bcher-kva.example\r\n'],
    ['', 'jörg@b.com', utf8('From: jörg@b.com\r\n')],
    ['', '"a b"@c.com', 'From: <"a b"@c.com>\r\n'],
    ['', 'ilo.@c.com', 'From: <"ilo."@c.com>\r\n'],
    ['', 'a@b@c.com', ''],
    ['', '=?utf-8?q?x?=@c.com', 'From: <"=?utf-8?q?x?="@c.com>\r\n'],
    ['Root', 'root', ''],
    ['', 'a@[IPv6:2001:db8::1]', 'From: a@[IPv6:2001:db8::1]\r\n'],
    ['x', 'a@b.com>, <evil@x.com', ''],
    ['x', 'a@b.com\r\nBcc: evil@x.com', ''],
    ['x', 'a@b c', ''],
    ['x', 'a@', ''],
    ['x', '@b.com', ''],
    ['x', 'a@b=?.com', ''],
    ['x', '\u202ea@b.com', ''],
    ['x', `a@${'b'.repeat(400)}`, ''],
  ])('of %j and %j', (name, address, field) => {
    expect(format(name, address)).toBe(field);
  });

  test('folds between mailboxes', () => {
    const mailboxes = Array.from({ length: 5 }, (_, number) => ({
      name: `Recipient ${number}`,
      address: `recipient${number}@example.com`,
    }));
    expect(formatMailboxField('To', mailboxes)).toBe(
      'To: Recipient 0 <recipient0@example.com>, Recipient 1\r\n' +
        ' <recipient1@example.com>, Recipient 2 <recipient2@example.com>, Recipient 3\r\n' +
        ' <recipient3@example.com>, Recipient 4 <recipient4@example.com>\r\n',
    );
  });

  test('is one field that reads back, whatever the names', () => {
    const address = fc.constantFrom(
      'a@b.com',
      '"a, b"@c.com',
      '"a\\"b"@c.com',
      "o'neil@b.com",
      'jörg@b.com',
      'a@[192.0.2.1]',
    );
    const mailbox = fc.record({ name: anyText, address });
    fc.assert(
      fc.property(fc.array(mailbox, { minLength: 1, maxLength: 5 }), (mailboxes) => {
        const field = formatMailboxField('To', mailboxes);
        expectOneField(field);
        expect(readBack(field).to).toEqual(
          mailboxes.map((one) => ({ name: asLine(one.name), address: one.address })),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('is one field or none, whatever the addresses', () => {
    const mailbox = fc.record({ name: anyText, address: anyText.map((text) => `${text}@b.com`) });
    fc.assert(
      fc.property(fc.array(mailbox, { maxLength: 3 }), (mailboxes) => {
        const field = formatMailboxField('To', mailboxes);
        fc.pre(field !== '');
        expectOneField(field);
        expect(readBack(field).to.length).toBeLessThanOrEqual(mailboxes.length);
      }),
    );
  });
});
