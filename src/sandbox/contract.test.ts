import { describe, expect, test } from 'vitest';
import { breachesOf } from './contract.ts';
import { readMimeMessage } from './mime-message.ts';

function breaches(text: string): readonly string[] {
  const message = readMimeMessage(Buffer.from(text));
  return message === undefined ? ['unreadable'] : breachesOf(message);
}

const multipart = 'To: a@x.com\r\nContent-Type: multipart/mixed; boundary="b b"\r\n\r\n';

describe('breachesOf()', () => {
  test.each([
    ['a plain message', 'To: a@x.com\r\n\r\nHello\r\n\r\nBcc: me\r\n'],
    ['a top header with Bcc', 'Bcc: a@x.com\r\n\r\nHello\r\n'],
    ['a part that talks of Bcc', `${multipart}--b b\r\n\r\nBcc: me\r\n--b b--\r\n`],
    [
      'an attached message with its own Bcc',
      `${multipart}--b b\r\nContent-Type: message/rfc822\r\n\r\nBcc: c@x.com\r\n\r\nHello\r\n--b b--\r\n`,
    ],
  ])('finds none in %s', (_, text) => {
    expect(breaches(text)).toEqual([]);
  });

  test.each([
    ['a bare LF in the header', 'To: a@x.com\nX: y\r\n\r\nHello\r\n', /bare LF/],
    ['a bare LF in the body', 'To: a@x.com\r\n\r\nHello\n', /bare LF/],
    ['a bare LF at the very start', '\nTo: a@x.com\r\n\r\nHello', /bare LF/],
    ['a bare CR', 'To: a@x.com\r\n\r\nHel\rlo\r\n', /bare CR/],
    ['a bare CR before a line end', 'To: a@x.com\r\n\r\nHello\r\r\n', /bare CR/],
    ['a bare CR at the end', 'To: a@x.com\r\n\r\nHello\r', /bare CR/],
    ['Return-Path', 'Return-Path: <a@x.com>\r\n\r\n', /Return-Path/],
    ['Resent-Bcc', 'Resent-Bcc: <a@x.com>\r\n\r\n', /Resent-Bcc/],
    ['Authentication-Results', 'Authentication-Results: x\r\n\r\n', /Authentication-Results/],
    ['a field of Exchange', 'x-ms-exchange-crosstenant: x\r\n\r\n', /x-ms-exchange/],
    [
      'Bcc in a part',
      `${multipart}--b b\r\nX: y\r\nbcc: c@x.com\r\n\r\nHi\r\n--b b--\r\n`,
      /MIME part/,
    ],
    [
      'Bcc in a part of a part',
      `${multipart}--b b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nBcc: c@x.com\r\n\r\nHi\r\n--c--\r\n--b b--\r\n`,
      /MIME part/,
    ],
  ])('finds %s', (_, text, breach) => {
    expect(breaches(text)).toEqual([expect.stringMatching(breach)]);
  });

  test('names the message', () => {
    expect(breaches('Message-ID: <1@x>\r\n\r\na\n')[0]).toContain('<1@x>');
  });
});
