import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, test } from 'vitest';
import { bytesOf, contentOf, lines } from '../../test/support/content.ts';
import { withoutQuotedPrintable } from './part-encoding.ts';

const text = 'Content-Type: text/plain; charset=utf-8; format=flowed';
const encoding = 'Content-Transfer-Encoding: quoted-printable';
const signature = 'DKIM-Signature: v=1; bh=abc;\r\n b=def';

function mixed(...entities: readonly string[]): string {
  const body = entities.map((entity) => `--x\r\n${entity}\r\n`).join('');
  return `${lines('From: a@contoso.com', signature, 'Content-Type: multipart/mixed; boundary=x', '', 'preamble')}${body}--x--\r\nepilogue\r\n`;
}

async function converted(message: string, pieceBytes?: number): Promise<string> {
  const content = await withoutQuotedPrintable(contentOf(message, pieceBytes));
  const bytes = await bytesOf(content.read());
  expect(content.sizeBytes).toBe(bytes.length);
  return bytes.toString('latin1');
}

describe('withoutQuotedPrintable()', () => {
  test('encodes the text of a message anew, and leaves the rest of its header', async () => {
    const message = lines('From: a@contoso.com', text, encoding, 'To: b@contoso.com', '', 'a=3Db=');
    expect(await converted(message)).toBe(
      lines('From: a@contoso.com', text, 'Content-Transfer-Encoding: base64', 'To: b@contoso.com') +
        lines('', 'YT1i'),
    );
  });

  test('takes a body signature out that is no longer true', async () => {
    const message = lines(signature, text, encoding, '', 'a');
    expect(await converted(message)).not.toContain('DKIM');
    expect(await converted(lines(signature, text, '', 'a'))).toContain('DKIM');
  });

  test.each([1, 3, 65_536])(
    'changes parts and nothing around them, in pieces of %i',
    async (size) => {
      const plain = lines(
        'X-A: 1',
        text,
        `${encoding} (comment)`,
        'X-B: 2',
        '',
        'na=C3=AFve',
      ).trimEnd();
      const html = lines('Content-Type: text/html', encoding, '', '<p class=3D"x">').trimEnd();
      const file = lines('Content-Type: application/pdf', encoding, '', 'a=3Db').trimEnd();
      const other = lines('Content-Type: text/plain', '', 'plain').trimEnd();
      const base64 = 'Content-Transfer-Encoding: base64';
      expect(await converted(mixed(plain, file, html, other), size)).toBe(
        mixed(
          lines('X-A: 1', text, base64, 'X-B: 2', '', 'bmHDr3Zl'),
          file,
          lines('Content-Type: text/html', base64, '', 'PHAgY2xhc3M9Ingi' + 'Pg=='),
          other,
        ).replace(`${signature}\r\n`, ''),
      );
    },
  );

  test('finds the encoding in letters of any case, among hyphens, wherever the pieces are cut', async () => {
    const cased = fc.mixedCase(fc.constant('quoted-printable'));
    await fc.assert(
      fc.asyncProperty(cased, fc.integer({ min: 1, max: 40 }), async (name, pieceBytes) => {
        const header = ['From: a@contoso.com', 'X-A: quoted-print-p--P-Print', text];
        const named = lines(...header, `Content-Transfer-Encoding: ${name}`, '', 'a=3Db=');
        expect(await converted(named, pieceBytes)).toBe(
          lines(...header, 'Content-Transfer-Encoding: base64', '', 'YT1i'),
        );
      }),
    );
  });

  const signed = mixed(lines(text, encoding, '', 'a=3Db')).replaceAll(
    'multipart/mixed',
    'multipart/signed',
  );
  test.each([
    ['no quoted-printable', lines('From: a@contoso.com', text, '', 'hello')],
    ['only words about it', lines('From: a@contoso.com', text, '', 'quoted-printable')],
    ['none but in a file', mixed(lines('Content-Type: image/png', encoding, '', 'a'))],
    ['an empty text', mixed(lines(text, encoding, ''))],
    ['a signature', signed],
    ['a signed part', mixed(signed.replaceAll('--x', '--y').replace('=x', '=y'))],
    ['encrypted parts', signed.replace('signed', 'encrypted')],
    ['no structure', lines('Content-Type: multipart/mixed', encoding, '', 'a')],
  ])('gives the same content back when there is %s', async (_what, message) => {
    const content = contentOf(message);
    expect(await withoutQuotedPrintable(content)).toBe(content);
  });

  test('changes a calendar message, which nobody signed', async () => {
    const calendar = lines('Content-Type: text/calendar; method=REQUEST', encoding, '', 'a=3Db');
    expect(await converted(calendar)).toContain('YT1i');
  });

  test('gives any stretch of the new message', async () => {
    const message = mixed(lines(text, encoding, '', 'a=3Db'.repeat(60)), 'X: 1\r\n\r\nz');
    const content = await withoutQuotedPrintable(contentOf(message, 50));
    const whole = await bytesOf(content.read());
    const place = fc.nat(content.sizeBytes);
    await fc.assert(
      fc.asyncProperty(place, place, async (one, other) => {
        const range = { start: Math.min(one, other), end: Math.max(one, other) };
        expect(await bytesOf(content.read(range))).toEqual(whole.subarray(range.start, range.end));
      }),
    );
  });

  test('keeps what a reader sees of the mail of other programs', async () => {
    const words = fc.array(
      fc.constantFrom('naïve', ' ', '=', '\n', '日本', '  \n', 'x'.repeat(90)),
    );
    const body = words.map((all) => all.join(''));
    await fc.assert(
      fc.asyncProperty(body, body, async (plain, html) => {
        const mail = new MailComposer({
          text: plain,
          html,
          textEncoding: 'quoted-printable',
          attachments: [
            { filename: 'a.csv', content: plain, contentTransferEncoding: 'quoted-printable' },
          ],
        });
        const message = await mail.compile().build();
        const content = await withoutQuotedPrintable(contentOf(message, 100));
        const before = await simpleParser(message);
        const after = await simpleParser(await bytesOf(content.read()));
        expect(after.text).toBe(before.text);
        expect(after.html).toBe(before.html);
        expect(after.attachments.map((one) => one.content)).toEqual(
          before.attachments.map((one) => one.content),
        );
      }),
      { numRuns: 30 },
    );
  });
});
