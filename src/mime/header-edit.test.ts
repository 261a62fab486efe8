import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeaderEdit } from '../core/header-edit.ts';
import { editHeader } from './header-edit.ts';
import { scanHeader } from './header-scan.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const edit = (header: string, ...edits: readonly HeaderEdit[]): string =>
  Buffer.from(editHeader(bytes(header), edits)).toString('latin1');

const dkim =
  'DKIM-Signature: v=1; a=rsa-sha256; d=b.com; s=x;\r\n\th=from:to:subject;  bh=abc=;\r\n \t b=' +
  `${'A'.repeat(70)}\r\n\t ${'B'.repeat(70)}==\r\n`;

describe('editHeader()', () => {
  test.each<readonly [HeaderEdit, string]>([
    [{ kind: 'remove', name: 'bcc' }, 'To: t\r\nX : 1\r\nx: 2\r\n\r\n'],
    [{ kind: 'remove', name: 'X' }, 'To: t\r\nBCC: b\r\n c\r\n\r\n'],
    [{ kind: 'remove', name: 'Y' }, 'To: t\r\nBCC: b\r\n c\r\nX : 1\r\nx: 2\r\n\r\n'],
    [{ kind: 'set', name: 'X', text: '3' }, 'To: t\r\nBCC: b\r\n c\r\nX: 3\r\n\r\n'],
    [
      { kind: 'set', name: 'Y', text: '3' },
      'To: t\r\nBCC: b\r\n c\r\nX : 1\r\nx: 2\r\nY: 3\r\n\r\n',
    ],
    [
      { kind: 'add', name: 'X', text: '3' },
      'To: t\r\nBCC: b\r\n c\r\nX : 1\r\nx: 2\r\nX: 3\r\n\r\n',
    ],
    [
      { kind: 'setMailboxes', name: 'Bcc', mailboxes: [{ name: 'D', address: 'd@e.com' }] },
      'To: t\r\nBcc: D <d@e.com>\r\nX : 1\r\nx: 2\r\n\r\n',
    ],
    [{ kind: 'setMailboxes', name: 'Bcc', mailboxes: [] }, 'To: t\r\nX : 1\r\nx: 2\r\n\r\n'],
  ])('carries out %j', (one, expected) => {
    expect(edit('To: t\r\nBCC: b\r\n c\r\nX : 1\r\nx: 2\r\n\r\n', one)).toBe(expected);
  });

  test('carries out edits in order', () => {
    const header = edit(
      'A: 1\r\n\r\n',
      { kind: 'set', name: 'A', text: '2' },
      { kind: 'add', name: 'B', text: '3' },
      { kind: 'remove', name: 'A' },
      { kind: 'set', name: 'A', text: '4' },
    );
    expect(header).toBe('B: 3\r\nA: 4\r\n\r\n');
  });

  test('adds before a stray line, which may be the body to some readers', () => {
    expect(edit('A: 1\r\nstray\r\nB: 2\r\n\r\n', { kind: 'add', name: 'C', text: '3' })).toBe(
      'A: 1\r\nC: 3\r\nstray\r\nB: 2\r\n\r\n',
    );
  });

  test('closes a header that was not closed', () => {
    expect(edit('A: 1', { kind: 'add', name: 'B', text: '2' })).toBe('A: 1\r\nB: 2\r\n\r\n');
  });

  test('leaves a folded signature alone', () => {
    const header = edit(
      `Subject: s\r\n${dkim}To: a@b.com, c@d.com\r\n\r\n`,
      { kind: 'set', name: 'Subject', text: 'Grüße' },
      { kind: 'keepMailboxes', name: 'To', positions: [1] },
    );
    expect(header).toBe(`Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n${dkim}To: c@d.com\r\n\r\n`);
  });

  test('leaves alone what stands after the header', () => {
    const body = '\r\nTo: not a field\r\n\r\n\xff\0\n\r';
    expect(edit(`To: a@b.com\r\n${body}`, { kind: 'remove', name: 'To' })).toBe(body);
  });

  test('throws for a name that would be more than one', () => {
    expect(() => edit('A: 1\r\n\r\n', { kind: 'add', name: 'X: y\r\nBcc', text: 'z' })).toThrow(
      'Field name is not valid: "X: y\\r\\nBcc"',
    );
  });
});

const name = fc.constantFrom('From', 'To', 'Subject', 'X-Test');
const text = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      'ü',
      '\r\n',
      '\r',
      '\n',
      '\0',
      '\r\nBcc: x@y.com',
      '<',
      '"',
      '=?',
      ',',
    ),
  )
  .map((parts) => parts.join(''));
const anyEdit: fc.Arbitrary<HeaderEdit> = fc.oneof(
  fc.record({ kind: fc.constant('remove' as const), name }),
  fc.record({ kind: fc.constantFrom('set' as const, 'add' as const), name, text }),
  fc.record({
    kind: fc.constant('setMailboxes' as const),
    name,
    mailboxes: fc.array(fc.record({ name: text, address: text.map((part) => `${part}@b.com`) })),
  }),
  fc.record({ kind: fc.constant('keepMailboxes' as const), name, positions: fc.array(fc.nat(4)) }),
);
const value = fc
  .array(fc.constantFrom(' a@b.com', ',', ' "', '\r\n ', '\r\n\t', '\xe9', '<', '>', ' c'))
  .map((parts) => parts.join(''));
const header = fc
  .array(fc.tuple(fc.constantFrom('From', 'to', 'TO ', 'X-Other', 'DKIM-Signature', 'Bcc'), value))
  .map((fields) => `${fields.map(([field, text]) => `${field}:${text}\r\n`).join('')}\r\n`);

describe('editHeader() law:', () => {
  test('without edits every byte stays', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (any) => {
        expect(editHeader(any, [])).toEqual(any);
      }),
    );
  });

  test('fields that no edit names stay byte for byte, in order', () => {
    fc.assert(
      fc.property(header, fc.array(anyEdit, { maxLength: 4 }), (before, edits) => {
        const named = new Set(edits.map((one) => one.name.toLowerCase()));
        const untouched = (scanned: string): readonly string[] =>
          scanHeader(bytes(scanned)).fields.flatMap(({ key, raw }) =>
            named.has(key) ? [] : [raw],
          );
        expect(untouched(edit(before, ...edits))).toEqual(untouched(before));
      }),
      { numRuns: 500 },
    );
  });

  test('no text makes a field, a bare CR or a bare LF', () => {
    fc.assert(
      fc.property(header, fc.array(anyEdit, { maxLength: 4 }), (before, edits) => {
        const after = edit(before, ...edits);
        expect(after).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
        expect(after.endsWith('\r\n')).toBe(true);
        const { fields, rest } = scanHeader(bytes(after));
        expect(rest).toBe('\r\n');
        const added = edits.filter(({ kind }) => kind !== 'remove').length;
        expect(fields.length).toBeLessThanOrEqual(scanHeader(bytes(before)).fields.length + added);
        const names = new Set([...edits.map((one) => one.name.toLowerCase()), ...keysOf(before)]);
        expect(fields.every(({ key }) => names.has(key))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

const keysOf = (text: string): readonly string[] =>
  scanHeader(bytes(text)).fields.map(({ key }) => key);
