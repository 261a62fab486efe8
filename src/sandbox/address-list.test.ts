import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAddressList } from './address-list.ts';

describe('readAddressList()', () => {
  test.each([
    ['an address', 'a@x.com', ['a@x.com']],
    ['an address in angle brackets', '<a@x.com>', ['a@x.com']],
    ['a name', 'Ann Lee <a@x.com>', ['a@x.com']],
    ['a name with a dot', 'Ann Q. Lee <a@x.com>', ['a@x.com']],
    ['a quoted name with comma, brackets and quotes', '"Lee, \\"A\\" <x>" <a@x.com>', ['a@x.com']],
    ['an encoded name', '=?utf-8?q?Lee=2C_A?= <a@x.com>', ['a@x.com']],
    ['several', 'a@x.com, B <b@x.com>,c@x.com', ['a@x.com', 'b@x.com', 'c@x.com']],
    ['empty elements', ', a@x.com,, b@x.com,', ['a@x.com', 'b@x.com']],
    ['comments, nested', '(x, (y) <z@x.com>) a@x.com (after)', ['a@x.com']],
    ['a parenthesis in quotes', '"(x" <a@x.com>', ['a@x.com']],
    ['a group', 'Team: a@x.com, B <b@x.com>;', ['a@x.com', 'b@x.com']],
    [
      'a group beside others',
      'a@x.com, Team: b@x.com;, c@x.com',
      ['a@x.com', 'b@x.com', 'c@x.com'],
    ],
    ['an empty group', 'undisclosed-recipients:;', []],
    ['a quoted local part', '"a b"@x.com', ['"a b"@x.com']],
    ['an address literal', 'a@[192.0.2.1]', ['a@[192.0.2.1]']],
    ['a domain in capitals', 'A@X.COM', ['A@x.com']],
    ['an international domain', 'a@bücher.example', ['a@xn--bcher-kva.example']],
    ['nothing', '', []],
  ])('reads %s', (_, value, addresses) => {
    const list = readAddressList(value);
    expect(list.invalid).toEqual([]);
    expect(list.mailboxes.map((mailbox) => mailbox.address)).toEqual(addresses);
  });

  test.each([
    ['a list joined by semicolons', 'a@x.com;b@x.com'],
    ['two addresses without a comma', 'a@x.com b@x.com'],
    ['two addresses in angle brackets without a comma', '<a@x.com> <b@x.com>'],
    ['text after the angle brackets', '<a@x.com> Ann'],
    ['a name alone', 'Ann'],
    ['an unclosed quote', '"Ann <a@x.com>'],
    ['an unclosed angle bracket', 'Ann <a@x.com'],
    ['an unclosed group', 'Team: a@x.com'],
    ['a source route', '<@y.com:a@x.com>'],
    ['an empty address', 'Ann <>'],
    ['a blank in the domain', 'a@x .com'],
    ['two at signs', 'a@b@x.com'],
  ])('names %s as invalid', (_, value) => {
    expect(readAddressList(value).invalid).toHaveLength(1);
  });

  test('keeps the mailboxes beside an invalid one', () => {
    const list = readAddressList('a@x.com, nobody, b@x.com');
    expect(list.invalid).toEqual(['nobody']);
    expect(list.mailboxes.map((mailbox) => mailbox.address)).toEqual(['a@x.com', 'b@x.com']);
  });

  test.each([
    ['printer@x.com <printer@x.com>', true],
    ['"printer@x.com" <printer@x.com>', false],
    ['(printer@x.com) <printer@x.com>', false],
    ['Printer <printer@x.com>', false],
    ['printer@x.com', false],
  ])('tells of %s whether its name has a bare at sign', (value, hasBareAt) => {
    expect(readAddressList(value).mailboxes).toMatchObject([{ hasBareAt }]);
  });

  test('ends for any text, with no element lost', () => {
    const letters = fc.constantFrom(...Array.from('a@x.,;:"<>()[]\\ '));
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 60 }), (value) => {
        const { mailboxes, invalid } = readAddressList(value);
        expect(mailboxes.length + invalid.length).toBeLessThanOrEqual(value.length);
      }),
    );
  });

  test('reads 20,000 unclosed brackets and quotes', () => {
    expect(readAddressList('<"['.repeat(20_000)).mailboxes).toEqual([]);
  });
});
