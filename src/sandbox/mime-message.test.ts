import { describe, expect, test } from 'vitest';
import { readMimeMessage, valueOf } from './mime-message.ts';

function read(text: string) {
  return readMimeMessage(Buffer.from(text));
}

describe('readMimeMessage()', () => {
  test('reads who it is from and who it is for', () => {
    const message = read(
      'From: Ann <ann@x.com>\r\nTo: b@x.com,\r\n c@x.com\r\nCC: d@x.com\r\nbcc : e@x.com\r\n\r\nTo: f@x.com\r\n',
    );
    expect(message).toMatchObject({
      from: [{ address: 'ann@x.com' }],
      to: ['b@x.com', 'c@x.com'],
      cc: ['d@x.com'],
      bcc: ['e@x.com'],
      recipients: ['b@x.com', 'c@x.com', 'd@x.com', 'e@x.com'],
    });
  });

  test('joins several fields of one name', () => {
    expect(read('To: a@x.com\r\nTo: b@x.com\r\n\r\n')?.to).toEqual(['a@x.com', 'b@x.com']);
  });

  test('counts a recipient once, whatever the case and the field', () => {
    const message = read('To: a@x.com, A@X.com\r\nCc: a@x.com\r\nBcc: b@x.com\r\n\r\n');
    expect(message?.recipients).toHaveLength(2);
  });

  test('takes a message without a body', () => {
    const message = read('To: a@x.com\r\n');
    expect(message?.to).toEqual(['a@x.com']);
    expect(message?.bodyStart).toBe(13);
  });

  test('unfolds values', () => {
    const fields = read('Subject: one\r\n two\r\n\tthree\r\n\r\n')?.fields ?? [];
    expect(valueOf(fields, 'subject')).toBe('one two\tthree');
  });

  test.each([
    ['nothing', ''],
    ['no field', '\r\nbody'],
    ['a line that is no field', 'To: a@x.com\r\nhello\r\n\r\n'],
    ['an mbox line', 'From a@x.com Thu\r\nTo: a@x.com\r\n\r\n'],
    ['a field without a name', ': x\r\n\r\n'],
    ['a first line that goes on', ' x\r\nTo: a@x.com\r\n\r\n'],
    ['NUL', 'To: a@x.com\r\n\r\n\0'],
    ['a header beyond 1 MiB', `To: a@x.com\r\nX: ${'x'.repeat(1_048_576)}\r\n\r\n`],
  ])('makes nothing of %s', (_, text) => {
    expect(read(text)).toBeUndefined();
  });
});
