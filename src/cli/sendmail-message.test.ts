import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMessage, recipientsOf, untilDot } from './sendmail-message.ts';

async function* piecesOf(text: string, bytes: number): AsyncGenerator<Uint8Array> {
  const whole = Buffer.from(text, 'latin1');
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes);
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(Uint8Array.from(piece));
  return Buffer.concat(all).toString('latin1');
}

/** What comes before a line with a dot alone; one that the end of the text cuts short is one, too. */
function modelOf(text: string): string {
  return text.replace(/(^|\n)\.(\r?\n[^]*|\r?$)/, '$1');
}

describe('untilDot()', () => {
  test.each([
    '',
    '.',
    '.\n',
    'a\n.\nb',
    'a\n..\nb\n',
    'a\r\n.\r\nb',
    '.a\n.\rb\n',
    'a.\n.',
    'x\n\n.\n',
  ])('ends %j where sendmail would', async (text) => {
    expect(await textOf(untilDot(piecesOf(text, 1)))).toBe(modelOf(text));
    expect(await textOf(untilDot(piecesOf(text, 100)))).toBe(modelOf(text));
  });

  test('does not depend on how the text is cut', async () => {
    const texts = fc
      .array(fc.constantFrom('.', '\n', '\r', 'a', 'bc'), { maxLength: 20 })
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 5 }), async (text, bytes) => {
        expect(await textOf(untilDot(piecesOf(text, bytes)))).toBe(modelOf(text));
      }),
    );
  });
});

describe('readMessage()', () => {
  test.each([
    ['Subject: x\n\nBody\n', 'Subject: x\r\n\r\n', 'Body\n'],
    ['Subject: x\r\n\r\nBody', 'Subject: x\r\n\r\n', 'Body'],
    ['\nBody\n', '\r\n', 'Body\n'],
    ['No header here\n', '\r\n', 'No header here\n'],
    ['Subject: x', 'Subject: x\r\n\r\n', ''],
    ['', '\r\n', ''],
  ])('parts %j', async (text, header, body) => {
    for (const bytes of [1, 100]) {
      const message = await readMessage(piecesOf(text, bytes));
      expect(Buffer.from(message.header).toString()).toBe(header);
      expect(await textOf(message.body)).toBe(body);
    }
  });
});

describe('recipientsOf()', () => {
  test.each([
    [
      'To: Ann <a@x.com>, b@x.com\nCc: c@x.com\nBcc: d@x.com\n',
      ['a@x.com', 'b@x.com', 'c@x.com', 'd@x.com'],
    ],
    ['To: root\nCc: Ann <a@x.com>, ops\n', ['a@x.com', 'root', 'ops']],
    ['To: a@x.com\nResent-To: r@x.com\nResent-Bcc: s@x.com\n', ['r@x.com', 's@x.com']],
    ['To: undisclosed-recipients:;\n', []],
    ['To: "Doe, John, Jr" <x@x.com>, root (on duty, day, night)\n', ['x@x.com', 'root']],
    ['To: =?utf-8?Q?Schmidt=2C_J=C3=BCrgen?= <x@x.com>\n', ['x@x.com']],
    ['Cc: =?utf-8?Q?Doe,John,Jr?= <x@x.com>\n', ['x@x.com']],
    ['Resent-Bcc: =?utf-8?Q?other=40x.com=2C_Ann?= <a@x.com>\n', ['a@x.com']],
  ])('of %j', async (header, recipients) => {
    const message = await readMessage(piecesOf(`${header}\n`, 100));
    expect(recipientsOf(message)).toEqual(recipients);
  });
});
