import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxHeaderBytes } from './header-bounds.ts';
import { readHeader } from './header-facts.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const read = (...lines: readonly string[]) => readHeader(bytes([...lines, '', ''].join('\r\n')));

/** `Name <address>` for each mailbox. */
const shown = (mailboxes: readonly { name: string; address: string }[]): readonly string[] =>
  mailboxes.map(({ name, address }) => (name === '' ? address : `${name} <${address}>`));

describe('readHeader() addresses', () => {
  test.each([
    ['folded', 'From: "long name"\r\n <a@b.com>', ['long name <a@b.com>']],
    ['blank before the colon', 'From : a@b.com', ['a@b.com']],
    ['two fields', 'From: a@b.com\r\nFrom: c@d.com', ['a@b.com', 'c@d.com']],
    ['comma in quotes', 'From: "Doe, John" <j@b.com>', ['Doe, John <j@b.com>']],
    ['comma without quotes', 'From: Doe, John <j@b.com>', ['Doe, John <j@b.com>']],
    ['address in quotes', 'From: "x@evil.com" <real@b.com>', ['x@evil.com <real@b.com>']],
    ['name that is the address', 'From: p@d.com <p@d.com>', ['p@d.com']],
    ['group', 'From: Team: a@b.com, B <c@d.com>; e@f.com', ['a@b.com', 'B <c@d.com>', 'e@f.com']],
    ['empty group', 'From: undisclosed-recipients:;', []],
    ['empty', 'From:', []],
    ['null path', 'From: <>', []],
    ['name alone', 'From: Scanner', []],
    ['comment', 'From: a@b.com (Max (the) Boss)', ['Max (the) Boss <a@b.com>']],
    ['address in a comment', 'From: a@b.com (x@evil.com)', ['x@evil.com <a@b.com>']],
    ['route', 'From: <@r1.com,@r2.com:a@b.com>', ['a@b.com']],
    ['domain literal', 'From: a@[IPv6:2001:db8::1], b@c.com', ['a@[IPv6:2001:db8::1]', 'b@c.com']],
    ['no comma', 'From: a@b.com c@d.com', ['c@d.com <a@b.com>']],
    ['unclosed quote', 'From: "A <a@b.com>', ['"A <a"@b.com>']],
    ['local part without domain', 'From: Root <root>', ['Root <root>']],
    ['IDN', utf8('From: Jörg <a@bücher.example>'), ['Jörg <a@bücher.example>']],
    ['SMTPUTF8', utf8('From: jörg@b.com'), ['jörg@b.com']],
    ['latin1', 'From: J\xf6rg <a@b.com>', ['Jörg <a@b.com>']],
    ['UTF-8 whose last byte is a latin1 blank', utf8('From: Voilà <a@b.com>'), ['Voilà <a@b.com>']],
  ])('of a From: %s', (_what, lines, expected) => {
    expect(shown(read(lines).from)).toEqual(expected);
  });

  test.each([
    ['Q', '=?utf-8?q?J=C3=B6rg?= <a@b.com>', ['Jörg <a@b.com>']],
    ['B', '=?UTF-8?B?SsO2cmc=?= <a@b.com>', ['Jörg <a@b.com>']],
    ['other charset', '=?iso-8859-1?q?J=F6rg?= <a@b.com>', ['Jörg <a@b.com>']],
    ['adjacent', '=?utf-8?q?J=C3=B6?= \r\n =?utf-8?q?rg?= X <a@b.com>', ['Jörg X <a@b.com>']],
    [
      'character split in two words',
      '=?utf-8?B?SsM=?= =?utf-8?B?tnJn?= <a@b.com>',
      ['Jörg <a@b.com>'],
    ],
    ['in quotes', '"=?utf-8?q?J=C3=B6rg?=" <a@b.com>', ['Jörg <a@b.com>']],
    ['in a comment', 'a@b.com (=?utf-8?q?J=C3=B6rg?=)', ['Jörg <a@b.com>']],
    ['raw comma', '=?utf-8?q?Doe,_John?= <j@b.com>', ['Doe, John <j@b.com>']],
    ['encoded comma', '=?utf-8?q?a=40evil.com=2C?= <j@b.com>', ['a@evil.com, <j@b.com>']],
    ['address in a word', '=?utf-8?q?=3Cceo@corp.com=3E?=', []],
    ['address in a word in brackets', '<=?utf-8?q?ceo@corp.com?=>', []],
    ['address in base64', '=?utf-8?b?PGNlb0Bjb3JwLmNvbT4=?=', []],
    [
      'address in a word before one',
      '=?utf-8?q?<ceo@corp.com>,?= <x@b.com>',
      ['<ceo@corp.com>, <x@b.com>'],
    ],
    ['line break in a word', '=?utf-8?q?a=0D=0ABcc:_x=00?= <a@b.com>', ['a  Bcc: x <a@b.com>']],
  ])('with encoded words: %s', (_what, value, expected) => {
    expect(shown(read(`To: ${value}`).to)).toEqual(expected);
  });

  test('of every address field, and of no other', () => {
    const facts = read(
      'Sender: s@b.com',
      'reply-to: r@b.com',
      'TO: t1@b.com',
      'Cc: c@b.com',
      'To: t2@b.com',
      'Bcc: b@b.com',
      'Resent-To: no@b.com',
    );
    expect([facts.sender, facts.replyTo, facts.to, facts.cc, facts.bcc].map(shown)).toEqual([
      ['s@b.com'],
      ['r@b.com'],
      ['t1@b.com', 't2@b.com'],
      ['c@b.com'],
      ['b@b.com'],
    ]);
    expect(facts.from).toEqual([]);
  });
});

describe('readHeader() unclear', () => {
  test.each([
    ['an address in quotes', 'To: "a@b.com"'],
    ['no comma', 'To: a@b.com c@d.com'],
    ['two in brackets', 'To: <a@b.com> <c@d.com>'],
    ['a name that could be an address', 'To: c@d.com <a@b.com>'],
    ['a group', 'To: Team: a@b.com;'],
    ['an unclosed quote', 'To: "A <a@b.com>'],
    ['an unclosed comment', 'To: a@b.com (x'],
    ['an entry without an address', 'To: a@b.com, the boss'],
    ['a dot before the @', 'To: a.@b.com'],
    ['nothing', 'To:'],
    ['a blank before the colon', 'To : a@b.com'],
    ['two fields', 'To: a@b.com\r\nto: a@b.com'],
    ['no UTF-8', 'To: J\xf6rg <a@b.com>'],
    ['an open encoded word', 'To: =?utf-8?q?a <a@b.com>'],
    ['a comma in an encoded word', 'To: =?utf-8?q?Doe,_J?= <a@b.com>'],
  ])('names a To with %s', (_what, lines) => {
    expect(read(lines).unclear).toEqual(['to']);
  });

  test.each([
    'X: y',
    'To: a@b.com, C D <c@d.com>',
    'To: "Doe, John" <a@b.com>, "c@d.com" <e@f.com>',
    'To: a@b.com (Max (the) Boss)',
    'To: =?utf-8?q?J=C3=B6rg?=\r\n <a@b.com>',
    utf8('To: Jörg <a@bücher.example>'),
  ])('does not name %j', (lines) => {
    expect(read(lines).unclear).toEqual([]);
  });

  test('looks at every address field that may stay', () => {
    const names = ['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Bcc'];
    const resent = ['Resent-From', 'Resent-Sender', 'Resent-To', 'Resent-Cc'];
    const { unclear } = read(
      ...[...names, ...resent].map((name) => `${name}: <a@b.com> <c@d.com>`),
    );
    expect(unclear).toEqual([...names, ...resent].map((name) => name.toLowerCase()));
  });
});

describe('readHeader() resent', () => {
  test('has the mailboxes of all blocks', () => {
    const { from, sender, to, cc } = read(
      'Resent-From: Ann <a@b.com>',
      'Resent-To: b@b.com, c@b.com',
      'Resent-Sender: d@b.com',
      'Resent-Cc: e@b.com',
      'resent-to: f@b.com',
    ).resent;
    expect([from, sender, to, cc].map(shown)).toEqual([
      ['Ann <a@b.com>'],
      ['d@b.com'],
      ['b@b.com', 'c@b.com', 'f@b.com'],
      ['e@b.com'],
    ]);
  });
});

describe('readHeader() fields', () => {
  test.each([
    ['plain', 'Subject: Hello  you ', 'Hello  you'],
    ['folded', 'Subject: Hello\r\n\tyou', 'Hello you'],
    ['encoded', 'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= you', 'Grüße you'],
    ['raw UTF-8', utf8('Subject: Grüße'), 'Grüße'],
    ['raw latin1', 'Subject: Gr\xfc\xdfe', 'Grüße'],
    ['line break', 'Subject: =?utf-8?b?eA0KQmNjOiBldmlsQHguY29t?=', 'x  Bcc: evil@x.com'],
    ['line separator and escape', utf8('Subject: a\u2028b\u001b[31m\u0085c'), 'a b [31m c'],
    ['lone CR and LF', 'Subject: a\rb\nc', 'a b c'],
    ['unknown charset', 'Subject: =?nonsense?q?abc?=', 'abc'],
    ['prototype as charset', 'Subject: =?__proto__?q?abc?=', 'abc'],
    ['first of two', 'Subject: one\r\nSubject: two', 'one'],
    ['none', 'X: y', ''],
  ])('Subject: %s', (_what, line, expected) => {
    expect(read(line).subject).toBe(expected);
  });

  test('are in order, with their names as written, and without lines that are none', () => {
    const facts = read(
      '__proto__: a',
      'X-A : =?utf-8?q?=C3=A4?=',
      'stray line',
      'x-a:',
      'constructor: c',
    );
    expect(facts.fields).toEqual([
      { name: '__proto__', value: 'a' },
      { name: 'X-A', value: 'ä' },
      { name: 'x-a', value: '' },
      { name: 'constructor', value: 'c' },
    ]);
    expect(facts.fields).toBe(facts.fields);
  });

  test('end with the header', () => {
    expect(readHeader(bytes('A: b\r\n\r\nFrom: x@y\r\n\r\n')).from).toEqual([]);
  });

  test.each([
    ['<a@b.com>', '<a@b.com>'],
    ['\r\n <a@b.com>', '<a@b.com>'],
    ['a@b.com', undefined],
    ['<a b@c>', undefined],
    ['<a@b> <c@d>', undefined],
    ['<>', undefined],
    ['', undefined],
    [utf8('<ä@b.com>'), undefined],
    ['<a\x01@b>', undefined],
    [`<${'a'.repeat(898)}>`, `<${'a'.repeat(898)}>`],
    [`<${'a'.repeat(899)}>`, undefined],
  ])('Message-ID %j is %j', (value, expected) => {
    expect(read(`Message-ID: ${value}`).messageId).toBe(expected);
  });

  test.each([
    ['Date: Sun, 22 Nov 2026 17:31:00 +0000', true],
    ['date:x', true],
    ['Date: ', false],
    ['X-Date: x', false],
  ])('hasDate with %j is %j', (line, expected) => {
    expect(read(line).hasDate).toBe(expected);
  });
});

describe('readHeader() of hostile input', () => {
  test.each([
    'a@b.co,',
    'a@',
    '(',
    'g:',
    '"',
    '<',
    '=?',
    '=?utf-8?q?',
    '=?utf-8?b?YQ==?= ',
    '@ [',
    'a(x)',
    '\\',
  ])('ends with a full header of %j', (piece) => {
    const value = piece.repeat(Math.floor(maxHeaderBytes / piece.length));
    const facts = read(`To: ${value}`, `Subject: ${value}`);
    expect(facts.fields).toHaveLength(2);
    expect(facts.unclear).toEqual(['to']);
  });

  test('throws for no bytes at all, and no text has a control character', () => {
    const piece = fc.constantFrom(
      'From',
      'To',
      ':',
      ' ',
      '\r\n',
      '\r',
      '\n',
      '<',
      '>',
      '"',
      '(',
      ')',
      ',',
      ';',
      '@',
      'a',
      '.com',
      '\\',
      '=?utf-8?q?',
      '=0A',
      '=00',
      '?=',
      '=?utf-8?b?DQo=?=',
      '\xe9',
      '\xc3\xa9',
      '\0',
      '\x85',
      '[',
      ']',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const facts = readHeader(bytes(pieces.join('')));
        const names = [...facts.from, ...facts.to].map(({ name }) => name);
        const values = facts.fields.map(({ value }) => value);
        expect([facts.subject, ...names, ...values].filter((text) => /\p{Cc}/u.test(text))).toEqual(
          [],
        );
        expect([...facts.from, ...facts.to].every(({ address }) => address !== '')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
