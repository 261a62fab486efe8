import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMailboxes } from './mailbox-facts.ts';
import { splitMailboxes } from './mailbox-list.ts';

const texts = (value: string): readonly string[] =>
  splitMailboxes(value).pieces.map(({ text }) => text);

describe('splitMailboxes()', () => {
  test.each([
    ['a@b.com, c@d.com', ['a@b.com', 'c@d.com']],
    ['"Doe, John" <j@b.com>,c@d.com', ['"Doe, John" <j@b.com>', 'c@d.com']],
    ['"a\\", b" <j@b.com>', ['"a\\", b" <j@b.com>']],
    ['a@b.com (one, (two,) \\) three), c@d.com', ['a@b.com (one, (two,) \\) three)', 'c@d.com']],
    ['<"a,b"@c.com>, d@e.com', ['<"a,b"@c.com>', 'd@e.com']],
    ['<@r1,@r2:a@b.com>, c@d.com', ['<@r1,@r2:a@b.com>', 'c@d.com']],
    ['Team: a@b.com, c@d.com; e@f.com', ['a@b.com', 'c@d.com', 'e@f.com']],
    ['undisclosed-recipients:;', []],
    ['a@[IPv6:2001:db8::1], c@d.com', ['a@[IPv6:2001:db8::1]', 'c@d.com']],
    ['a@b.com; c@d.com', ['a@b.com', 'c@d.com']],
    [' , a@b.com,, ', ['a@b.com']],
    ['"open <a@b.com>, c@d.com', ['"open <a@b.com>, c@d.com']],
    ['a@b.com (open, c@d.com', ['a@b.com (open, c@d.com']],
    ['<a@b.com, c@d.com', ['<a@b.com, c@d.com']],
    ['', []],
  ])('cuts %j', (value, expected) => {
    expect(texts(value)).toEqual(expected);
  });

  test.each([
    'a@b.com',
    'Max Muster <a@b.com>',
    'John Q. Public <a@b.com>',
    '"a@b" <c@d.com>',
    '<a@b.com>',
    '=?utf-8?q?J=C3=B6rg?= <a@b.com>',
    'a@b.com (Max, the (one) Boss)',
    '"a b"@c.com',
    '<a@[192.0.2.1]>',
    'Jörg <jörg@bücher.example>',
    "O'Neil <o'neil@b.com>",
  ])('knows that every reader understands %j alike', (value) => {
    expect(splitMailboxes(value)).toEqual({
      pieces: [{ text: value, isPlain: true }],
      isPlain: true,
    });
  });

  test.each([
    'a@b.com c@d.com',
    'p@d.com <p@d.com>',
    '<a@b.com> <c@d.com>',
    '<a@b.com> x',
    'a@b.com@c.com',
    'a @ b.com',
    'a(x)@b.com',
    'a.@b.com',
    'a@b..com',
    'root',
    'Root <root>',
    '<>',
    '"open <a@b.com>',
    '<a@b.com',
    '(a@b.com',
    '<@r1:a@b.com>',
    '"a""b"@c.com',
    '=?utf-8?q?x?=@b.com',
    '=?utf-8?q?=40<a@b.com>',
    '=?utf-8?q?a@b.com?= <c@d.com>',
    'A\u00a0B <a@b.com>',
    'A\u202eB <a@b.com>',
    `${'a '.repeat(300)}<a@b.com>`,
  ])('does not vouch for %j', (value) => {
    expect(splitMailboxes(value).pieces.every(({ isPlain }) => isPlain)).toBe(false);
  });

  test.each(['a@b.com; c@d.com', 'T: a@b.com;', 'a@b.com,, c@d.com', 'a@b.com,', ''])(
    'finds more than commas in %j',
    (value) => {
      expect(splitMailboxes(value).isPlain).toBe(false);
    },
  );

  test('vouches for nothing that the address parser reads otherwise', () => {
    const piece = fc.constantFrom(
      'a',
      'b@x.com',
      'c@y.com',
      '<',
      '>',
      '"',
      '(',
      ')',
      ',',
      ' ',
      '\\',
      '@',
      '.',
      '[',
      ']',
      "'",
      '=?utf-8?q?',
      '?=',
      '[192.0.2.1]',
      '<d@z.com>',
      '"q, r"',
      '(c)',
      'é',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (parts) => {
        const value = parts.join('');
        const { pieces, isPlain } = splitMailboxes(value);
        fc.pre(isPlain && pieces.every((one) => one.isPlain) && !value.includes('=?'));
        const one = pieces.flatMap(({ text }) => parseMailboxes(text));
        expect(one).toHaveLength(pieces.length);
        expect(parseMailboxes(value)).toEqual(one);
      }),
      { numRuns: 500, maxSkipsPerRun: 1000 },
    );
  });

  test.each(['"', '""', '(', '()', '<', '>', ',', ':', '@[', '"a" ', 'a. ', 'a.', '\\', '@ '])(
    'ends with 250,000 characters of %j',
    (piece) => {
      const value = piece.repeat(250_000 / piece.length);
      expect(texts(value).join('').length).toBeLessThanOrEqual(value.length);
    },
  );
});
