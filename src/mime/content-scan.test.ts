import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContentFacts } from '../core/content.ts';
import { ContentScan } from './content-scan.ts';

/** @param pieceLength of what the scan is given at once */
async function scan(message: string, pieceLength = 65_536): Promise<ContentFacts | undefined> {
  const content = new ContentScan();
  const bytes = Buffer.from(message, 'latin1');
  for (let start = 0; start < bytes.length; start += pieceLength) {
    await content.write(Buffer.from(bytes.subarray(start, start + pieceLength)));
  }
  return await content.end();
}

const lines = (...all: readonly string[]): string => all.join('\r\n');

const mixed = lines(
  'Subject: x',
  'Content-Type: multipart/mixed; boundary=outer',
  '',
  'Preamble',
  '--outer',
  'Content-Type: multipart/alternative; boundary=inner',
  '',
  '--inner',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('Grüße').toString('base64'),
  '--inner',
  'Content-Type: text/html; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<b>Gr=FC=',
  '=DFe</b>',
  '--inner--',
  '--outer',
  'Content-Type: Application/PDF',
  "Content-Disposition: attachment; filename*=utf-8''Rechnung%20%C3%BC.pdf",
  'Content-Transfer-Encoding: base64',
  '',
  'SGVsbG8g',
  'V29ybGQ=',
  '--outer',
  'Content-Type: image/png',
  'Content-ID: <logo>',
  '',
  'png',
  '--outer',
  'Content-Type: text/plain; name="=?utf-8?q?notes=2Etxt?="',
  '',
  'a file',
  '--outer--',
  'Epilogue',
);

const ofMixed: ContentFacts = {
  texts: ['Grüße', '<b>Grüße</b>'],
  attachments: [
    { name: 'Rechnung ü.pdf', type: 'application/pdf', sizeBytes: 11 },
    { name: '', type: 'image/png', sizeBytes: 3 },
    { name: 'notes.txt', type: 'text/plain', sizeBytes: 6 },
  ],
};

describe('ContentScan', () => {
  test('finds texts and attachments, however the message is cut', async () => {
    for (const pieceLength of [1, 7, 64, 65_536]) {
      expect(await scan(mixed, pieceLength)).toEqual(ofMixed);
    }
  });

  test.each<[string, string, readonly string[]]>([
    ['a message without MIME', 'Subject: x\r\n\r\nHello\r\n', ['Hello\n']],
    ['a message without a body', 'Subject: x\r\n\r\n', []],
    ['a header that never ends', 'Subject: x\r\nX: y', []],
    ['blanks', 'Subject: x\r\n\r\n \r\n\r\n', []],
    ['an open multipart', mixed.slice(0, mixed.indexOf('--inner--')), ['Grüße', '<b>Grüße</b>\n']],
  ])('reads %s', async (_what, message, texts) => {
    expect(await scan(message)).toEqual({ texts, attachments: [] });
  });

  test('takes an attached message for an attachment, and reads an inline one', async () => {
    const inner = lines('Content-Type: text/plain', '', 'Inner');
    const part = (disposition: string) =>
      lines(
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: message/rfc822',
        `Content-Disposition: ${disposition}`,
        '',
        inner,
        '--b--',
        '',
      );
    expect(await scan(part('inline'))).toEqual({ texts: ['Inner'], attachments: [] });
    expect(await scan(part('attachment'))).toEqual({
      texts: [],
      attachments: [{ name: '', type: 'message/rfc822', sizeBytes: inner.length }],
    });
  });

  test('keeps the first 256 KiB of all texts', async () => {
    const part = (letter: string) => lines('--b', '', letter.repeat(200_000));
    const facts = await scan(
      lines(
        'Content-Type: multipart/mixed; boundary=b',
        '',
        part('a'),
        part('b'),
        part('c'),
        '--b--',
      ),
    );
    expect(facts?.texts.map((text) => [text[0], text.length])).toEqual([
      ['a', 200_000],
      ['b', 62_144],
    ]);
  });

  test('keeps no control characters and no endless name', async () => {
    const name = `=?utf-8?q?a=0D=0ABcc:_b?=${'x'.repeat(5_000)}`;
    const facts = await scan(`Content-Disposition: attachment; filename="${name}"\r\n\r\nx`);
    expect(facts?.attachments[0]?.name).toMatch(/^a {1,2}Bcc: bx+$/);
    expect(facts?.attachments[0]?.name).toHaveLength(1_000);
  });

  test.each([
    ['a multipart without a boundary', 'Content-Type: multipart/mixed\r\n\r\nHidden\r\n'],
    ['a multipart without parts', 'Content-Type: multipart/mixed; boundary=b\r\n\r\nHidden\r\n'],
    [
      'a part that is all header',
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: y\r\n--b\r\n\r\nText\r\n--b--',
    ],
    [
      '2,000 parts',
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(2_000)}`,
    ],
    ['a part whose header is too long', `X: y\r\n${'X: y\r\n'.repeat(100_000)}\r\nText`],
    [
      '1,200 messages in one another',
      'Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n'.repeat(1_200),
    ],
  ])('cannot parse %s', async (_what, message) => {
    expect(await scan(message)).toBeUndefined();
  });

  test.each([
    ['format=flowed', 'Content-Type: text/plain; format=flowed\r\n\r\n', 'a \r\n'],
    ['continued parameters', 'Subject: x\r\n', ' n*0=a;\r\n'],
    ['dashes', 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n', '--\r\n'],
    ['blanks in quoted-printable', 'Content-Transfer-Encoding: quoted-printable\r\n\r\n', ' '],
    ['escapes', 'Content-Transfer-Encoding: quoted-printable\r\n\r\n', '=\r\n'],
    ['base64 padding', 'Content-Transfer-Encoding: base64\r\n\r\n', '='],
  ])('ends with 2 MB of %s', async (_what, start, piece) => {
    const facts = await scan(start + piece.repeat(2_000_000 / piece.length));
    expect(facts === undefined || facts.attachments.length === 0).toBe(true);
  });

  test('never throws, and counts no byte twice', async () => {
    const piece = fc.constantFrom(
      ...[
        '\r\n',
        '\r\n\r\n',
        '--b',
        '--b\r\n',
        '--b--\r\n',
        '--c\r\n',
        'text',
        '=',
        ' ',
        '\r',
        '\n',
      ],
      'Content-Type: multipart/mixed; boundary=c\r\n',
      'Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n',
      'Content-Transfer-Encoding: base64\r\n',
      'Content-Disposition: attachment\r\n',
    );
    const start = 'Content-Type: multipart/mixed; boundary=b\r\n';
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 15 }),
        fc.integer({ min: 1, max: 90 }),
        async (pieces, cut) => {
          const message = start + pieces.join('');
          const facts = await scan(message, cut);
          const size = facts?.attachments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) ?? 0;
          expect(size + (facts?.texts.join('').length ?? 0)).toBeLessThanOrEqual(message.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
