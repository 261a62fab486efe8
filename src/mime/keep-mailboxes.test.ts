import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../core/address.ts';
import { editHeader } from './header-edit.ts';
import { readHeader } from './header-facts.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function keep(header: string, positions: readonly number[]): string {
  const edited = editHeader(bytes(`${header}\r\n\r\n`), [
    { kind: 'keepMailboxes', name: 'To', positions },
  ]);
  return Buffer.from(edited).toString('latin1').slice(0, -2);
}

describe('keepMailboxes', () => {
  test.each([
    ['To: a@b.com, c@d.com', [0], 'To: a@b.com\r\n'],
    ['To: a@b.com, c@d.com', [1], 'To: c@d.com\r\n'],
    ['To: a@b.com, c@d.com', [7], ''],
    ['To: a@b.com, c@d.com, e@f.com', [2, 0, 2], 'To: a@b.com, e@f.com\r\n'],
    ['To: "Doe,  John" <j@b.com>,c@d.com', [0], 'To: "Doe,  John" <j@b.com>\r\n'],
    [
      'To: =?iso-8859-1?q?J=F6rg?=\r\n <a@b.com>, c@d.com',
      [0],
      'To: =?iso-8859-1?q?J=F6rg?= <a@b.com>\r\n',
    ],
    ['To: a@b.com (Max, (the) Boss), c@d.com', [0], 'To: a@b.com (Max, (the) Boss)\r\n'],
    [utf8('To: Jörg <a@b.com>, c@d.com'), [0], utf8('To: Jörg <a@b.com>\r\n')],
    ['To: Team: a@b.com, c@d.com; e@f.com', [0, 2], 'To: a@b.com, e@f.com\r\n'],
    [
      'X: y\r\nTo: a@b.com\r\nCc: c\r\nto: d@e.com',
      [0, 1],
      'X: y\r\nTo: a@b.com, d@e.com\r\nCc: c\r\n',
    ],
    ['X: y', [0], 'X: y\r\n'],
  ])('of %j at %j keeps their spelling', (header, positions, expected) => {
    expect(keep(header, positions)).toBe(expected);
  });

  test.each([
    'To: a@b.com',
    'TO:a@b.com ,\r\n\tC D <c@d.com>',
    'To: "x@evil.com" <a@b.com>, b@c.com (odd, comment)',
    utf8('To: Jörg <a@bücher.example>'),
  ])('of all leaves %j as it is', (header) => {
    expect(keep(header, [0, 1, 2])).toBe(`${header}\r\n`);
  });

  test.each([
    ['To: a@b.com c@d.com', [0], 'To: "c@d.com" <a@b.com>\r\n'],
    ['To: <a@b.com> <c@d.com>', [0], 'To: "c@d.com" <a@b.com>\r\n'],
    ['To: p@d.com <p@d.com>', [0], 'To: p@d.com\r\n'],
    ['To: q@d.com <p@d.com>', [0], 'To: "q@d.com" <p@d.com>\r\n'],
    ['To: a @ b.com, c@d.com', [0, 1], 'To: a@b.com, c@d.com\r\n'],
    ['To: a@b.com; c@d.com', [0, 1], 'To: a@b.com, c@d.com\r\n'],
    ['To: Doe, John <j@b.com>, c@d.com', [0], 'To: "Doe, John" <j@b.com>\r\n'],
    ['To: <@r1.com:a@b.com>', [0], 'To: a@b.com\r\n'],
    ['To : a@b.com', [0], 'To: a@b.com\r\n'],
    ['To: a@b.com,\r\n \r\n c@d.com', [0, 1], 'To: a@b.com, c@d.com\r\n'],
    ['To: J\xf6rg <a@b.com>', [0], 'To: =?UTF-8?Q?J=C3=B6rg?= <a@b.com>\r\n'],
    ['To: =?utf-8?q?Doe,_John?= <j@b.com>', [0], 'To: =?utf-8?q?Doe=2C_John?= <j@b.com>\r\n'],
    ['To: =?a?q?"?= <x@b.com>, "?= <y@b.com>', [0], 'To: =?a?q?=22?= <x@b.com>\r\n'],
    ['To: undisclosed-recipients:;', [], ''],
    ['To:', [], ''],
    ['To: Scanner', [0], ''],
  ])('of %j at %j writes anew what readers could take otherwise', (header, positions, expected) => {
    expect(keep(header, positions)).toBe(expected);
  });

  test('leaves exactly the wanted mailboxes, whatever stood there', () => {
    fc.assert(
      fc.property(garbage, fc.func(fc.boolean()), (value, isKept) => {
        const before = readHeader(bytes(`To: ${value}\r\n\r\n`)).to;
        const positions = [...before.keys()].filter((position) => isKept(position));
        const wanted = positions.map((position) => before[position]?.address ?? '');
        const once = keep(`X: y\r\nTo: ${value}`, positions);
        const after = readHeader(bytes(`${once}\r\n`)).to.map(({ address }) => address);
        // An address that no envelope can hold may be lost; no other may, and none may be new.
        const kept = wanted.filter((address) => after.map(canonical).includes(canonical(address)));
        expect(after.map(canonical)).toEqual(kept.map(canonical));
        expect(kept).toEqual(expect.arrayContaining(wanted.filter((one) => parseAddress(one))));
        const twice = keep(once.slice(0, -2), [...after.keys()]);
        expect(twice.replaceAll('\r\n', '')).toBe(once.replaceAll('\r\n', ''));
      }),
      { numRuns: 1000 },
    );
  });
});

const garbage = fc
  .array(
    fc.constantFrom(
      'a',
      'Max',
      'b@x.com',
      'c@y.com',
      '"a b"@z.com',
      '<d@z.com>',
      '<',
      '>',
      '"',
      '(',
      ')',
      ',',
      ',',
      ', ',
      ';',
      ':',
      ' ',
      '\\',
      '@',
      '.',
      '[',
      ']',
      "'",
      '=?utf-8?q?',
      '?=',
      '=40',
      '=?utf-8?b?w7Y=?=',
      '(c)',
      'Team:',
      '\r\n ',
      '\t',
      '\r\nTo: ',
      '\r\nTo : ',
      '\xc3\xb6',
      '\xf6',
      '[192.0.2.1]',
      '<@r:e@y.com>',
    ),
    { maxLength: 25 },
  )
  .map((pieces) => pieces.join(''));

/** One text for one mailbox: with or without quotes around the local part, as U-labels or A-labels. */
function canonical(address: string): string {
  const at = address.lastIndexOf('@');
  const localPart = address.slice(0, at).replace(/^"(.*)"$/, '$1');
  const domain = parseAddress(`x${address.slice(at)}`)?.slice(1) ?? address.slice(at);
  return localPart + domain;
}
